package dev.dalang.cli;

import dev.dalang.ledger.Allowance;
import dev.dalang.ledger.Budgets;
import dev.dalang.ledger.Ledger;
import dev.dalang.ledger.Money;
import dev.dalang.ledger.Period;
import dev.dalang.ledger.Subject;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code dalang budgets set}. */
@Command(
        name = "set",
        description = "Set a budget, and how fast and on which models it may be spent; replaces the one there was.",
        footer = {
            "",
            "A request's worst case is reserved before it is made, so that requests at the same time never overshoot.",
            "Examples: dalang budgets set --key 4f… --period month --usd 20",
            "          dalang budgets set --team research --name Research --period day --usd 5 --rpm 60"
        })
final class BudgetsSetCommand implements Callable<Integer> {

    @Mixin
    SubjectFlags whom = new SubjectFlags();

    @Nullable
    @Option(names = "--period", paramLabel = "WORD", description = "day, week, month (of UTC) or total.")
    Period period;

    @Nullable
    @Option(names = "--usd", paramLabel = "N", description = "Most US dollars in a period.")
    BigDecimal usd;

    @Nullable
    @Option(
            names = "--tokens",
            paramLabel = "N",
            description = "Most tokens in a period, prompts and answers together.")
    Long tokens;

    @Nullable
    @Option(names = "--rpm", paramLabel = "N", description = "Most requests a minute.")
    Long requestsPerMinute;

    @Nullable
    @Option(names = "--tpm", paramLabel = "N", description = "Most tokens a minute.")
    Long tokensPerMinute;

    @Nullable
    @Option(names = "--parallel", paramLabel = "N", description = "Most requests at the same time.")
    Long parallel;

    @Option(
            names = "--models",
            split = ",",
            paramLabel = "NAME",
            description = "Only these models; * stands for anything.")
    List<String> models = List.of();

    @Nullable
    @Option(names = "--name", paramLabel = "NAME", description = "The team's name; creates the team.")
    String name;

    @Option(
            names = "--member",
            split = ",",
            paramLabel = "KEY",
            description = "Keys that belong to the team from now on.")
    List<String> members = List.of();

    @Mixin
    LedgerFlags ledger = new LedgerFlags();

    private final Surroundings around;

    BudgetsSetCommand(Surroundings around) {
        this.around = around;
    }

    @Override
    public Integer call() {
        Subject subject = whom.subject();
        boolean money = usd != null || tokens != null;
        boolean speed = requestsPerMinute != null || tokensPerMinute != null || parallel != null || !models.isEmpty();
        boolean team = name != null || !members.isEmpty();
        if (!money && !speed && !team) throw Errors.usage("nothing to set: --usd, --tokens, --rpm, --tpm, --models …");
        if (money && period == null) throw Errors.usage("a budget needs a --period: day, week, month or total");
        if (team && subject.kind() != Subject.Kind.TEAM) throw Errors.usage("--name and --member go with --team");
        if (usd != null && usd.signum() < 0) throw Errors.usage("--usd cannot be below zero, as " + usd + " is");
        try (Ledger l = ledger.open(around)) {
            Budgets budgets = l.budgets();
            Instant now = Instant.now();
            if (name != null) budgets.team(subject.id(), name, now);
            if (subject.kind() == Subject.Kind.KEY) warn(l, subject.id());
            for (String key : members) {
                warn(l, key);
                budgets.join(key, subject.id());
            }
            boolean empty =
                    subject.kind() == Subject.Kind.TEAM && !budgets.members().containsValue(subject.id());
            if (empty) around.say("no key is in the team " + subject.id() + " so far; --member ID puts one in");
            Period of = period;
            if (money && of != null) budgets.set(subject, of, usd == null ? null : Money.ofUsd(usd), tokens, now);
            if (speed) {
                budgets.allow(new Allowance(subject, requestsPerMinute, tokensPerMinute, parallel, models));
            }
        }
        return ExitCode.DONE;
    }

    /** A typing error here would be a budget that binds nobody. */
    private void warn(Ledger l, String key) {
        if (l.apiKeys().ofId(key).isPresent()) return;
        around.say("no key has the id " + Text.oneLine(key) + " so far; `dalang keys list` shows those there are");
    }
}
