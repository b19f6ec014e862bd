package dev.dalang.train.loop;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Tells a run that has gone astray from one with a bad moment. A loss is high when it exceeds one and a half times the
 * median of the last losses that were not, and by half a nat; a run has diverged when the loss has been high for a while,
 * or is no number at all.
 */
final class DivergenceWatch {

    private static final int WINDOW = 101;
    private static final int LEAST = 10;
    private static final int PATIENCE = 30;

    private final List<Double> normal;
    private int high;

    /** Goes on from {@link #normal()} and {@link #high()} of another one. */
    DivergenceWatch(List<Double> normal, int high) {
        this.normal = new ArrayList<>(normal);
        this.high = high;
    }

    /** Hears a step's loss, and says whether the run has diverged. */
    boolean diverged(double loss) {
        if (!Double.isFinite(loss)) return true;
        if (normal.size() >= LEAST && loss > 1.5 * median() + 0.5) return ++high >= PATIENCE;
        high = 0;
        normal.add(loss);
        if (normal.size() > WINDOW) normal.removeFirst();
        return false;
    }

    double median() {
        List<Double> sorted = new ArrayList<>(normal);
        Collections.sort(sorted);
        return sorted.get(sorted.size() / 2);
    }

    /** The last losses that were not high. */
    List<Double> normal() {
        return List.copyOf(normal);
    }

    /** How many losses in a row have been high; weights from such a time are no good to go back to. */
    int high() {
        return high;
    }
}
