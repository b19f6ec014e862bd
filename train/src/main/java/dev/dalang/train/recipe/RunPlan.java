package dev.dalang.train.recipe;

import dev.dalang.train.data.Intake;
import dev.dalang.train.loop.ProcessMemory;
import java.util.List;

/**
 * What a run will be, before it begins.
 *
 * @param parameters numbers that learn
 * @param vocabulary tokens that there are
 * @param steps changes of the weights
 * @param batchTokens tokens that go through the network in a step, about
 * @param roundTokens tokens of one round through the data
 * @param roundBatches batches of one round
 * @param fill how full the batches are, 0 to 1
 * @param flops floating-point operations of the whole run
 * @param networkBytes parameters, gradients and activations
 * @param optimizerBytes of the optimizer and of averages
 * @param dataBytes of the tokens
 * @param process what the process has, the data included, and will take besides
 * @param checkpointBytes of one checkpoint on the disk
 * @param sources what became of each source
 */
public record RunPlan(
        long parameters,
        int vocabulary,
        long steps,
        long batchTokens,
        long roundTokens,
        long roundBatches,
        double fill,
        double flops,
        long networkBytes,
        long optimizerBytes,
        long dataBytes,
        ProcessMemory process,
        long checkpointBytes,
        List<Source> sources) {

    public RunPlan {
        sources = List.copyOf(sources);
    }

    /**
     * What became of a source of data.
     *
     * @param kind text, chat or generator
     * @param files it is from; 0 for a generator
     * @param documents that are learned
     * @param tokens of them
     * @param weight how often a round goes through them
     * @param heldOut documents that are measured by instead
     * @param leftOut documents that could not be used
     */
    public record Source(
            String name,
            String kind,
            String licence,
            int files,
            long characters,
            int documents,
            long tokens,
            double weight,
            int heldOut,
            int leftOut) {}

    /** Tokens of the whole run, about. */
    public long tokens() {
        return steps * batchTokens;
    }

    /** All memory together; the data are in the process already. */
    public long memoryBytes() {
        return process.now() + furtherBytes();
    }

    /** What the process does not have yet. */
    public long furtherBytes() {
        return process.later() + networkBytes + optimizerBytes;
    }

    static long tokens(List<Intake> intake) {
        return intake.stream().mapToLong(Intake::positions).sum();
    }
}
