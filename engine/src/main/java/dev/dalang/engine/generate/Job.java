package dev.dalang.engine.generate;

import dev.dalang.engine.cache.Sequence;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A generation in the scheduler's hands: its tokens so far, and how many of them the model has evaluated. */
final class Job {

    final Generation generation;
    final FairQueue.Flow flow;

    /** Counts the arrivals. */
    final long number;

    final int promptLength;

    /** Prompt and answer, of which the first {@code count} are there. */
    int[] ids;

    int count;

    /** Null while it waits for its turn. */
    @Nullable
    Sequence sequence;

    /** The step in which it last had a part of its prompt read. */
    long served;

    /** Tokens of the prompt that were evaluated for it. */
    int computed;

    /** How far a pass that it took part in, and that failed, would have taken it. */
    int suspectUntil;

    /** The answer is complete. */
    boolean ended;

    /** For the logits after the last tokens; grows with the guesses. */
    float[][] logits = new float[0][];

    Job(Generation generation, FairQueue.Flow flow, long number) {
        this.generation = generation;
        this.flow = flow;
        this.number = number;
        int[] prompt = generation.prompt();
        this.ids = Arrays.copyOf(prompt, prompt.length + 64);
        this.promptLength = prompt.length;
        this.count = prompt.length;
    }

    Sequence running() {
        Sequence s = sequence;
        if (s == null) throw new IllegalStateException("request " + number + " is not running");
        return s;
    }

    boolean readsPrompt() {
        return running().length() < promptLength;
    }

    /** Until it is past the place where a pass failed it goes by itself, to see whose fault it was. */
    boolean goesAlone() {
        return running().length() < suspectUntil;
    }

    /** Tokens known but not evaluated: of the prompt while it is read, else of the answer. */
    int pending() {
        int length = running().length();
        return (length < promptLength ? promptLength : count) - length;
    }

    int cached() {
        return Math.max(0, promptLength - computed);
    }

    void append(int id) {
        if (ids.length == count) ids = Arrays.copyOf(ids, 2 * count);
        ids[count++] = id;
    }

    float[][] logits(int rows, int width) {
        if (logits.length < rows) {
            int from = logits.length;
            logits = Arrays.copyOf(logits, rows);
            for (int i = from; i < rows; i++) logits[i] = new float[width];
        }
        return logits.length == rows ? logits : Arrays.copyOf(logits, rows);
    }
}
