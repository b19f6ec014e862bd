package dev.dalang.cli;

import dev.dalang.ledger.Ledger;
import dev.dalang.ledger.RequestExport;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code dalang usage export}: every request, for other programs. */
@Command(name = "export", description = "Print every request, one a line.")
final class UsageExportCommand implements Callable<Integer> {

    @Option(names = "--format", paramLabel = "WORD", description = "csv or json_lines, which is the default.")
    RequestExport.Format format = RequestExport.Format.JSON_LINES;

    @Mixin
    Days days = new Days();

    @Mixin
    LedgerFlags ledger = new LedgerFlags();

    private final Surroundings around;

    UsageExportCommand(Surroundings around) {
        this.around = around;
    }

    @Override
    public Integer call() throws IOException {
        try (Ledger l = ledger.open(around)) {
            long n = RequestExport.write(l.requests(), days.filter(), format, around.out());
            around.say(Text.plural(n, "request"));
        }
        return ExitCode.DONE;
    }
}
