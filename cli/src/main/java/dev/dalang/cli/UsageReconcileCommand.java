package dev.dalang.cli;

import dev.dalang.gateway.price.Cost;
import dev.dalang.gateway.price.PriceTable;
import dev.dalang.ledger.Counts;
import dev.dalang.ledger.Entry;
import dev.dalang.ledger.Invoice;
import dev.dalang.ledger.Ledger;
import dev.dalang.ledger.Money;
import dev.dalang.ledger.Reconciliation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code dalang usage reconcile}: the provider's invoice beside the ledger. */
@Command(
        name = "reconcile",
        description =
                "Compare a provider's invoice (CSV) with the ledger, by day and model, and by request where it has ids.",
        footer = {
            "",
            "Columns: date, model; id, prompt_tokens, cached_tokens, cache_write_tokens, completion_tokens,",
            "reasoning_tokens, cost_usd where it has them. Exit code 1 when they differ."
        })
final class UsageReconcileCommand implements Callable<Integer> {

    private static final int SHOWN = 20;

    @Parameters(paramLabel = "INVOICE.csv")
    Path file = Path.of("");

    @Option(
            names = "--apply",
            description =
                    "Put the invoice's counts and costs into the ledger, for every request on which they differ; what"
                            + " the provider had counted otherwise with its answer is named.")
    boolean apply;

    @Mixin
    LedgerFlags ledger = new LedgerFlags();

    private final Surroundings around;

    UsageReconcileCommand(Surroundings around) {
        this.around = around;
    }

    @Override
    public Integer call() {
        Invoice invoice;
        try {
            invoice = Invoice.parse(Files.readString(file), file.toString());
        } catch (IOException e) {
            throw Errors.storage(e, file);
        }
        if (!invoice.unread().isEmpty()) {
            around.say("columns that were not read: " + Text.oneLine(String.join(", ", invoice.unread())));
        }
        try (Ledger l = ledger.open(around)) {
            Reconciliation r = Reconciliation.of(l.requests(), invoice);
            if (apply) {
                PriceTable prices = MeterFlags.prices(around);
                warnOfExact(r);
                int n = r.apply(l.requests(), line -> price(prices, line));
                around.say(Text.plural(n, "request") + " corrected");
                r = Reconciliation.of(l.requests(), invoice);
            }
            print(r);
            boolean equal = r.differing().isEmpty()
                    && r.onlyInvoice().isEmpty()
                    && r.days().stream()
                            .allMatch(d -> d.ledgerTokens() == d.invoiceTokens()
                                    && (d.invoiced() == null || d.invoiced().equals(d.counted())));
            return equal ? ExitCode.DONE : ExitCode.FAILED;
        }
    }

    private static @Nullable Money price(PriceTable prices, Invoice.Line line) {
        return prices.find(line.model())
                .flatMap(p -> Cost.of(p, line.usage(), null, 0))
                .orElse(null);
    }

    /** A provider that bills other tokens than it said with its answer should be asked why. */
    private void warnOfExact(Reconciliation r) {
        List<Reconciliation.Pair> exact = r.differing().stream()
                .filter(p -> p.entry().counts() == Counts.EXACT)
                .toList();
        if (exact.isEmpty()) return;
        around.say("the provider itself had counted " + Text.plural(exact.size(), "request") + " otherwise:");
        for (Reconciliation.Pair p : exact.subList(0, Math.min(SHOWN, exact.size()))) around.say(line(p));
    }

    private static String line(Reconciliation.Pair p) {
        Entry e = p.entry();
        Money invoiced = p.line().cost();
        return "  " + e.id() + " (" + e.counts().word() + "): "
                + Text.plural(e.usage().totalTokens(), "token")
                + (invoiced == null ? "" : " and " + (e.cost() == null ? "an unknown cost" : e.cost())) + " here, "
                + p.line().usage().totalTokens() + (invoiced == null ? "" : " and " + invoiced) + " invoiced";
    }

    private void print(Reconciliation r) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("DAY", "MODEL", "TOKENS HERE", "INVOICED", "COST HERE", "INVOICED"));
        for (Reconciliation.Day d : r.days()) {
            rows.add(List.of(
                    d.day().toString(),
                    Text.oneLine(d.model()),
                    Long.toString(d.ledgerTokens()),
                    Long.toString(d.invoiceTokens()),
                    d.counted().toString(),
                    d.invoiced() == null ? "" : d.invoiced().toString()));
        }
        around.out().print(Text.table(rows));
        around.out().println();
        around.out()
                .println(Text.plural(r.equal(), "request") + (r.equal() == 1 ? " agrees, " : " agree, ")
                        + r.differing().size() + " differ, "
                        + r.onlyInvoice().size() + (r.onlyInvoice().size() == 1 ? " is" : " are")
                        + " in the invoice alone, "
                        + r.onlyLedger().size() + " in the ledger alone");
        for (Invoice.Line line :
                r.onlyInvoice().subList(0, Math.min(SHOWN, r.onlyInvoice().size()))) {
            around.out()
                    .println("  " + Text.oneLine(line.id() + " (" + line.model() + ")") + ": in the invoice alone, "
                            + Text.plural(line.usage().totalTokens(), "token"));
        }
        for (Reconciliation.Pair p :
                r.differing().subList(0, Math.min(SHOWN, r.differing().size()))) {
            around.out().println(line(p));
        }
    }
}
