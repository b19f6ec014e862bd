package dev.dalang.engine.constrain.schema;

import dev.dalang.engine.constrain.automaton.ByteAutomaton;
import dev.dalang.engine.constrain.machine.Place;
import dev.dalang.engine.constrain.machine.Place.Step;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A plan for objects, as places in which members are written in the syntax of a family's tool calls. */
final class MemberPlaces extends Positions<ObjectPlan.Position> {

    private final ObjectPlan plan;
    private final SchemaPlaces values;
    private final MemberSyntax syntax;
    private final ByteAutomaton keys;

    MemberPlaces(ObjectPlan plan, SchemaPlaces values, MemberSyntax syntax) {
        this.plan = plan;
        this.values = values;
        this.syntax = syntax;
        this.keys = ObjectPlaces.bare(plan.keys());
    }

    Place start() {
        return at(plan.start(), true);
    }

    @Override
    List<Step> begin(ObjectPlan.Position p) {
        return steps(p, members(p));
    }

    @Override
    List<Step> follow(ObjectPlan.Position p) {
        Place more = members(p);
        return steps(p, more == null ? null : syntax.separator().apply(more));
    }

    private List<Step> steps(ObjectPlan.Position p, @Nullable Place more) {
        List<Step> steps = new ArrayList<>();
        if (more != null) steps.add(new Step.Jump(more));
        if (plan.mayClose(p)) steps.add(new Step.Jump(syntax.close().apply(values.end())));
        return steps;
    }

    private @Nullable Place members(ObjectPlan.Position p) {
        BitSet labels = plan.mayFollow(p, values.ordered());
        int start = labels.isEmpty() ? ByteAutomaton.DEAD : keys.start(labels);
        if (start == ByteAutomaton.DEAD) return null;
        @Nullable Place[] next = new @Nullable Place[plan.labels()];
        for (int l = labels.nextSetBit(0); l >= 0; l = labels.nextSetBit(l + 1)) {
            next[l] = syntax.keyEnd().apply(member(p, l));
        }
        return syntax.each().apply(new Place.Fixed(new Step.Read(keys, start, next)));
    }

    /** After a key and what ends it. */
    private Place member(ObjectPlan.Position p, int label) {
        return new Place() {
            @Override
            protected List<Step> unfold() {
                List<Step> steps = new ArrayList<>();
                for (ObjectPlan.Next n : plan.next(p, label)) value(n, steps);
                return steps;
            }
        };
    }

    private void value(ObjectPlan.Next n, List<Step> steps) {
        Shapes s = values.shapes(n.value());
        Place then = syntax.afterValue().apply(at(n.to(), false));
        List<Step> text = syntax.raw() ? values.raw(s.strings(), syntax.valueMark(), then) : List.of();
        if (!text.isEmpty()) {
            steps.add(new Step.Jump(syntax.beforeString().apply(new Place.Fixed(text.toArray(Step[]::new)))));
        }
        List<Step> rest = values.steps(s, !syntax.raw());
        if (rest.isEmpty()) return;
        Place read = new Place.Fixed(new Step.Call(new Place.Fixed(rest.toArray(Step[]::new)), then));
        steps.add(new Step.Jump(syntax.beforeOther().apply(read)));
    }
}
