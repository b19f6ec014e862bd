package dev.dalang.engine.constrain.schema;

import dev.dalang.engine.constrain.machine.Place;
import dev.dalang.engine.constrain.machine.Place.Step;
import java.util.ArrayList;
import java.util.List;

/** A plan for arrays, as places. */
final class ArrayPlaces extends Positions<ArrayPlan.Position> {

    private final ArrayPlan plan;
    private final SchemaPlaces values;

    ArrayPlaces(ArrayPlan plan, SchemaPlaces values) {
        this.plan = plan;
        this.values = values;
    }

    Place start() {
        return at(plan.start(), true);
    }

    @Override
    List<Step> begin(ArrayPlan.Position p) {
        List<Step> steps = items(p);
        if (plan.mayClose(p)) steps.add(values.punctuation().closeArray(values.end()));
        return steps;
    }

    @Override
    List<Step> follow(ArrayPlan.Position p) {
        List<Step> items = items(p);
        return values.punctuation()
                .afterItem(
                        plan.mayClose(p) ? values.end() : null,
                        items.isEmpty() ? null : new Place.Fixed(items.toArray(Step[]::new)));
    }

    private List<Step> items(ArrayPlan.Position p) {
        List<Step> steps = new ArrayList<>();
        for (ArrayPlan.Next n : plan.next(p)) steps.add(new Step.Call(values.value(n.item()), at(n.to(), false)));
        return steps;
    }
}
