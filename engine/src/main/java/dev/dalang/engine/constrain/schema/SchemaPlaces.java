package dev.dalang.engine.constrain.schema;

import dev.dalang.engine.constrain.automaton.ByteAutomaton;
import dev.dalang.engine.constrain.automaton.ByteAutomaton.Encoding;
import dev.dalang.engine.constrain.automaton.Refusal;
import dev.dalang.engine.constrain.automaton.Regex;
import dev.dalang.engine.constrain.automaton.TextDfa;
import dev.dalang.engine.constrain.machine.Place;
import dev.dalang.engine.constrain.machine.Place.Step;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * A JSON Schema as places of a grammar. Where the specification leaves a choice: every {@code format} that it defines is
 * enforced; names that it does not define assert nothing; a repeated key is taken for two properties.
 */
public final class SchemaPlaces {

    private static final int MAX_VALUES = 5_000;
    private static final int MAX_POSITIONS = 2_000;

    private final Algebra algebra;
    private final boolean ordered;
    private final Notation notation;
    private final Expr root;
    private final Set<String> notes = new LinkedHashSet<>();
    private final Map<Expr, Place> values = new HashMap<>();
    private final Map<TextDfa, ByteAutomaton> strings = new HashMap<>();
    private final Punctuation punctuation = new Punctuation();
    private final Place end = new Place.End();

    /**
     * Whatever is valid.
     *
     * @param schema a JSON Schema
     * @param strict properties come in the schema's order, as OpenAI's strict mode writes them, and integers plain
     * @throws dev.dalang.api.DalangException if it is malformed, holds what cannot be guaranteed, or allows nothing
     */
    public SchemaPlaces(String schema, boolean strict, Notation notation) {
        this(schema, strict, strict, notation, false);
    }

    /**
     * What a model is to write: integers plain, since {@code 8.0} is one to JSON Schema, but to few programs that read it.
     *
     * @param objects nothing but objects, whatever else the schema would allow
     * @throws dev.dalang.api.DalangException as the constructor does
     */
    public static SchemaPlaces written(String schema, boolean strict, Notation notation, boolean objects) {
        return new SchemaPlaces(schema, strict, true, notation, objects);
    }

    private SchemaPlaces(String schema, boolean strict, boolean plainIntegers, Notation notation, boolean objects) {
        SchemaDocument document = new SchemaDocument(Json.parse(schema));
        this.algebra = new Algebra(document, new Numerals(plainIntegers), notes);
        this.ordered = strict;
        this.notation = notation;
        Expr whole = algebra.table.schema(document.root());
        Json type = new Json.Obj(Map.of("type", new Json.Text("object")));
        Expr object =
                algebra.table.schema(new SchemaNode(type, "#", document.root().base(), false));
        this.root = objects ? algebra.table.and(whole, object) : whole;
        algebra.guarded(() -> {
            verify();
            return true;
        });
    }

    /** What the schema says that asserts nothing here, in words. */
    public List<String> notes() {
        return List.copyOf(notes);
    }

    /** The place that reads a value of the schema and returns. */
    public Place value() {
        return value(root);
    }

    /** The place that reads an object of the schema, its members written in some other syntax, and returns. */
    public Place members(MemberSyntax syntax) {
        List<Step> steps = new ArrayList<>();
        for (ObjectShape o : algebra.shapes(root).objects()) {
            if (algebra.any(o)) steps.add(new Step.Jump(new MemberPlaces(algebra.plan(o), this, syntax).start()));
        }
        if (steps.isEmpty()) throw Refusal.malformed("the schema allows no object", "tools");
        return new Place.Fixed(steps.toArray(Step[]::new));
    }

    // ------------------------------------------------------------------ everything once, so that nothing fails later

    private void verify() {
        if (!algebra.any(root)) throw Refusal.malformed("the schema allows no value at all", "#");
        Set<Expr> seen = new HashSet<>(Set.of(root));
        Deque<Expr> todo = new ArrayDeque<>(seen);
        while (!todo.isEmpty()) {
            Shapes s = algebra.shapes(todo.poll());
            if (seen.size() > MAX_VALUES) throw Refusal.tooLarge("a schema of more than " + MAX_VALUES + " parts");
            List<Expr> parts = new ArrayList<>();
            for (NumberSet n : s.numbers()) algebra.numerals.of(n);
            for (ArrayShape a : s.arrays()) if (algebra.any(a)) verify(algebra.plan(a), parts);
            for (ObjectShape o : s.objects()) if (algebra.any(o)) verify(algebra.plan(o), parts);
            for (Expr e : parts) if (seen.add(e)) todo.add(e);
        }
    }

    private static void verify(ArrayPlan plan, List<Expr> parts) {
        plan.check();
        Set<ArrayPlan.Position> seen = new HashSet<>(Set.of(plan.start()));
        Deque<ArrayPlan.Position> todo = new ArrayDeque<>(seen);
        // Positions beyond the first ones repeat what they say, so a long array is not walked to its end.
        for (int i = 0; i < MAX_POSITIONS && !todo.isEmpty(); i++) {
            for (ArrayPlan.Next n : plan.next(todo.poll())) {
                parts.add(n.item());
                if (seen.add(n.to())) todo.add(n.to());
            }
        }
    }

    private static void verify(ObjectPlan plan, List<Expr> parts) {
        BitSet labels = plan.mayFollow(plan.start(), false);
        for (int l = labels.nextSetBit(0); l >= 0; l = labels.nextSetBit(l + 1)) {
            for (ObjectPlan.Next n : plan.next(plan.start(), l)) parts.add(n.value());
        }
    }

    // ------------------------------------------------------------------ values

    boolean ordered() {
        return ordered;
    }

    Notation notation() {
        return notation;
    }

    Punctuation punctuation() {
        return punctuation;
    }

    /** Where every value's reading ends. */
    Place end() {
        return end;
    }

    Shapes shapes(Expr e) {
        return algebra.shapes(e);
    }

    Place value(Expr e) {
        return values.computeIfAbsent(e, k -> new Place() {
            @Override
            protected List<Step> unfold() {
                return steps(algebra.shapes(k), true);
            }
        });
    }

    /** The ways in which the values of a set begin. */
    List<Step> steps(Shapes s, boolean withStrings) {
        List<Step> steps = new ArrayList<>();
        TextDfa words = words(s);
        for (NumberSet n : s.numbers()) words = words.or(algebra.numerals.of(n));
        if (!words.isEmpty()) steps.add(Punctuation.read(new ByteAutomaton(words, Encoding.PLAIN), end));
        if (withStrings && !s.strings().isEmpty()) steps.addAll(string(s.strings()));
        for (ArrayShape a : s.arrays()) {
            if (algebra.any(a)) {
                steps.add(punctuation.openArray(new ArrayPlaces(algebra.plan(a), this).start()));
            }
        }
        for (ObjectShape o : s.objects()) {
            if (algebra.any(o)) {
                steps.add(punctuation.openObject(new ObjectPlaces(algebra.plan(o), this).start()));
            }
        }
        return steps;
    }

    private TextDfa words(Shapes s) {
        List<String> words = new ArrayList<>();
        if (s.isNull()) words.add(notation.nul());
        if (s.isTrue()) words.add(notation.yes());
        if (s.isFalse()) words.add(notation.no());
        return words.isEmpty() ? TextDfa.EMPTY : TextDfa.ofTexts(words).unlabelled();
    }

    private List<Step> string(TextDfa texts) {
        UnaryOperator<Place> quote = notation.quote();
        if (quote == null) {
            ByteAutomaton a = strings.computeIfAbsent(texts, t -> new ByteAutomaton(t, Encoding.JSON));
            return List.of(Punctuation.read(a, end));
        }
        List<Step> inside = raw(texts, notation.mark(), quote.apply(end));
        if (inside.isEmpty()) return List.of();
        return List.of(new Step.Jump(quote.apply(new Place.Fixed(inside.toArray(Step[]::new)))));
    }

    /**
     * Texts as they are.
     *
     * @param mark what none of them may hold; empty for nothing
     */
    List<Step> raw(TextDfa texts, String mark, Place then) {
        TextDfa sound = mark.isEmpty()
                ? texts
                : texts.minus(Regex.search(mark.replaceAll("[\\\\^$.|?*+()\\[\\]{}]", "\\\\$0")));
        if (sound.isEmpty()) return List.of();
        List<Step> steps = new ArrayList<>();
        ByteAutomaton a = new ByteAutomaton(sound, Encoding.PLAIN);
        if (a.open(a.start())) steps.add(Punctuation.read(a, then));
        if (sound.accepts("")) steps.add(new Step.Jump(then));
        return steps;
    }
}
