package dev.dalang.engine.constrain.schema;

import dev.dalang.engine.constrain.automaton.ByteAutomaton;
import dev.dalang.engine.constrain.automaton.ByteAutomaton.Encoding;
import dev.dalang.engine.constrain.automaton.Regex;
import dev.dalang.engine.constrain.automaton.TextDfa;
import dev.dalang.engine.constrain.machine.Place;
import dev.dalang.engine.constrain.machine.Place.Step;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A plan for objects, as places. */
final class ObjectPlaces extends Positions<ObjectPlan.Position> {

    /** What a key without quotes around it may be. */
    private static final TextDfa BARE = Regex.whole("[^\\s\"'<>|=,(){}\\[\\]:]+");

    private final ObjectPlan plan;
    private final SchemaPlaces values;
    private final ByteAutomaton keys;

    ObjectPlaces(ObjectPlan plan, SchemaPlaces values) {
        this.plan = plan;
        this.values = values;
        this.keys =
                values.notation().quote() == null ? new ByteAutomaton(plan.keys(), Encoding.JSON) : bare(plan.keys());
    }

    /** Keys as they are, as far as their end can be found again. */
    static ByteAutomaton bare(TextDfa keys) {
        return new ByteAutomaton(TextDfa.partition(List.of(keys, BARE), in -> in[1] < 0 ? -1 : in[0]), Encoding.PLAIN);
    }

    Place start() {
        return at(plan.start(), true);
    }

    @Override
    List<Step> begin(ObjectPlan.Position p) {
        List<Step> steps = new ArrayList<>(members(p));
        if (plan.mayClose(p)) steps.add(values.punctuation().closeObject(values.end()));
        return steps;
    }

    @Override
    List<Step> follow(ObjectPlan.Position p) {
        List<Step> members = members(p);
        return values.punctuation()
                .afterMember(
                        plan.mayClose(p) ? values.end() : null,
                        members.isEmpty() ? null : new Place.Fixed(members.toArray(Step[]::new)));
    }

    private List<Step> members(ObjectPlan.Position p) {
        BitSet labels = plan.mayFollow(p, values.ordered());
        int start = labels.isEmpty() ? ByteAutomaton.DEAD : keys.start(labels);
        if (start == ByteAutomaton.DEAD) return List.of();
        @Nullable Place[] after = new @Nullable Place[plan.labels()];
        for (int l = labels.nextSetBit(0); l >= 0; l = labels.nextSetBit(l + 1)) after[l] = member(p, l);
        return List.of(new Step.Read(keys, start, after));
    }

    /** After a key. */
    private Place member(ObjectPlan.Position p, int label) {
        return new Place() {
            @Override
            protected List<Step> unfold() {
                List<Step> steps = new ArrayList<>();
                for (ObjectPlan.Next n : plan.next(p, label)) {
                    steps.add(new Step.Call(values.value(n.value()), at(n.to(), false)));
                }
                return List.of(values.punctuation().colon(new Place.Fixed(steps.toArray(Step[]::new))));
            }
        };
    }
}
