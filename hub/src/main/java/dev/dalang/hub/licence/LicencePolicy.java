package dev.dalang.hub.licence;

import dev.dalang.api.DalangException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Rules about which licences may come into the house: names separated by commas.
 *
 * <p>{@code no-non-commercial}: commercial use must not be forbidden. {@code commercial}: it must be allowed without
 * conditions. {@code osi-only}: approved by the Open Source Initiative. {@code no-user-limits}: nobody is excluded by size.
 * {@code no-unknown}: the licence must be known. {@code allow:A+B}: these alone. {@code deny:A+B}: anything but these.
 */
public final class LicencePolicy {

    /** Nothing is forbidden. */
    public static final LicencePolicy NONE = new LicencePolicy(List.of());

    /** The rules that stand alone, for help and messages. */
    public static final List<String> RULES =
            List.of("no-non-commercial", "commercial", "osi-only", "no-user-limits", "no-unknown");

    private record Rule(String name, List<String> licences) {}

    private final List<Rule> rules;

    private LicencePolicy(List<Rule> rules) {
        this.rules = rules;
    }

    /**
     * @param licences to check that the ones named by {@code allow} and {@code deny} exist
     * @throws DalangException naming a rule that does not exist: a rule that is misspelt must not let things through
     */
    public static LicencePolicy parse(String text, Licences licences) {
        List<Rule> rules = new ArrayList<>();
        for (String part : text.split(",", -1)) {
            String rule = part.strip();
            if (rule.isEmpty()) continue;
            int colon = rule.indexOf(':');
            String name = (colon < 0 ? rule : rule.substring(0, colon)).toLowerCase(Locale.ROOT);
            if (colon < 0 && RULES.contains(name)) {
                rules.add(new Rule(name, List.of()));
            } else if (colon > 0 && (name.equals("allow") || name.equals("deny"))) {
                List<String> ids = Arrays.stream(rule.substring(colon + 1).split("\\+"))
                        .map(String::strip)
                        .map(id -> licences.find(id)
                                .orElseThrow(() -> DalangException.invalidRequest(
                                        "the licence rule " + rule + " names no licence: " + id, "licence-policy"))
                                .id())
                        .toList();
                rules.add(new Rule(name, ids));
            } else {
                throw DalangException.invalidRequest(
                        "there is no licence rule \"" + rule + "\"; there are " + String.join(", ", RULES)
                                + ", allow:ID+ID and deny:ID+ID",
                        "licence-policy");
            }
        }
        return new LicencePolicy(List.copyOf(rules));
    }

    public boolean isEmpty() {
        return rules.isEmpty();
    }

    /** The rule that a licence breaks and why, or nothing. */
    public Optional<String> objection(Licence l) {
        for (Rule rule : rules) {
            String why = switch (rule.name()) {
                case "no-non-commercial" ->
                    switch (l.commercial()) {
                        case NO -> "forbids commercial use";
                        case UNKNOWN -> "may forbid commercial use";
                        case YES, CONDITIONS -> "";
                    };
                case "commercial" ->
                    l.commercial() == Licence.Commercial.YES ? "" : "does not simply allow commercial use";
                case "osi-only" -> l.osi() ? "" : "is not approved by the Open Source Initiative";
                case "no-user-limits" ->
                    l.hasUserLimit() || l.commercial() == Licence.Commercial.UNKNOWN
                            ? "excludes by size: " + l.userLimit()
                            : "";
                case "no-unknown" -> l.commercial() == Licence.Commercial.UNKNOWN ? "is not known to Dalang" : "";
                case "allow" -> rule.licences().contains(l.id()) ? "" : "is not among those allowed";
                default -> rule.licences().contains(l.id()) ? "is among those denied" : "";
            };
            if (!why.isEmpty()) return Optional.of(l.name() + " " + why + " (rule " + rule.name() + ")");
        }
        return Optional.empty();
    }
}
