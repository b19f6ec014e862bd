package dev.dalang.cli;

import dev.dalang.gateway.price.ModelPrice;
import dev.dalang.gateway.price.PriceTable;
import dev.dalang.gateway.price.Rates;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code dalang prices}: what hosted models cost, and how that is known. */
@Command(
        name = "prices",
        description = "Show what hosted models cost, in USD for a million tokens, with source and date.",
        footer = {
            "",
            "The file prices.json in Dalang's folder adds to the list and replaces its entries (docs/PRICES.md)."
        })
final class PricesCommand implements Callable<Integer> {

    @Nullable
    @Parameters(
            arity = "0..1",
            paramLabel = "MODEL",
            description = "PROVIDER/MODEL for all of its prices, or a part of it.")
    String model;

    @Option(names = "--json", description = "As JSON.")
    boolean json;

    private final Surroundings around;

    PricesCommand(Surroundings around) {
        this.around = around;
    }

    @Override
    public Integer call() {
        PriceTable table = MeterFlags.prices(around);
        ModelPrice one = model == null ? null : table.find(model).orElse(null);
        if (one != null) {
            if (json) around.out().println(Json.pretty(tree(one)));
            else around.out().print(Text.table(rows(one)));
            return ExitCode.DONE;
        }
        List<ModelPrice> found = table.models().stream()
                .filter(p -> model == null || p.model().contains(model))
                .toList();
        if (found.isEmpty()) {
            around.say("the price of " + model + " is not known; " + MeterFlags.priceFile(around) + " can state it");
            return ExitCode.FAILED;
        }
        if (json)
            around.out()
                    .println(Json.pretty(found.stream().map(PricesCommand::tree).toList()));
        else around.out().print(Text.table(overview(found)));
        around.say("prices of " + table.version());
        return ExitCode.DONE;
    }

    private static List<List<String>> overview(List<ModelPrice> found) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("MODEL", "INPUT", "CACHED", "OUTPUT", "CONTEXT", "SEEN"));
        for (ModelPrice p : found) {
            rows.add(List.of(
                    p.model(),
                    million(p.base().input()),
                    million(p.base().cached()),
                    million(p.base().output()),
                    p.context() == null ? "" : p.context().toString(),
                    p.date().toString()));
        }
        return rows;
    }

    private static List<List<String>> rows(ModelPrice p) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("model", p.model()));
        if (!p.aliases().isEmpty()) rows.add(List.of("also", String.join(", ", p.aliases())));
        if (p.context() != null) rows.add(List.of("context", Text.plural(p.context(), "token")));
        if (p.maxOutput() != null) rows.add(List.of("longest answer", Text.plural(p.maxOutput(), "token")));
        rates(rows, "", p.base());
        p.tiers().forEach((tier, r) -> rates(rows, tier + " ", r));
        for (ModelPrice.Threshold t : p.above()) rates(rows, "above " + t.tokens() + " ", t.rates());
        if (p.perRequest() != null) rows.add(List.of("a request", each(p.perRequest())));
        if (p.perSearch() != null) rows.add(List.of("a search", each(p.perSearch())));
        if (p.perImage() != null) rows.add(List.of("a picture", each(p.perImage())));
        rows.add(List.of("source", p.source()));
        rows.add(List.of("seen", p.date().toString()));
        return rows;
    }

    private static void rates(List<List<String>> rows, String prefix, Rates r) {
        fields(r).forEach((name, value) -> {
            if (value != null) rows.add(List.of(prefix + name.replace('_', ' '), million(value)));
        });
    }

    private static Map<String, @Nullable Long> fields(Rates r) {
        Map<String, @Nullable Long> f = new LinkedHashMap<>();
        f.put("input", r.input());
        f.put("cached", r.cached());
        f.put("cache_write", r.cacheWrite());
        f.put("cache_write_1h", r.cacheWriteLong());
        f.put("output", r.output());
        f.put("reasoning", r.reasoning());
        f.put("audio_input", r.audioInput());
        f.put("audio_output", r.audioOutput());
        f.put("image_output", r.imageOutput());
        return f;
    }

    private static Map<String, @Nullable Object> tree(ModelPrice p) {
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        tree.put("model", p.model());
        tree.put("aliases", p.aliases());
        tree.put("context", p.context());
        tree.put("max_output", p.maxOutput());
        tree.put("prices", numbers(p.base()));
        Map<String, @Nullable Object> tiers = new LinkedHashMap<>();
        p.tiers().forEach((tier, r) -> tiers.put(tier, numbers(r)));
        tree.put("tiers", tiers);
        List<Object> above = new ArrayList<>();
        for (ModelPrice.Threshold t : p.above()) {
            Map<String, @Nullable Object> band = new LinkedHashMap<>();
            band.put("tokens", t.tokens());
            band.put("prices", numbers(t.rates()));
            above.add(band);
        }
        tree.put("above", above);
        tree.put(
                "request",
                p.perRequest() == null ? null : usd(p.perRequest(), 12).doubleValue());
        tree.put(
                "web_search",
                p.perSearch() == null ? null : usd(p.perSearch(), 12).doubleValue());
        tree.put("image", p.perImage() == null ? null : usd(p.perImage(), 12).doubleValue());
        tree.put("source", p.source());
        tree.put("date", p.date().toString());
        return tree;
    }

    private static Map<String, @Nullable Object> numbers(Rates r) {
        Map<String, @Nullable Object> numbers = new LinkedHashMap<>();
        fields(r).forEach((name, value) -> {
            if (value != null) numbers.put(name, usd(value, 6).doubleValue());
        });
        return numbers;
    }

    private static String million(@Nullable Long picosPerToken) {
        return picosPerToken == null ? "" : usd(picosPerToken, 6).toPlainString();
    }

    private static String each(long picos) {
        return usd(picos, 12).toPlainString();
    }

    private static BigDecimal usd(long picos, int scale) {
        BigDecimal usd = BigDecimal.valueOf(picos, scale).stripTrailingZeros();
        return usd.scale() < 0 ? usd.setScale(0) : usd;
    }
}
