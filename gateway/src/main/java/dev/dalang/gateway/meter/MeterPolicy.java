package dev.dalang.gateway.meter;

import dev.dalang.ledger.Account;
import java.util.function.Predicate;

/**
 * @param unknownPrice what happens to a request whose cost is not known; one with a budget of money is refused in any case
 * @param keepTexts whose prompts and answers are kept
 */
public record MeterPolicy(UnknownPrice unknownPrice, Predicate<Account> keepTexts) {

    public enum UnknownPrice {
        /** It is not made. */
        REFUSE,
        /** It is made, and its cost stands in the ledger as unknown. */
        FLAG
    }

    /** Flags unknown prices, and keeps no texts. */
    public static final MeterPolicy STANDARD = new MeterPolicy(UnknownPrice.FLAG, account -> false);
}
