package dev.dalang.cli;

import dev.dalang.gateway.price.Cost;
import dev.dalang.gateway.price.ModelPrice;
import dev.dalang.ledger.Ledger;
import dev.dalang.ledger.Money;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code dalang usage what-if}: the same traffic on another model. */
@Command(
        name = "what-if",
        description = "What the same requests would have cost with another model.",
        footer = {
            "",
            "Token counts stay as they were: another model's tokenizer and length of answers would change them."
        })
final class UsageWhatIfCommand implements Callable<Integer> {

    @Option(names = "--model", split = ",", required = true, paramLabel = "MODEL", description = "One or several.")
    List<String> models = List.of();

    @Option(names = "--json", description = "As JSON.")
    boolean json;

    @Mixin
    Days days = new Days();

    @Mixin
    LedgerFlags ledger = new LedgerFlags();

    private final Surroundings around;

    UsageWhatIfCommand(Surroundings around) {
        this.around = around;
    }

    private static final class Sum {
        private long requests;
        private long unknown;
        private Money cost = Money.ZERO;

        void add(Optional<Money> money) {
            if (money.isPresent()) cost = cost.plus(money.get());
            else unknown++;
            requests++;
        }
    }

    @Override
    public Integer call() {
        Map<String, ModelPrice> prices = new LinkedHashMap<>();
        for (String m : models) {
            prices.put(
                    m,
                    MeterFlags.prices(around)
                            .find(m)
                            .orElseThrow(() ->
                                    Errors.usage("the price of " + m + " is not known; `dalang prices` lists those"
                                            + " that are, and " + MeterFlags.priceFile(around) + " adds to them")));
        }
        Map<String, Sum> sums = new LinkedHashMap<>();
        sums.put("as it was", new Sum());
        for (String m : models) sums.put(m, new Sum());
        try (Ledger l = ledger.open(around)) {
            l.requests().each(days.filter(), e -> {
                if (e.usage().totalTokens() == 0) return;
                sum(sums, "as it was").add(Optional.ofNullable(e.cost()));
                prices.forEach((m, p) -> sum(sums, m).add(Cost.of(p, e.usage(), null, 0)));
            });
        }
        if (json) around.out().println(Json.pretty(tree(sums)));
        else print(sums);
        return ExitCode.DONE;
    }

    private static Sum sum(Map<String, Sum> sums, String name) {
        return sums.computeIfAbsent(name, n -> new Sum());
    }

    private static List<Object> tree(Map<String, Sum> sums) {
        List<Object> all = new ArrayList<>();
        sums.forEach((name, s) -> {
            Map<String, @Nullable Object> tree = new LinkedHashMap<>();
            tree.put("model", name);
            tree.put("requests", s.requests);
            tree.put("cost_usd", s.cost.usd().stripTrailingZeros().toPlainString());
            tree.put("unpriced_requests", s.unknown);
            all.add(tree);
        });
        return all;
    }

    private void print(Map<String, Sum> sums) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("MODEL", "REQUESTS", "COST", "WITHOUT A KNOWN PRICE"));
        sums.forEach((name, s) -> rows.add(List.of(
                name, Long.toString(s.requests), s.cost.toString(), s.unknown == 0 ? "" : Long.toString(s.unknown))));
        around.out().print(Text.table(rows));
    }
}
