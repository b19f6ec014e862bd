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
import java.util.Arrays;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * JSON Schemas as places. White space may stand after braces, brackets, commas and colons and before closing ones: a
 * space, or one or two line ends and up to 64 characters of indentation.
 */
public final class SchemaPlaces {

    private static final String SPACE = "( |\\r?\\n(\\r?\\n)?[ \\t]{0,64})?";

    private static final int MAX_VALUES = 5_000;

    /** Of {@link #SEPARATORS}. */
    private static final int CLOSES = 0;

    private static final int GOES_ON = 1;

    private final Algebra algebra;
    private final SchemaDocument document;
    private final boolean ordered;
    private final Notation notation;
    private final Expr root;
    private final Set<String> notes = new LinkedHashSet<>();
    private final Map<Expr, Place> values = new HashMap<>();
    private final Map<TextDfa, ByteAutomaton> strings = new HashMap<>();
    private final Place end = new Place.End();

    private final ByteAutomaton openObject = plain("\\{" + SPACE);
    private final ByteAutomaton openArray = plain("\\[" + SPACE);
    private final ByteAutomaton colon;
    private final ByteAutomaton afterMember = separators("}");
    private final ByteAutomaton afterItem = separators("]");
    private final ByteAutomaton closeObject = plain("\\}");
    private final ByteAutomaton closeArray = plain("\\]");

    /**
     * @param schema a JSON Schema
     * @param strict properties come in the schema's order and integers without a fraction, as OpenAI's strict mode
     *     writes them; otherwise whatever is valid
     * @throws dev.dalang.api.DalangException if it is malformed, holds what cannot be guaranteed, or allows nothing
     */
    public SchemaPlaces(String schema, boolean strict, Notation notation) {
        this(schema, strict, notation, false);
    }

    /** @param objects nothing but objects, whatever else the schema would allow */
    public SchemaPlaces(String schema, boolean strict, Notation notation, boolean objects) {
        this.document = new SchemaDocument(Json.parse(schema));
        this.algebra = new Algebra(document, new Numerals(strict), notes);
        this.ordered = strict;
        this.notation = notation;
        this.colon = plain(":" + SPACE);
        Expr whole = algebra.table.schema(document.root());
        Json type = new Json.Obj(Map.of("type", new Json.Text("object")));
        Expr object =
                algebra.table.schema(new SchemaNode(type, "#", document.root().base(), false));
        this.root = objects ? algebra.table.and(whole, object) : whole;
        algebra.guarded(() -> {
            verify(root);
            return true;
        });
    }

    private static ByteAutomaton plain(String pattern) {
        return new ByteAutomaton(Regex.whole(pattern), Encoding.PLAIN);
    }

    private static ByteAutomaton separators(String close) {
        TextDfa closing = Regex.whole(SPACE + "\\" + close);
        TextDfa comma = Regex.whole("," + SPACE);
        return new ByteAutomaton(
                TextDfa.partition(List.of(closing, comma), in -> in[0] >= 0 ? CLOSES : in[1] >= 0 ? GOES_ON : -1),
                Encoding.PLAIN);
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
            if (algebra.any(o)) {
                MemberPlaces places = new MemberPlaces(algebra.plan(o), syntax);
                steps.add(new Step.Jump(places.at(algebra.plan(o).start(), true)));
            }
        }
        if (steps.isEmpty()) throw Refusal.malformed("the schema allows no object", "tools");
        return new Place.Fixed(steps.toArray(Step[]::new));
    }

    // ------------------------------------------------------------------ everything once, so that nothing fails later

    private void verify(Expr root) {
        if (!algebra.any(root)) throw Refusal.malformed("the schema allows no value at all", "response_format");
        Set<Expr> seen = new HashSet<>(List.of(root));
        Deque<Expr> todo = new ArrayDeque<>(seen);
        while (!todo.isEmpty()) {
            Shapes s = algebra.shapes(todo.poll());
            if (seen.size() > MAX_VALUES) throw Refusal.tooLarge("a schema of more than " + MAX_VALUES + " parts");
            List<Expr> parts = new ArrayList<>();
            for (NumberSet n : s.numbers()) if (algebra.numerals.of(n).isEmpty()) continue;
            for (ArrayShape a : s.arrays()) if (algebra.any(a)) verify(algebra.plan(a), parts);
            for (ObjectShape o : s.objects()) if (algebra.any(o)) verify(algebra.plan(o), parts);
            for (Expr e : parts) if (seen.add(e)) todo.add(e);
        }
    }

    private void verify(ArrayPlan plan, List<Expr> parts) {
        plan.check();
        Set<ArrayPlan.Position> seen = new HashSet<>(Set.of(plan.start()));
        Deque<ArrayPlan.Position> todo = new ArrayDeque<>(seen);
        // Positions beyond the first ones repeat what they say, so a long array is not walked to its end.
        for (int i = 0; i < 2_000 && !todo.isEmpty(); i++) {
            for (ArrayPlan.Next n : plan.next(todo.poll())) {
                parts.add(n.item());
                if (seen.add(n.to())) todo.add(n.to());
            }
        }
    }

    private void verify(ObjectPlan plan, List<Expr> parts) {
        BitSet labels = plan.mayFollow(plan.start(), false);
        for (int l = labels.nextSetBit(0); l >= 0; l = labels.nextSetBit(l + 1)) {
            for (ObjectPlan.Next n : plan.next(plan.start(), l)) parts.add(n.value());
        }
    }

    // ------------------------------------------------------------------ values

    private Place value(Expr e) {
        return values.computeIfAbsent(e, Value::new);
    }

    private final class Value extends Place {
        private final Expr expr;

        Value(Expr expr) {
            this.expr = expr;
        }

        @Override
        protected List<Step> unfold() {
            Shapes s = algebra.shapes(expr);
            List<Step> steps = new ArrayList<>(others(s));
            if (!s.strings().isEmpty()) string(s.strings(), steps);
            return steps;
        }

        /** All but strings. */
        List<Step> others(Shapes s) {
            List<Step> steps = new ArrayList<>();
            TextDfa words = words(s);
            for (NumberSet n : s.numbers()) words = words.or(algebra.numerals.of(n));
            if (!words.isEmpty()) read(new ByteAutomaton(words, Encoding.PLAIN), end, steps);
            for (ArrayShape a : s.arrays()) {
                if (!algebra.any(a)) continue;
                ArrayPlaces places = new ArrayPlaces(algebra.plan(a));
                read(openArray, places.at(algebra.plan(a).start(), true), steps);
            }
            for (ObjectShape o : s.objects()) {
                if (!algebra.any(o)) continue;
                ObjectPlaces places = new ObjectPlaces(algebra.plan(o));
                read(openObject, places.at(algebra.plan(o).start(), true), steps);
            }
            return steps;
        }
    }

    private static void read(ByteAutomaton a, Place after, List<Step> steps) {
        steps.add(new Step.Read(a, a.start(), new Place[] {after}));
    }

    private TextDfa words(Shapes s) {
        List<String> words = new ArrayList<>();
        if (s.isNull()) words.add(notation.nul());
        if (s.isTrue()) words.add(notation.yes());
        if (s.isFalse()) words.add(notation.no());
        return words.isEmpty() ? TextDfa.EMPTY : TextDfa.ofTexts(words).unlabelled();
    }

    private void string(TextDfa texts, List<Step> steps) {
        if (notation.quote() == null) {
            read(strings.computeIfAbsent(texts, t -> new ByteAutomaton(t, Encoding.JSON)), end, steps);
            return;
        }
        TextDfa sound = without(notation.mark(), texts);
        Place close = notation.quote().apply(end);
        List<Step> inside = new ArrayList<>();
        if (!sound.isEmpty()) {
            ByteAutomaton a = new ByteAutomaton(sound, Encoding.PLAIN);
            if (a.open(a.start())) read(a, close, inside);
            if (sound.accepts("")) inside.add(new Step.Jump(close));
        }
        if (!inside.isEmpty())
            steps.add(new Step.Jump(notation.quote().apply(new Place.Fixed(inside.toArray(Step[]::new)))));
    }

    /** The texts that do not hold a mark, which may be empty for none. */
    private static TextDfa without(String mark, TextDfa texts) {
        if (mark.isEmpty()) return texts;
        return texts.minus(Regex.search(mark.replaceAll("[\\\\^$.|?*+()\\[\\]{}]", "\\\\$0")));
    }

    // ------------------------------------------------------------------ arrays

    private final class ArrayPlaces {
        private final ArrayPlan plan;
        private final Map<ArrayPlan.Position, Place> first = new HashMap<>();
        private final Map<ArrayPlan.Position, Place> after = new HashMap<>();

        ArrayPlaces(ArrayPlan plan) {
            this.plan = plan;
        }

        /** Before the next item, a comma having been read or not been needed; or after an item. */
        Place at(ArrayPlan.Position p, boolean begins) {
            Map<ArrayPlan.Position, Place> map = begins ? first : after;
            Place known = map.get(p);
            if (known == null) {
                known = new Place() {
                    @Override
                    protected List<Step> unfold() {
                        return begins ? begin(p) : follow(p);
                    }
                };
                map.put(p, known);
            }
            return known;
        }

        private List<Step> begin(ArrayPlan.Position p) {
            List<Step> steps = items(p);
            if (plan.mayClose(p)) read(closeArray, end, steps);
            return steps;
        }

        private List<Step> items(ArrayPlan.Position p) {
            List<Step> steps = new ArrayList<>();
            for (ArrayPlan.Next n : plan.next(p)) steps.add(new Step.Call(value(n.item()), at(n.to(), false)));
            return steps;
        }

        private List<Step> follow(ArrayPlan.Position p) {
            List<Step> items = items(p);
            return separated(
                    afterItem, plan.mayClose(p), items.isEmpty() ? null : new Place.Fixed(items.toArray(Step[]::new)));
        }
    }

    private List<Step> separated(ByteAutomaton separators, boolean mayClose, @Nullable Place more) {
        BitSet allowed = new BitSet();
        allowed.set(CLOSES, mayClose);
        allowed.set(GOES_ON, more != null);
        @Nullable Place[] after = new @Nullable Place[2];
        after[CLOSES] = end;
        after[GOES_ON] = more;
        return List.of(new Step.Read(separators, separators.start(allowed), after));
    }

    // ------------------------------------------------------------------ objects

    private final class ObjectPlaces {
        private final ObjectPlan plan;
        private final ByteAutomaton keys;
        private final Map<ObjectPlan.Position, Place> first = new HashMap<>();
        private final Map<ObjectPlan.Position, Place> after = new HashMap<>();

        ObjectPlaces(ObjectPlan plan) {
            this.plan = plan;
            this.keys = new ByteAutomaton(plan.keys(), notation.quote() == null ? Encoding.JSON : Encoding.PLAIN);
        }

        Place at(ObjectPlan.Position p, boolean begins) {
            Map<ObjectPlan.Position, Place> map = begins ? first : after;
            Place known = map.get(p);
            if (known == null) {
                known = new Place() {
                    @Override
                    protected List<Step> unfold() {
                        return begins ? begin(p) : follow(p);
                    }
                };
                map.put(p, known);
            }
            return known;
        }

        private List<Step> begin(ObjectPlan.Position p) {
            List<Step> steps = new ArrayList<>(members(p));
            if (plan.mayClose(p)) read(closeObject, end, steps);
            return steps;
        }

        private List<Step> follow(ObjectPlan.Position p) {
            List<Step> members = members(p);
            return separated(
                    afterMember,
                    plan.mayClose(p),
                    members.isEmpty() ? null : new Place.Fixed(members.toArray(Step[]::new)));
        }

        private List<Step> members(ObjectPlan.Position p) {
            BitSet labels = plan.mayFollow(p, ordered);
            if (labels.isEmpty()) return List.of();
            int start = keys.start(labels);
            if (start < 0) return List.of();
            @Nullable Place[] after = new @Nullable Place[plan.labels()];
            Arrays.setAll(after, l -> labels.get(l) ? member(p, l) : null);
            return List.of(new Step.Read(keys, start, after));
        }

        /** After a key. */
        private Place member(ObjectPlan.Position p, int label) {
            return new Place() {
                @Override
                protected List<Step> unfold() {
                    List<Step> steps = new ArrayList<>();
                    for (ObjectPlan.Next n : plan.next(p, label)) {
                        steps.add(new Step.Call(value(n.value()), at(n.to(), false)));
                    }
                    Place values = new Place.Fixed(steps.toArray(Step[]::new));
                    return List.of(new Step.Read(colon, colon.start(), new Place[] {values}));
                }
            };
        }
    }

    /** Members in the syntax of a family's tool calls. */
    private final class MemberPlaces {
        private final ObjectPlan plan;
        private final MemberSyntax syntax;
        private final ByteAutomaton keys;
        private final Map<ObjectPlan.Position, Place> first = new HashMap<>();
        private final Map<ObjectPlan.Position, Place> after = new HashMap<>();

        MemberPlaces(ObjectPlan plan, MemberSyntax syntax) {
            this.plan = plan;
            this.syntax = syntax;
            this.keys = new ByteAutomaton(
                    TextDfa.partition(List.of(plan.keys(), syntax.keys()), in -> in[1] < 0 ? -1 : in[0]),
                    Encoding.PLAIN);
        }

        Place at(ObjectPlan.Position p, boolean begins) {
            Map<ObjectPlan.Position, Place> map = begins ? first : after;
            Place known = map.get(p);
            if (known == null) {
                known = new Place() {
                    @Override
                    protected List<Step> unfold() {
                        List<Step> steps = new ArrayList<>();
                        Place more = members(p);
                        if (more != null) {
                            steps.add(new Step.Jump(
                                    begins ? more : syntax.separator().apply(more)));
                        }
                        if (plan.mayClose(p))
                            steps.add(new Step.Jump(syntax.close().apply(end)));
                        return steps;
                    }
                };
                map.put(p, known);
            }
            return known;
        }

        private @Nullable Place members(ObjectPlan.Position p) {
            BitSet labels = plan.mayFollow(p, ordered);
            int start = labels.isEmpty() ? -1 : keys.start(labels);
            if (start < 0) return null;
            @Nullable Place[] next = new @Nullable Place[plan.labels()];
            Arrays.setAll(next, l -> labels.get(l) ? syntax.keyEnd().apply(member(p, l)) : null);
            return syntax.each().apply(new Place.Fixed(new Step.Read(keys, start, next)));
        }

        private Place member(ObjectPlan.Position p, int label) {
            return new Place() {
                @Override
                protected List<Step> unfold() {
                    List<Step> steps = new ArrayList<>();
                    for (ObjectPlan.Next n : plan.next(p, label)) {
                        Shapes s = algebra.shapes(n.value());
                        if (syntax.raw()) text(s.strings(), at(n.to(), false), steps);
                        List<Step> rest = new ArrayList<>(new Value(n.value()).others(s));
                        if (!syntax.raw() && !s.strings().isEmpty()) string(s.strings(), rest);
                        if (!rest.isEmpty()) {
                            Place value = new Place.Fixed(rest.toArray(Step[]::new));
                            Place then = syntax.afterValue().apply(at(n.to(), false));
                            Place read = new Place.Fixed(new Step.Call(value, then));
                            steps.add(new Step.Jump(syntax.beforeOther().apply(read)));
                        }
                    }
                    return steps;
                }
            };
        }

        private void text(TextDfa texts, Place next, List<Step> steps) {
            TextDfa sound = without(syntax.valueMark(), texts);
            Place then = syntax.afterValue().apply(next);
            List<Step> inside = new ArrayList<>();
            if (sound.isEmpty()) return;
            ByteAutomaton a = new ByteAutomaton(sound, Encoding.PLAIN);
            if (a.open(a.start())) read(a, then, inside);
            if (sound.accepts("")) inside.add(new Step.Jump(then));
            steps.add(new Step.Jump(syntax.beforeString().apply(new Place.Fixed(inside.toArray(Step[]::new)))));
        }
    }
}
