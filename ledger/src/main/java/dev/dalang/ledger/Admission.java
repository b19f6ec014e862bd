package dev.dalang.ledger;

import java.util.List;

/** Whether an {@link Intent} may be carried out. */
public sealed interface Admission {

    /** Yes: it stands in the ledger, and its worst case is reserved in each of these budgets. */
    record Admitted(List<Budget.Standing> budgets) implements Admission {
        public Admitted {
            budgets = List.copyOf(budgets);
        }
    }

    /**
     * No: its worst case does not fit this budget, as it stands without it. Only {@link Books#refused} writes it down, so
     * that a smaller request can be tried first.
     *
     * @param unknownPrice a budget of money applies, and the worst case is not known
     */
    record Exceeds(Budget.Standing budget, boolean unknownPrice) implements Admission {}
}
