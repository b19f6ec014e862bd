package dev.dalang.ledger;

import dev.dalang.api.DalangException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * Settlements that neither the database nor the journal took, in the order in which they came: a disk that is full for both
 * has room again some day. Bounded, as that day may be far. For one thread.
 */
final class Unwritten {

    /** About 8 MiB with what a settlement has beside its texts. */
    private static final int COUNT = 8_192;

    /** Of texts that are kept: 16 MiB of Latin letters, twice that of others. */
    private static final long LETTERS = 16L << 20;

    private final Deque<Batch.Op.Settle> waiting = new ArrayDeque<>();
    private long letters;

    /** @return whether there was room for it */
    boolean add(Batch.Op.Settle settlement) {
        if (waiting.size() == COUNT || letters + letters(settlement) > LETTERS) return false;
        letters += letters(settlement);
        return waiting.add(settlement);
    }

    boolean isEmpty() {
        return waiting.isEmpty();
    }

    int size() {
        return waiting.size();
    }

    /** The first of them, which stay until {@link #removeFirst}. */
    List<Batch.Op> first(int most) {
        return waiting.stream().limit(most).map(Batch.Op.class::cast).toList();
    }

    void removeFirst(int count) {
        for (int i = 0; i < count; i++) letters -= letters(waiting.removeFirst());
    }

    /** Moves what the journal takes. */
    void to(Journal journal) {
        try {
            while (!waiting.isEmpty()) {
                journal.append(waiting.getFirst());
                removeFirst(1);
            }
        } catch (DalangException e) {
            // It has no room still.
        }
    }

    private static int letters(Batch.Op.Settle op) {
        String answer = op.settlement().answer();
        return answer == null ? 0 : answer.length();
    }
}
