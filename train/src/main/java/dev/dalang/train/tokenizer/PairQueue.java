package dev.dalang.train.tokenizer;

import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The pairs of neighbours in all words, the most frequent first. Counts are kept up to date by the words that a merge
 * touches; an entry of the queue whose count is out of date goes back with the right one.
 */
final class PairQueue {

    record Pair(int left, int right) {}

    private record Entry(Pair pair, long count) {}

    private static final class Occurrences {
        long count;
        /** The words that held the pair at some time. */
        final BitSet words = new BitSet();
    }

    private static final Comparator<Entry> ORDER = Comparator.comparingLong(Entry::count)
            .reversed()
            .thenComparingInt(e -> e.pair.left)
            .thenComparingInt(e -> e.pair.right);

    private final List<Word> words;
    private final Map<Pair, Occurrences> pairs = new HashMap<>();
    private final PriorityQueue<Entry> queue = new PriorityQueue<>(ORDER);

    PairQueue(List<Word> words) {
        this.words = words;
        for (int w = 0; w < words.size(); w++) {
            int index = w;
            Word word = words.get(w);
            word.pairs((left, right, by) -> change(new Pair(left, right), index, by * word.count));
        }
        pairs.forEach((pair, o) -> queue.add(new Entry(pair, o.count)));
    }

    /** Takes the most frequent pair out, null when none occurs {@code minimum} times. */
    @Nullable
    Pair poll(long minimum) {
        for (Entry top = queue.poll(); top != null; top = queue.poll()) {
            Occurrences o = pairs.get(top.pair);
            long now = o == null ? 0 : o.count;
            if (now == top.count) return now < Math.max(1, minimum) ? null : top.pair;
            if (now > 0) queue.add(new Entry(top.pair, now));
        }
        return null;
    }

    /** Joins a pair in every word that has it. */
    void merge(Pair pair, int joined) {
        Occurrences of = pairs.get(pair);
        if (of == null) return;
        BitSet touched = (BitSet) of.words.clone();
        Set<Pair> grown = new HashSet<>();
        for (int w = touched.nextSetBit(0); w >= 0; w = touched.nextSetBit(w + 1)) {
            int index = w;
            Word word = words.get(w);
            word.merge(pair.left, pair.right, joined, (left, right, by) -> {
                Pair changed = new Pair(left, right);
                change(changed, index, by * word.count);
                if (by > 0) grown.add(changed);
            });
        }
        pairs.remove(pair);
        for (Pair p : grown) {
            Occurrences o = pairs.get(p);
            if (o != null && o.count > 0) queue.add(new Entry(p, o.count));
        }
    }

    private void change(Pair pair, int word, long by) {
        Occurrences o = pairs.computeIfAbsent(pair, p -> new Occurrences());
        o.count += by;
        if (by > 0) o.words.set(word);
    }
}
