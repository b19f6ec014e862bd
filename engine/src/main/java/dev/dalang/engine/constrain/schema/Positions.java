package dev.dalang.engine.constrain.schema;

import dev.dalang.engine.constrain.machine.Place;
import dev.dalang.engine.constrain.machine.Place.Step;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The places between the parts of an array or object, one for each position that a text gets to.
 *
 * @param <P> the plan's positions
 */
abstract class Positions<P> {

    private final Map<P, Place> first = new HashMap<>();
    private final Map<P, Place> later = new HashMap<>();

    /** @param begins right after what opens the whole; otherwise after a part */
    Place at(P position, boolean begins) {
        Map<P, Place> map = begins ? first : later;
        Place known = map.get(position);
        if (known == null) {
            known = new Place() {
                @Override
                protected List<Step> unfold() {
                    return begins ? begin(position) : follow(position);
                }
            };
            map.put(position, known);
        }
        return known;
    }

    abstract List<Step> begin(P position);

    abstract List<Step> follow(P position);
}
