package dev.dalang.cli;

import dev.dalang.ledger.Allowance;
import dev.dalang.ledger.Budget;
import dev.dalang.ledger.Ledger;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code dalang budgets list}. */
@Command(name = "list", description = "Show all budgets and where they stand.")
final class BudgetsListCommand implements Callable<Integer> {

    @Option(names = "--json", description = "As JSON.")
    boolean json;

    @Mixin
    LedgerFlags ledger = new LedgerFlags();

    private final Surroundings around;

    BudgetsListCommand(Surroundings around) {
        this.around = around;
    }

    @Override
    public Integer call() {
        List<Budget.Standing> standings;
        List<Allowance> allowances;
        try (Ledger l = ledger.open(around)) {
            standings = l.budgets().standing(Instant.now());
            allowances = l.budgets().allowances();
        }
        if (json) {
            Map<String, @Nullable Object> tree = new LinkedHashMap<>();
            tree.put("budgets", standings.stream().map(BudgetsListCommand::tree).toList());
            tree.put(
                    "allowances",
                    allowances.stream().map(BudgetsListCommand::tree).toList());
            around.out().println(Json.pretty(tree));
            return ExitCode.DONE;
        }
        if (standings.isEmpty() && allowances.isEmpty())
            around.say("there is no budget; `dalang budgets set` makes one");
        if (!standings.isEmpty()) around.out().print(Text.table(rows(standings)));
        for (Allowance a : allowances) around.out().println(words(a));
        return ExitCode.DONE;
    }

    private static List<List<String>> rows(List<Budget.Standing> standings) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("FOR", "EVERY", "SINCE", "LIMIT", "SPENT", "RESERVED", "LEFT"));
        for (Budget.Standing s : standings) {
            Budget b = s.budget();
            String since = LocalDate.ofEpochDay(s.startDay()).toString();
            if (b.money() != null) {
                rows.add(List.of(
                        b.subject().toString(),
                        b.period().word(),
                        since,
                        b.money().toString(),
                        s.spent().toString(),
                        s.reserved().toString(),
                        String.valueOf(s.left())));
            }
            if (b.tokens() != null) {
                rows.add(List.of(
                        b.subject().toString(),
                        b.period().word(),
                        since,
                        Text.plural(b.tokens(), "token"),
                        Long.toString(s.spentTokens()),
                        Long.toString(s.reservedTokens()),
                        String.valueOf(s.tokensLeft())));
            }
        }
        return rows;
    }

    private static String words(Allowance a) {
        List<String> parts = new ArrayList<>();
        if (a.requestsPerMinute() != null) parts.add(Text.plural(a.requestsPerMinute(), "request") + " a minute");
        if (a.tokensPerMinute() != null) parts.add(Text.plural(a.tokensPerMinute(), "token") + " a minute");
        if (a.parallel() != null) parts.add(a.parallel() + " at the same time");
        if (!a.models().isEmpty()) parts.add("only " + String.join(", ", a.models()));
        return a.subject() + ": " + String.join("; ", parts);
    }

    private static Map<String, @Nullable Object> tree(Budget.Standing s) {
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        Budget b = s.budget();
        tree.put("for", b.subject().toString());
        tree.put("period", b.period().word());
        tree.put("since", LocalDate.ofEpochDay(s.startDay()).toString());
        tree.put(
                "limit_usd",
                b.money() == null ? null : b.money().usd().stripTrailingZeros().toPlainString());
        tree.put("limit_tokens", b.tokens());
        tree.put("spent_usd", s.spent().usd().stripTrailingZeros().toPlainString());
        tree.put("reserved_usd", s.reserved().usd().stripTrailingZeros().toPlainString());
        tree.put("spent_tokens", s.spentTokens());
        tree.put("reserved_tokens", s.reservedTokens());
        return tree;
    }

    private static Map<String, @Nullable Object> tree(Allowance a) {
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        tree.put("for", a.subject().toString());
        tree.put("requests_per_minute", a.requestsPerMinute());
        tree.put("tokens_per_minute", a.tokensPerMinute());
        tree.put("parallel", a.parallel());
        tree.put("models", a.models());
        return tree;
    }
}
