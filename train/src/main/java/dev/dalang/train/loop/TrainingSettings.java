package dev.dalang.train.loop;

import dev.dalang.api.DalangException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * How to train. The size of a batch, the mixture and the seed of the order are the data source's.
 *
 * @param steps changes of the weights
 * @param accumulation batches whose gradients make one step, each of their targets counting the same
 * @param clip norm that the gradient of all parameters together is shortened to when it is longer; 0 for never
 * @param averaging how much of the moving average of the weights stays at each step, as in 0.999; the average is what is
 *     validated, sampled and kept in the end. 0 for none
 * @param validateEvery steps between validations; 0 for none
 * @param validationBatches how many batches of the validation data to take; 0 for all
 * @param patience validations in a row without a better one after which to stop; the network ends with the weights that
 *     were validated best. 0 for never, and for the last weights
 * @param sampleEvery steps between samples; 0 for none
 * @param checkpointEvery steps between checkpoints; 0 for one at the end only
 * @param keep how many of the last checkpoints to keep, at least 1; with patience, the best one is kept besides
 */
public record TrainingSettings(
        long steps,
        int accumulation,
        Schedule schedule,
        OptimizerSettings optimizer,
        double clip,
        double averaging,
        int validateEvery,
        int validationBatches,
        int patience,
        int sampleEvery,
        int checkpointEvery,
        int keep) {

    private static final String STEPS = "steps";
    private static final String SCHEDULE = "schedule";

    public TrainingSettings {
        if (steps < 1) throw wrong("steps", steps, "1 or more");
        if (accumulation < 1 || accumulation > 1 << 20) throw wrong("accumulation", accumulation, "1 or more");
        if (!(clip >= 0)) throw wrong("clip", clip, "0 or more");
        if (!(averaging >= 0 && averaging < 1)) throw wrong("averaging", averaging, "at least 0 and less than 1");
        if (validateEvery < 0) throw wrong("validateEvery", validateEvery, "0 or more");
        if (validationBatches < 0) throw wrong("validationBatches", validationBatches, "0 or more");
        if (patience < 0) throw wrong("patience", patience, "0 or more");
        if (sampleEvery < 0) throw wrong("sampleEvery", sampleEvery, "0 or more");
        if (checkpointEvery < 0) throw wrong("checkpointEvery", checkpointEvery, "0 or more");
        if (keep < 1) throw wrong("keep", keep, "1 or more");
        if (schedule.warmup() > steps) throw wrong("warmup", schedule.warmup(), "at most the " + steps + " steps");
        if (patience > 0 && validateEvery == 0) throw wrong("patience", patience, "0 where nothing is validated");
    }

    /** The usual ones: one batch a step, gradients clipped at 1, nothing averaged, and a look every hundredth of the run. */
    public static TrainingSettings usual(long steps, Schedule schedule) {
        int every = Math.clamp(steps / 100, 10, 1000);
        return new TrainingSettings(
                steps, 1, schedule, OptimizerSettings.USUAL, 1, 0, every, 0, 0, every, 5 * every, 2);
    }

    /** Whatever decides what the weights become, by name: a checkpoint goes on only under the same. */
    public Map<String, String> identity() {
        Map<String, String> all = new LinkedHashMap<>();
        all.put(STEPS, Long.toString(steps));
        all.put("accumulation", Integer.toString(accumulation));
        all.put(SCHEDULE, schedule.toString());
        all.put("optimizer", optimizer.toString());
        all.put("clip", Double.toString(clip));
        all.put("averaging", Double.toString(averaging));
        return all;
    }

    /** The names under which {@link #identity} says when the run ends, and how. */
    static final Set<String> END = Set.of(STEPS, SCHEDULE);

    /**
     * Whether a run of that identity had the learning rates of this one in its first {@code done} steps, so that it may end
     * as this one does: a constant rate says nothing of the end, nor does one that has not begun to fall.
     */
    boolean beganAlike(Map<String, String> identity, long done) {
        Schedule then = ScheduleText.parse(identity.getOrDefault(SCHEDULE, ""));
        String end = identity.getOrDefault(STEPS, "");
        if (then == null || !end.matches("[0-9]{1,18}")) return false;
        long steps = Long.parseLong(end);
        for (long s = 0; s < done; s++) if (then.rate(s, steps) != schedule.rate(s, this.steps)) return false;
        return true;
    }

    static DalangException wrong(String name, Object value, String allowed) {
        return DalangException.invalidRequest(name + " is " + value + "; it must be " + allowed, name);
    }
}
