package dev.dalang.cli;

import dev.dalang.ledger.Ledger;
import java.time.Instant;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code dalang keys revoke}. */
@Command(name = "revoke", description = "Make a key useless, within a second on a running server.")
final class KeysRevokeCommand implements Callable<Integer> {

    @Parameters(paramLabel = "ID", description = "The key, as `dalang keys list` shows it.")
    @SuppressWarnings("NullAway.Init") // picocli's
    String id;

    private final Surroundings around;

    KeysRevokeCommand(Surroundings around) {
        this.around = around;
    }

    @Override
    public Integer call() {
        try (Ledger ledger = LedgerFlags.configured(around)) {
            if (!ledger.apiKeys().revoke(id, Instant.now())) {
                throw Errors.usage("there is no key " + Text.oneLine(id)
                        + " that could be revoked; `dalang keys list` shows them");
            }
        }
        around.say("key " + id + " is revoked");
        return ExitCode.DONE;
    }
}
