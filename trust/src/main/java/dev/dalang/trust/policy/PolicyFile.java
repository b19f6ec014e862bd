package dev.dalang.trust.policy;

import dev.dalang.api.DalangException;
import dev.dalang.trust.redact.Action;
import dev.dalang.trust.redact.Kind;
import dev.dalang.trust.redact.RedactionSettings;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.tomlj.Toml;
import org.tomlj.TomlArray;
import org.tomlj.TomlParseResult;
import org.tomlj.TomlPosition;
import org.tomlj.TomlTable;

/** Rules as a TOML file; {@code docs/REDACTION.md} describes it. Keys that nobody knows are errors. */
public final class PolicyFile {
    private static final int LENGTH_MAX = 1 << 20;
    private static final Set<String> TOP = Set.of("default", "attachments", "words", "allow", "local-model", "rule");
    private static final Set<String> RULE = Set.of("name", "key", "route", "provider", "model", "kind", "action");

    /** Kinds by one word: what has to do with people, what opens doors. */
    private static final Map<String, Set<Kind>> GROUPS = Map.of(
            "personal",
            EnumSet.of(
                    Kind.EMAIL, Kind.PHONE, Kind.IBAN, Kind.CARD, Kind.NATIONAL_ID, Kind.IP, Kind.NAME, Kind.ADDRESS),
            "secrets",
            EnumSet.of(Kind.API_KEY, Kind.TOKEN, Kind.PRIVATE_KEY, Kind.CONNECTION, Kind.SECRET));

    private final String file;

    private PolicyFile(String file) {
        this.file = file;
    }

    /**
     * @param file its name, for messages
     * @throws DalangException naming the line and what may stand there
     */
    public static Policy parse(String text, String file) {
        PolicyFile reader = new PolicyFile(file);
        if (text.length() > LENGTH_MAX) throw reader.wrong(null, "it is longer than 1 MiB");
        TomlParseResult toml = Toml.parse(text);
        if (toml.hasErrors()) {
            var first = toml.errors().getFirst();
            throw reader.wrong(first.position(), String.valueOf(first.getMessage()));
        }
        return reader.policy(toml);
    }

    private Policy policy(TomlParseResult toml) {
        known(toml, TOP);
        List<Rule> rules = new ArrayList<>();
        TomlArray tables = array(toml, "rule");
        for (int i = 0; tables != null && i < tables.size(); i++) {
            if (!(tables.get(i) instanceof TomlTable table)) {
                throw wrong(tables.inputPositionOf(i), "a rule is a table: [[rule]]");
            }
            rules.add(rule(table, i + 1));
        }
        RedactionSettings standard = RedactionSettings.DEFAULT;
        Action otherwise = toml.contains("default") ? action(toml, "default") : null;
        Action blind = toml.contains("attachments") ? action(toml, "attachments") : standard.blind();
        Set<String> words = new HashSet<>(strings(toml, "words"));
        if (words.stream().anyMatch(w -> w.length() < 3)) {
            throw wrong(toml.inputPositionOf("words"), "words must have at least 3 characters each");
        }
        return new Policy(
                rules,
                new RedactionSettings(
                        otherwise == null ? standard.actions() : Map.of(),
                        otherwise == null ? standard.otherwise() : otherwise,
                        blind,
                        words,
                        new HashSet<>(strings(toml, "allow"))),
                localModel(toml));
    }

    private @Nullable String localModel(TomlTable toml) {
        Object value = toml.get(List.of("local-model"));
        if (value == null) return null;
        if (value instanceof String s && !s.isBlank()) return s.strip();
        throw wrong(toml.inputPositionOf(List.of("local-model")), "local-model must be a model's name");
    }

    private Rule rule(TomlTable table, int number) {
        known(table, RULE);
        if (!table.contains("action")) {
            throw wrong(
                    table.inputPositionOf(
                            table.keySet().isEmpty()
                                    ? ""
                                    : table.keySet().iterator().next()),
                    "rule " + number + " says no action");
        }
        String name = table.contains("name") ? String.join(" ", strings(table, "name")) : "rule " + number;
        Set<Kind> kinds = new HashSet<>();
        for (String word : strings(table, "kind")) kinds.addAll(kinds(table, word));
        return new Rule(
                name,
                strings(table, "key"),
                strings(table, "route"),
                strings(table, "provider"),
                strings(table, "model"),
                kinds,
                action(table, "action"));
    }

    private Set<Kind> kinds(TomlTable table, String word) {
        Set<Kind> group = GROUPS.get(word);
        if (group != null) return group;
        Kind kind = Kind.of(word);
        if (kind == null) {
            throw wrong(
                    table.inputPositionOf("kind"),
                    "there is no kind \"" + word + "\"; there are personal, secrets, "
                            + Stream.of(Kind.values()).map(Kind::word).collect(Collectors.joining(", ")));
        }
        return Set.of(kind);
    }

    private Action action(TomlTable table, String key) {
        Action action = table.get(key) instanceof String word ? Action.of(word) : null;
        if (action == null) {
            throw wrong(
                    table.inputPositionOf(key),
                    key + " must be one of "
                            + Stream.of(Action.values()).map(Action::word).collect(Collectors.joining(", ")));
        }
        return action;
    }

    /** A string or a list of strings; empty where there is none. */
    private List<String> strings(TomlTable table, String key) {
        Object value = table.get(key);
        if (value == null) return List.of();
        if (value instanceof String s) return List.of(s);
        List<String> strings = new ArrayList<>();
        if (value instanceof TomlArray a && a.toList().stream().allMatch(String.class::isInstance)) {
            for (Object o : a.toList()) strings.add((String) o);
            return List.copyOf(strings);
        }
        throw wrong(table.inputPositionOf(key), key + " must be a text or a list of texts");
    }

    private @Nullable TomlArray array(TomlTable table, String key) {
        Object value = table.get(key);
        if (value == null) return null;
        if (value instanceof TomlArray a) return a;
        throw wrong(table.inputPositionOf(key), "a rule begins with [[rule]]");
    }

    private void known(TomlTable table, Set<String> keys) {
        for (String key : table.keySet()) {
            if (!keys.contains(key)) {
                throw wrong(
                        table.inputPositionOf(List.of(key)),
                        "there is no key \"" + key + "\" here; there are "
                                + keys.stream().sorted().collect(Collectors.joining(", ")));
            }
        }
    }

    private DalangException wrong(@Nullable TomlPosition at, String what) {
        String where = at == null ? file : file + " line " + at.line();
        return DalangException.invalidRequest(where + ": " + what, null);
    }
}
