package dev.dalang.engine.constrain.grammar;

import dev.dalang.api.DalangException;
import dev.dalang.engine.constrain.automaton.ByteAutomaton;
import dev.dalang.engine.constrain.automaton.Refusal;
import dev.dalang.engine.constrain.automaton.Regex;
import dev.dalang.engine.constrain.automaton.Regular;
import dev.dalang.engine.constrain.automaton.TextDfa;
import dev.dalang.engine.constrain.machine.Place;
import dev.dalang.engine.constrain.machine.Place.Step;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * A GBNF grammar as places. Whatever in it is regular becomes one automaton, however its author cut it into rules: that
 * is what makes masks cheap. Left recursion is refused, as llama.cpp does.
 */
public final class Gbnf {

    /** Nodes of a regular part; larger ones stay rules. */
    private static final int MAX_REGULAR = 2_000;

    private static final int MAX_RULES = 5_000;

    private static final TextDfa NOTHING = TextDfa.ofTexts(List.of(""));

    private final Map<String, Rule> rules;
    private final Map<String, Place> places = new HashMap<>();
    private final Map<String, @Nullable Regular> regular = new HashMap<>();
    private final IdentityHashMap<Rule, @Nullable Text> automata = new IdentityHashMap<>();
    private final Set<String> productive = new HashSet<>();
    private final Place end = new Place.End();

    /** {@code automaton} reads what is not empty, if there is such; {@code empty} says whether there may be nothing. */
    private record Text(@Nullable ByteAutomaton automaton, boolean empty) {}

    private Gbnf(Map<String, Rule> rules) {
        this.rules = rules;
    }

    /**
     * The place that reads what {@code root} describes.
     *
     * @param tokens the id of a control token by its spelling, or a negative number
     * @throws DalangException if the grammar is malformed, recursive on the left, or describes nothing
     */
    public static Place compile(String text, ToIntFunction<String> tokens) {
        Gbnf g = new Gbnf(new GbnfParser(text, tokens).parse());
        if (!g.rules.containsKey("root")) throw Refusal.malformed("the grammar has no rule named root", "grammar");
        if (g.rules.size() > MAX_RULES) throw Refusal.tooLarge("a grammar of more than " + MAX_RULES + " rules");
        g.rules.forEach((name, rule) -> g.check(name, rule));
        g.findProductive();
        if (!g.productive.contains("root")) {
            throw Refusal.malformed("no text can ever complete the grammar's rule root", "grammar");
        }
        g.refuseLeftRecursion();
        return g.place("root");
    }

    private void check(String in, Rule rule) {
        switch (rule) {
            case Rule.Reference r -> {
                if (!rules.containsKey(r.name())) {
                    throw Refusal.malformed(
                            "the grammar has no rule named " + Refusal.quote(r.name()), "rule " + Refusal.quote(in));
                }
            }
            case Rule.Sequence s -> s.parts().forEach(p -> check(in, p));
            case Rule.Choice c -> c.options().forEach(p -> check(in, p));
            case Rule.Repeat r -> check(in, r.rule());
            case Rule.Leaf l -> {}
            case Rule.Token t -> {}
        }
    }

    // ------------------------------------------------------------------ which rules can be completed, or say nothing

    private void findProductive() {
        boolean more = true;
        while (more) {
            more = false;
            for (Map.Entry<String, Rule> e : rules.entrySet()) {
                if (!productive.contains(e.getKey()) && canEnd(e.getValue())) more |= productive.add(e.getKey());
            }
        }
    }

    private boolean canEnd(Rule rule) {
        return switch (rule) {
            case Rule.Leaf l -> !(l.text() instanceof Regular.Chars c && c.set().isEmpty());
            case Rule.Token t -> true;
            case Rule.Reference r -> productive.contains(r.name());
            case Rule.Sequence s -> s.parts().stream().allMatch(this::canEnd);
            case Rule.Choice c -> c.options().stream().anyMatch(this::canEnd);
            case Rule.Repeat r -> r.min() == 0 || canEnd(r.rule());
        };
    }

    private void refuseLeftRecursion() {
        Set<String> nullable = new HashSet<>();
        boolean more = true;
        while (more) {
            more = false;
            for (Map.Entry<String, Rule> e : rules.entrySet()) {
                if (!nullable.contains(e.getKey()) && canBeEmpty(e.getValue(), nullable)) {
                    more |= nullable.add(e.getKey());
                }
            }
        }
        Map<String, Set<String>> first = new HashMap<>();
        rules.forEach((name, rule) -> {
            Set<String> set = new HashSet<>();
            beginsWith(rule, nullable, set);
            first.put(name, set);
        });
        Map<String, Integer> colour = new HashMap<>();
        for (String name : rules.keySet()) walk(name, first, colour, 0);
    }

    private void walk(String name, Map<String, Set<String>> first, Map<String, Integer> colour, int depth) {
        Integer c = colour.get(name);
        if (c != null && c == 2) return;
        if (c != null) {
            throw Refusal.unsupported(
                    "left recursion", "the grammar's rule " + Refusal.quote(name) + " begins with itself");
        }
        if (depth > 1_000) throw Refusal.tooLarge("a grammar whose rules begin with one another 1,000 times");
        colour.put(name, 1);
        for (String next : first.getOrDefault(name, Set.of())) walk(next, first, colour, depth + 1);
        colour.put(name, 2);
    }

    private static boolean canBeEmpty(Rule rule, Set<String> nullable) {
        return switch (rule) {
            case Rule.Leaf l ->
                l.text() instanceof Regular.Sequence s && s.parts().isEmpty();
            case Rule.Token t -> false;
            case Rule.Reference r -> nullable.contains(r.name());
            case Rule.Sequence s -> s.parts().stream().allMatch(p -> canBeEmpty(p, nullable));
            case Rule.Choice c -> c.options().stream().anyMatch(p -> canBeEmpty(p, nullable));
            case Rule.Repeat r -> r.min() == 0 || canBeEmpty(r.rule(), nullable);
        };
    }

    private static void beginsWith(Rule rule, Set<String> nullable, Set<String> into) {
        switch (rule) {
            case Rule.Reference r -> into.add(r.name());
            case Rule.Choice c -> c.options().forEach(p -> beginsWith(p, nullable, into));
            case Rule.Repeat r -> {
                if (r.max() != 0) beginsWith(r.rule(), nullable, into);
            }
            case Rule.Sequence s -> {
                for (Rule p : s.parts()) {
                    beginsWith(p, nullable, into);
                    if (!canBeEmpty(p, nullable)) return;
                }
            }
            case Rule.Leaf l -> {}
            case Rule.Token t -> {}
        }
    }

    // ------------------------------------------------------------------ what is regular

    private @Nullable Regular regular(Rule rule, int[] budget) {
        if (--budget[0] < 0) return null;
        return switch (rule) {
            case Rule.Leaf l -> l.text();
            case Rule.Token t -> null;
            case Rule.Reference r -> {
                if (regular.containsKey(r.name())) {
                    Regular known = regular.get(r.name());
                    if (known != null) budget[0] -= size(known);
                    yield budget[0] < 0 ? null : known;
                }
                // While it is being looked at, a rule that refers to itself is not regular.
                regular.put(r.name(), null);
                Rule body = rules.get(r.name());
                Regular made = body == null ? null : regular(body, budget);
                if (budget[0] < 0) regular.remove(r.name());
                else regular.put(r.name(), made);
                yield made;
            }
            case Rule.Sequence s -> {
                List<Regular> parts = all(s.parts(), budget);
                yield parts == null ? null : new Regular.Sequence(parts);
            }
            case Rule.Choice c -> {
                List<Regular> options = all(c.options(), budget);
                yield options == null ? null : new Regular.Choice(options);
            }
            case Rule.Repeat r -> {
                Regular inner = regular(r.rule(), budget);
                budget[0] -= inner == null ? 0 : size(inner) * Math.max(r.min(), Math.max(0, r.max()));
                yield inner == null || budget[0] < 0 ? null : new Regular.Repeat(inner, r.min(), r.max());
            }
        };
    }

    private @Nullable List<Regular> all(List<Rule> rules, int[] budget) {
        List<Regular> list = new ArrayList<>();
        for (Rule rule : rules) {
            Regular r = regular(rule, budget);
            if (r == null) return null;
            list.add(r);
        }
        return list;
    }

    private static int size(Regular r) {
        return switch (r) {
            case Regular.Sequence s -> s.parts().stream().mapToInt(Gbnf::size).sum() + 1;
            case Regular.Choice c -> c.options().stream().mapToInt(Gbnf::size).sum() + 1;
            case Regular.Repeat p -> Math.min(MAX_REGULAR, size(p.node())) * Math.max(1, Math.max(p.min(), p.max()));
            default -> 1;
        };
    }

    private @Nullable Text automaton(Rule rule) {
        if (automata.containsKey(rule)) return automata.get(rule);
        Text made = null;
        Regular r = regular(rule, new int[] {MAX_REGULAR});
        if (r != null) {
            try {
                TextDfa dfa = Regex.of(r);
                boolean empty = dfa.accepts("");
                TextDfa rest = empty ? dfa.minus(NOTHING) : dfa;
                made = new Text(rest.isEmpty() ? null : new ByteAutomaton(rest, ByteAutomaton.Encoding.PLAIN), empty);
            } catch (DalangException tooLarge) {
                made = null;
            }
        }
        automata.put(rule, made);
        return made;
    }

    // ------------------------------------------------------------------ places

    private Place place(String name) {
        Place known = places.get(name);
        if (known != null) return known;
        Place.Fixed made = new Place.Fixed();
        places.put(name, made);
        Rule body = rules.get(name);
        if (body == null) throw new IllegalStateException(name);
        made.set(List.of(new Step.Jump(new Later(body, end))));
        return made;
    }

    /** Reads a rule, then goes on; unfolded when a text gets there, so that counts cost nothing before. */
    private final class Later extends Place {
        private final Rule rule;
        private final Place after;

        Later(Rule rule, Place after) {
            this.rule = rule;
            this.after = after;
        }

        @Override
        protected List<Step> unfold() {
            return steps(rule, after);
        }
    }

    private List<Step> steps(Rule rule, Place after) {
        if (!canEnd(rule)) return List.of();
        Text text = automaton(rule);
        if (text != null) {
            List<Step> steps = new ArrayList<>();
            ByteAutomaton a = text.automaton();
            if (a != null) steps.add(new Step.Read(a, a.start(), new Place[] {after}));
            if (text.empty()) steps.add(new Step.Jump(after));
            return steps;
        }
        return switch (rule) {
            case Rule.Leaf l -> {
                // Only what is too large for one automaton.
                if (!(l.text() instanceof Regular.Sequence s)) throw new IllegalStateException();
                int half = s.parts().size() / 2;
                yield steps(
                        new Rule.Sequence(List.of(
                                new Rule.Leaf(new Regular.Sequence(s.parts().subList(0, half))),
                                new Rule.Leaf(new Regular.Sequence(
                                        s.parts().subList(half, s.parts().size()))))),
                        after);
            }
            case Rule.Token t -> List.of(new Step.Token(t.id(), after));
            case Rule.Reference r -> List.of(new Step.Call(place(r.name()), after));
            case Rule.Choice c -> {
                List<Step> steps = new ArrayList<>();
                for (Rule option : c.options()) if (canEnd(option)) steps.addAll(steps(option, after));
                yield steps;
            }
            case Rule.Sequence s -> {
                Place at = after;
                for (int i = s.parts().size() - 1; i > 0; i--)
                    at = new Later(s.parts().get(i), at);
                yield s.parts().isEmpty()
                        ? List.of(new Step.Jump(at))
                        : steps(s.parts().getFirst(), at);
            }
            case Rule.Repeat r -> repeat(r, after);
        };
    }

    private List<Step> repeat(Rule.Repeat r, Place after) {
        if (r.max() == 0 || !canEnd(r.rule())) return List.of(new Step.Jump(after));
        if (r.min() > 0) {
            int max = r.max() < 0 ? -1 : r.max() - 1;
            return steps(r.rule(), new Later(new Rule.Repeat(r.rule(), r.min() - 1, max), after));
        }
        List<Step> steps = new ArrayList<>(List.of(new Step.Jump(after)));
        if (r.max() < 0) {
            Place.Fixed loop = new Place.Fixed();
            steps.addAll(steps(r.rule(), loop));
            loop.set(steps);
        } else {
            steps.addAll(steps(r.rule(), new Later(new Rule.Repeat(r.rule(), 0, r.max() - 1), after)));
        }
        return steps;
    }
}
