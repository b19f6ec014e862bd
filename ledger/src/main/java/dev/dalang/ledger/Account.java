package dev.dalang.ledger;

/**
 * On whose account a request goes. Empty for "none".
 *
 * @param who the user's name
 * @param keyId the key's id
 * @param teamId the id of the key's team
 */
public record Account(String who, String keyId, String teamId) {

    /** Somebody at this machine's terminal, with no key. */
    public static Account local(String who) {
        return new Account(who, "", "");
    }
}
