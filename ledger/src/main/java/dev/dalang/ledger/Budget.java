package dev.dalang.ledger;

import dev.dalang.api.DalangException;
import org.jspecify.annotations.Nullable;

/**
 * How much a subject may spend in each period; a null limit is none.
 *
 * @param tokens prompt and answer together
 */
public record Budget(
        String id,
        Subject subject,
        Period period,
        @Nullable Money money,
        @Nullable Long tokens) {
    public Budget {
        if (money == null && tokens == null) {
            throw DalangException.invalidRequest("a budget limits money, tokens, or both", null);
        }
        if (money != null && money.picos() < 0 || tokens != null && tokens < 0) {
            throw DalangException.invalidRequest("a budget cannot be below zero", null);
        }
    }

    /**
     * Where a budget stands in one period.
     *
     * @param startDay the period's first day, in days since 1970
     */
    public record Standing(
            Budget budget, long startDay, Money spent, Money reserved, long spentTokens, long reservedTokens) {

        /** What can still be reserved, or null where money is not limited. */
        public @Nullable Money left() {
            return budget.money() == null ? null : budget.money().minus(spent).minus(reserved);
        }

        public @Nullable Long tokensLeft() {
            return budget.tokens() == null ? null : budget.tokens() - spentTokens - reservedTokens;
        }
    }
}
