package dev.dalang.engine.constrain.schema;

import dev.dalang.engine.constrain.automaton.Refusal;
import dev.dalang.engine.constrain.automaton.TextDfa;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * How an object of a shape can be written property by property without ever getting stuck. Keys fall into labels: one
 * for each key that has a name in the shape, in its order, and one for each class of other keys that the same patterns
 * match.
 */
final class ObjectPlan {

    private static final int MAX_CLASSES = 1_000;
    private static final int MAX_EXISTS = 6;
    private static final int MAX_FITS = 50_000;
    private static final int MANY = 1 << 20;

    /** The named keys that are there, how many properties in all (no more than matter), and what is still to be met. */
    record Position(BitSet seen, int count, BitSet unmet) {}

    /** A value that may come, and where that leads. */
    record Next(Expr value, Position to) {}

    private final ObjectShape shape;
    private final Algebra algebra;
    private final List<String> names;
    private final List<Expr> values = new ArrayList<>();
    /** By label: which of {@code exists} a property of this key may meet. */
    private final List<BitSet> meets = new ArrayList<>();

    private final Map<List<Object>, Boolean> meetsAll = new HashMap<>();
    private final Map<List<Object>, Boolean> fits = new HashMap<>();
    private final BitSet possible = new BitSet();
    private final BitSet required = new BitSet();
    private final TextDfa keys;
    private final int matters;
    private final boolean completable;

    ObjectPlan(ObjectShape shape, Algebra algebra) {
        this.shape = shape;
        this.algebra = algebra;
        Set<String> all = new LinkedHashSet<>();
        List<TextDfa> parts = new ArrayList<>();
        for (ObjectShape.Layer l : shape.layers()) all.addAll(l.named().keySet());
        all.addAll(shape.required());
        this.names = List.copyOf(all);
        parts.add(TextDfa.ofTexts(names));
        parts.add(shape.keys());
        for (ObjectShape.Layer l : shape.layers()) for (ObjectShape.Rule r : l.patterns()) parts.add(r.keys());
        if (shape.exists().size() > MAX_EXISTS) {
            throw Refusal.tooLarge("an object with more than " + MAX_EXISTS + " properties that must be of some kind");
        }
        for (ObjectShape.Rule r : shape.exists()) parts.add(r.keys());
        for (String name : names) addNamed(name);
        Map<List<Boolean>, Integer> classes = new HashMap<>();
        this.keys = TextDfa.partition(parts, in -> labelOf(in, classes));
        for (int l = 0; l < values.size(); l++) {
            if (algebra.any(values.get(l))) possible.set(l);
        }
        this.matters = Math.max(shape.min(), shape.max() < 0 ? 0 : shape.max());
        this.completable = completable();
    }

    private void addNamed(String name) {
        Expr value = shape.of(name, algebra.table);
        BitSet met = new BitSet();
        for (int j = 0; j < shape.exists().size(); j++) {
            ObjectShape.Rule r = shape.exists().get(j);
            met.set(j, r.keys().accepts(name) && algebra.any(algebra.table.and(value, r.value())));
        }
        if (shape.required().contains(name)) required.set(values.size());
        values.add(value);
        meets.add(met);
    }

    private int labelOf(int[] in, Map<List<Boolean>, Integer> classes) {
        if (in[0] >= 0) return in[0];
        if (in[1] < 0) return -1;
        List<Boolean> matched = new ArrayList<>();
        for (int i = 2; i < in.length; i++) matched.add(in[i] >= 0);
        Integer known = classes.get(matched);
        if (known != null) return known;
        if (classes.size() == MAX_CLASSES) throw Refusal.tooLarge("the patterns of an object's keys overlap too much");
        Expr value = algebra.table.anything;
        int at = 0;
        for (ObjectShape.Layer l : shape.layers()) {
            boolean any = false;
            for (ObjectShape.Rule r : l.patterns()) {
                if (matched.get(at++)) {
                    value = algebra.table.and(value, r.value());
                    any = true;
                }
            }
            if (!any) value = algebra.table.and(value, l.rest());
        }
        BitSet met = new BitSet();
        for (int j = 0; j < shape.exists().size(); j++) {
            met.set(
                    j,
                    matched.get(at + j)
                            && algebra.any(algebra.table.and(
                                    value, shape.exists().get(j).value())));
        }
        // A class whose properties can hold nothing is no class at all.
        int label = value == algebra.table.nothing ? -1 : values.size();
        classes.put(matched, label);
        if (label >= 0) {
            values.add(value);
            meets.add(met);
        }
        return label;
    }

    private boolean completable() {
        BitSet missing = (BitSet) required.clone();
        missing.andNot(possible);
        if (!missing.isEmpty()) return false;
        int need = required.cardinality();
        if (shape.max() >= 0 && Math.max(need, shape.min()) > shape.max()) return false;
        if (shape.min() > need && available() < shape.min()) return false;
        return fits(start());
    }

    /** How many different keys there are. */
    private int available() {
        int n = 0;
        for (int l = possible.nextSetBit(0); l >= 0; l = possible.nextSetBit(l + 1)) {
            if (l < names.size()) n++;
        }
        BitSet open = (BitSet) possible.clone();
        open.clear(0, names.size());
        if (open.isEmpty()) return n;
        TextDfa others = TextDfa.partition(List.of(keys), in -> in[0] >= 0 && open.get(in[0]) ? 0 : -1);
        return Math.min(MANY, n + others.count(MANY));
    }

    /** The value of a label's property that meets all of these. */
    private Expr meeting(int label, BitSet demands) {
        Expr e = values.get(label);
        for (int j = demands.nextSetBit(0); j >= 0; j = demands.nextSetBit(j + 1)) {
            e = algebra.table.and(e, shape.exists().get(j).value());
        }
        return e;
    }

    private boolean meetsAll(int label, BitSet demands) {
        return meetsAll.computeIfAbsent(List.of(label, demands), k -> algebra.any(meeting(label, demands)));
    }

    /** Every subset of what a label may meet of {@code unmet}, and can meet with one property; the empty one first. */
    private List<BitSet> demands(int label, BitSet unmet) {
        BitSet could = (BitSet) meets.get(label).clone();
        could.and(unmet);
        int[] bits = could.stream().toArray();
        List<BitSet> all = new ArrayList<>();
        for (int subset = 0; subset < 1 << bits.length; subset++) {
            BitSet demands = new BitSet();
            for (int i = 0; i < bits.length; i++) demands.set(bits[i], (subset >> i & 1) != 0);
            if (demands.cardinality() < 2 || meetsAll(label, demands)) all.add(demands);
        }
        return all;
    }

    /** Whether all that is still required, and all demands that are unmet, find room. */
    private boolean fits(Position p) {
        BitSet missing = (BitSet) required.clone();
        missing.andNot(p.seen);
        int room = shape.max() < 0 ? MANY : shape.max() - p.count - missing.cardinality();
        return room >= 0 && fits(p.seen, p.unmet, Math.min(room, p.unmet.cardinality()));
    }

    /** @param room how many properties there may be besides those required */
    private boolean fits(BitSet seen, BitSet unmet, int room) {
        int j = unmet.nextSetBit(0);
        if (j < 0) return true;
        List<Object> key = List.of(seen, unmet, room);
        Boolean known = fits.get(key);
        if (known != null) return known;
        if (fits.size() > MAX_FITS) throw Refusal.tooLarge("an object of too many keys that may meet a demand");
        boolean is = false;
        for (int l = possible.nextSetBit(0); l >= 0 && !is; l = possible.nextSetBit(l + 1)) {
            boolean named = l < names.size();
            int cost = required.get(l) ? 0 : 1;
            if (!meets.get(l).get(j) || (named && seen.get(l)) || cost > room) continue;
            BitSet then = seen;
            if (named) {
                then = (BitSet) seen.clone();
                then.set(l);
            }
            for (BitSet met : demands(l, unmet)) {
                if (!met.get(j)) continue;
                BitSet left = (BitSet) unmet.clone();
                left.andNot(met);
                is = fits(then, left, room - cost);
                if (is) break;
            }
        }
        fits.put(key, is);
        return is;
    }

    boolean possible() {
        return completable;
    }

    /** The keys with their labels. */
    TextDfa keys() {
        return keys;
    }

    int labels() {
        return values.size();
    }

    /** The names of the labels below {@link #names}{@code .size()}. */
    List<String> names() {
        return names;
    }

    Position start() {
        BitSet unmet = new BitSet();
        unmet.set(0, shape.exists().size());
        return new Position(new BitSet(), 0, unmet);
    }

    boolean mayClose(Position p) {
        BitSet missing = (BitSet) required.clone();
        missing.andNot(p.seen);
        return missing.isEmpty() && p.count >= shape.min() && p.unmet.isEmpty();
    }

    /** The labels whose keys may come, in the order of the shape if {@code ordered}. */
    BitSet mayFollow(Position p, boolean ordered) {
        BitSet labels = new BitSet();
        int from = ordered ? p.seen.length() : 0;
        for (int l = possible.nextSetBit(from); l >= 0; l = possible.nextSetBit(l + 1)) {
            if (l < names.size() && p.seen.get(l)) continue;
            if (!next(p, l).isEmpty()) labels.set(l);
            // In order, what is required cannot be passed over.
            if (ordered && l < names.size() && required.get(l)) break;
        }
        return labels;
    }

    /** What the value of a key may be; several where it may or may not meet a demand. */
    List<Next> next(Position p, int label) {
        BitSet seen = p.seen;
        if (label < names.size()) {
            seen = (BitSet) seen.clone();
            seen.set(label);
        }
        int count = Math.min(p.count + 1, matters + 1);
        List<Next> found = new ArrayList<>();
        for (BitSet met : demands(label, p.unmet)) {
            BitSet unmet = (BitSet) p.unmet.clone();
            unmet.andNot(met);
            Position to = new Position(seen, count, unmet);
            if (fits(to)) found.add(new Next(meeting(label, met), to));
        }
        return found;
    }
}
