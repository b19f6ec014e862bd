package dev.dalang.cli;

import dev.dalang.ledger.Ledger;
import java.time.ZoneOffset;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code dalang usage forget}: requests that are old enough leave the ledger. */
@Command(
        name = "forget",
        description = "Delete the requests from before a day, with their texts; budgets keep what was spent.")
final class UsageForgetCommand implements Callable<Integer> {

    @Parameters(paramLabel = "DAY", description = "Like 2026-01-01, or 90d for ninety days ago.")
    String before = "";

    @Mixin
    LedgerFlags ledger = new LedgerFlags();

    private final Surroundings around;

    UsageForgetCommand(Surroundings around) {
        this.around = around;
    }

    @Override
    public Integer call() {
        try (Ledger l = ledger.open(around)) {
            int n = l.requests()
                    .forget(Days.day(before).atStartOfDay(ZoneOffset.UTC).toInstant());
            around.say(Text.plural(n, "request") + " forgotten");
        }
        return ExitCode.DONE;
    }
}
