package dev.dalang.cli;

import dev.dalang.ledger.Ledger;
import dev.dalang.ledger.Period;
import dev.dalang.ledger.Subject;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code dalang budgets remove}. */
@Command(name = "remove", description = "Remove a budget; without --period also the limits of speed and models.")
final class BudgetsRemoveCommand implements Callable<Integer> {

    @Mixin
    SubjectFlags whom = new SubjectFlags();

    @Nullable
    @Option(names = "--period", paramLabel = "WORD", description = "Only the budget of this period.")
    Period period;

    @Mixin
    LedgerFlags ledger = new LedgerFlags();

    private final Surroundings around;

    BudgetsRemoveCommand(Surroundings around) {
        this.around = around;
    }

    @Override
    public Integer call() {
        Subject subject = whom.subject();
        int removed = 0;
        try (Ledger l = ledger.open(around)) {
            for (Period p : Period.values()) {
                if ((period == null || p == period) && l.budgets().remove(subject, p)) removed++;
            }
            if (period == null && l.budgets().disallow(subject)) removed++;
        }
        if (removed > 0) return ExitCode.DONE;
        around.say("there is no budget for " + subject + (period == null ? "" : " of a " + period.word()));
        return ExitCode.FAILED;
    }
}
