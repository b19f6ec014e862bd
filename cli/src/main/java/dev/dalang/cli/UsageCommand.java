package dev.dalang.cli;

import dev.dalang.ledger.Ledger;
import dev.dalang.ledger.RequestFilter;
import dev.dalang.ledger.UsageSum;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code dalang usage}: what was asked, by whom, and what it cost. */
@Command(
        name = "usage",
        description = "Show what was asked, and what it cost.",
        footer = {
            "",
            "Days are days of UTC. A cost with ? leaves out requests whose price is not known; ~ has requests in it that",
            "were counted here, because the model could not say.",
            "Examples: dalang usage --since 30d --by day,model",
            "          dalang usage what-if --model openai/gpt-5-mini"
        })
final class UsageCommand implements Callable<Integer> {

    private static final int BAR = 40;
    /** Of a name in a table: one without end, which anybody may ask for, would push the figures out of sight. */
    private static final int MOST_CHARACTERS = 80;

    @Option(
            names = "--by",
            split = ",",
            paramLabel = "WORD",
            description = "Add up by ${COMPLETION-CANDIDATES}; several with commas. The default is day.")
    List<UsageSum.By> by = List.of(UsageSum.By.DAY);

    @Option(names = "--plot", description = "Costs as bars.")
    boolean plot;

    @Option(names = "--json", description = "As JSON.")
    boolean json;

    @Option(names = "--csv", description = "As CSV.")
    boolean csv;

    @Mixin
    Days days = new Days();

    @Mixin
    LedgerFlags ledger = new LedgerFlags();

    private final Surroundings around;

    UsageCommand(Surroundings around) {
        this.around = around;
    }

    @Override
    public Integer call() {
        if ((json ? 1 : 0) + (csv ? 1 : 0) + (plot ? 1 : 0) > 1) {
            throw Errors.usage("--json, --csv and --plot are three ways to show one thing: take one");
        }
        RequestFilter filter = days.filter();
        List<UsageSum> sums;
        try (Ledger l = ledger.open(around)) {
            sums = l.requests().usage(filter, by);
        }
        if (json) around.out().println(Json.pretty(sums.stream().map(this::tree).toList()));
        else if (csv) csv(sums);
        else if (sums.isEmpty()) {
            around.say(
                    filter.equals(RequestFilter.ALL)
                            ? "no request is in the ledger yet"
                            : "no request of the ledger is of these days, key, team and model");
        } else if (plot) around.out().print(plot(sums));
        else around.out().print(Text.table(table(sums)));
        return ExitCode.DONE;
    }

    private List<List<String>> table(List<UsageSum> sums) {
        List<List<String>> rows = new ArrayList<>();
        List<String> head = new ArrayList<>();
        for (UsageSum.By b : by) head.add(b.name());
        head.addAll(List.of("REQUESTS", "FAILED", "PROMPT", "CACHED", "ANSWER", "REASONING", "COST"));
        rows.add(head);
        for (UsageSum s : sums) {
            List<String> row = new ArrayList<>();
            for (String g : s.group()) row.add(name(g));
            row.add(Long.toString(s.requests()));
            row.add(Long.toString(s.failed()));
            row.add(Text.count(s.promptTokens()));
            row.add(Text.count(s.cachedTokens()));
            row.add(Text.count(s.completionTokens()));
            row.add(Text.count(s.reasoningTokens()));
            row.add(cost(s));
            rows.add(row);
        }
        return rows;
    }

    private static String name(String group) {
        if (group.isEmpty()) return "-";
        String line = Text.oneLine(group);
        return line.length() <= MOST_CHARACTERS ? line : line.substring(0, MOST_CHARACTERS) + "…";
    }

    private static String cost(UsageSum s) {
        return (s.uncertain() > 0 ? "~" : "") + s.cost().plus(s.unsure()) + (s.unpriced() > 0 ? " ?" : "");
    }

    private static String plot(List<UsageSum> sums) {
        long most = 1;
        for (UsageSum s : sums) most = Math.max(most, s.cost().picos());
        List<List<String>> rows = new ArrayList<>();
        for (UsageSum s : sums) {
            int length = (int) Math.ceil((double) s.cost().picos() / most * BAR);
            List<String> names = s.group().stream().map(UsageCommand::name).toList();
            rows.add(List.of(String.join(" ", names), "#".repeat(Math.min(BAR, Math.max(0, length))), cost(s)));
        }
        return Text.table(rows);
    }

    private Map<String, @Nullable Object> tree(UsageSum s) {
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        for (int i = 0; i < by.size(); i++) tree.put(by.get(i).word(), s.group().get(i));
        tree.put("requests", s.requests());
        tree.put("failed", s.failed());
        tree.put("prompt_tokens", s.promptTokens());
        tree.put("cached_tokens", s.cachedTokens());
        tree.put("cache_write_tokens", s.cacheWriteTokens());
        tree.put("completion_tokens", s.completionTokens());
        tree.put("reasoning_tokens", s.reasoningTokens());
        tree.put("cost_usd", s.cost().usd().stripTrailingZeros().toPlainString());
        tree.put("unsure_usd", s.unsure().usd().stripTrailingZeros().toPlainString());
        tree.put("unpriced_requests", s.unpriced());
        tree.put("uncertain_requests", s.uncertain());
        tree.put("energy_joules", s.energyMicrojoules() / 1e6);
        return tree;
    }

    private void csv(List<UsageSum> sums) {
        List<String> head = new ArrayList<>();
        for (UsageSum.By b : by) head.add(b.word());
        boolean first = true;
        for (UsageSum s : sums) {
            Map<String, @Nullable Object> tree = tree(s);
            if (first) around.out().println(String.join(",", tree.keySet()));
            first = false;
            around.out().println(Csv.line(new ArrayList<>(tree.values())));
        }
        if (sums.isEmpty()) around.out().println(String.join(",", head));
    }
}
