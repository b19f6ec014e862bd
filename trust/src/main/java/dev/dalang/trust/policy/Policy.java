package dev.dalang.trust.policy;

import dev.dalang.trust.redact.Action;
import dev.dalang.trust.redact.Kind;
import dev.dalang.trust.redact.RedactionSettings;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which models and providers may get what.
 *
 * <p>Rules are read from the top. For each kind of data, the first rule that matches and names the kind, or names none, says
 * what is done about it. A rule that names no kind and says {@code block} or {@code local_only} is about the request as a
 * whole, whatever it holds; it ends the reading. Where no rule says anything, {@code base} does. A model on this machine gets
 * everything, unless a rule blocks it: nothing leaves.
 *
 * @param base what holds where no rule does: actions, the caller's own words, what is allowed, attachments
 * @param localModel the model of this machine that answers what {@code local_only} keeps here, or null: it is refused then
 */
public record Policy(
        List<Rule> rules, RedactionSettings base, @Nullable String localModel) {

    /** No rules: secrets are replaced on their way to hosted models, personal data is reported. */
    public static final Policy DEFAULT = new Policy(List.of(), RedactionSettings.DEFAULT, null);

    public Policy {
        rules = List.copyOf(rules);
    }

    /** The one place where the rules are applied. */
    public Decision decide(Question question) {
        List<String> why = new ArrayList<>();
        Map<Kind, Action> actions = new EnumMap<>(Kind.class);
        Map<Kind, String> by = new EnumMap<>(Kind.class);
        Action whole = Action.OFF;
        for (Rule rule : rules) {
            if (!rule.matches(question)) continue;
            if (rule.kinds().isEmpty() && rule.action().compareTo(Action.REDACT) > 0) {
                if (question.local() && rule.action() == Action.LOCAL_ONLY) continue;
                whole = rule.action();
                why.add(question.model() + ": " + whole.word() + " by the rule \"" + rule.name() + "\"");
                break;
            }
            for (Kind kind : rule.kinds().isEmpty() ? List.of(Kind.values()) : List.copyOf(rule.kinds())) {
                if (actions.putIfAbsent(kind, rule.action()) == null) by.put(kind, rule.name());
            }
        }
        if (question.local()) return here(whole, actions, by, why);
        for (Kind kind : Kind.values()) {
            Action action = actions.get(kind);
            if (action == null) action = base.action(kind);
            actions.put(kind, action);
            why.add(line(kind, action, by.get(kind)));
        }
        RedactionSettings settings =
                new RedactionSettings(actions, base.otherwise(), base.blind(), base.words(), base.allowed());
        return new Decision(whole, settings, why);
    }

    /** Blocking is all that a rule can do about a model on this machine. */
    private Decision here(Action whole, Map<Kind, Action> actions, Map<Kind, String> by, List<String> why) {
        actions.values().removeIf(a -> a != Action.BLOCK);
        actions.forEach((kind, action) -> why.add(line(kind, action, by.get(kind))));
        if (why.isEmpty()) why.add("a model on this machine: nothing leaves");
        return new Decision(
                whole, new RedactionSettings(actions, Action.OFF, Action.OFF, base.words(), base.allowed()), why);
    }

    private static String line(Kind kind, Action action, @Nullable String rule) {
        return kind.word() + ": " + action.word() + (rule == null ? " by default" : " by the rule \"" + rule + "\"");
    }
}
