package dev.dalang.trust.redact;

import java.util.EnumMap;
import java.util.Map;
import java.util.Set;

/**
 * What is done about what.
 *
 * @param actions by kind
 * @param otherwise of kinds that {@code actions} does not name
 * @param blind of attachments that cannot be looked into (pictures, sounds, binary documents, addresses): {@link
 *     Action#REPORT}, {@link Action#LOCAL_ONLY} or {@link Action#BLOCK}; OFF and REDACT are read as REPORT
 * @param words the caller's own secrets, as they are written: names of projects, of clients
 * @param allowed values that may go: the text itself, or {@code @example.com} for all addresses there
 */
public record RedactionSettings(
        Map<Kind, Action> actions, Action otherwise, Action blind, Set<String> words, Set<String> allowed) {

    /** Secrets are replaced, personal data is reported: what holds without a rule. */
    public static final RedactionSettings DEFAULT = new RedactionSettings(
            Map.of(
                    Kind.PRIVATE_KEY, Action.REDACT,
                    Kind.CONNECTION, Action.REDACT,
                    Kind.TOKEN, Action.REDACT,
                    Kind.API_KEY, Action.REDACT,
                    Kind.SECRET, Action.REDACT),
            Action.REPORT,
            Action.REPORT,
            Set.of(),
            Set.of());

    public RedactionSettings {
        Map<Kind, Action> copy = new EnumMap<>(Kind.class);
        copy.putAll(actions);
        actions = Map.copyOf(copy);
        words = Set.copyOf(words);
        allowed = Set.copyOf(allowed);
        if (words.contains("")) throw new IllegalArgumentException("an empty word is in every text");
    }

    /** One action for every kind. */
    public static RedactionSettings all(Action action) {
        return new RedactionSettings(Map.of(), action, Action.REPORT, Set.of(), Set.of());
    }

    public Action action(Kind kind) {
        return actions.getOrDefault(kind, otherwise);
    }

    /** Nothing needs looking for. */
    boolean off() {
        return otherwise == Action.OFF && actions.values().stream().allMatch(a -> a == Action.OFF);
    }

    boolean allows(Kind kind, String value) {
        if (allowed.isEmpty()) return false;
        if (allowed.contains(value)) return true;
        int at = kind == Kind.EMAIL ? value.lastIndexOf('@') : -1;
        return at >= 0 && allowed.contains(value.substring(at));
    }
}
