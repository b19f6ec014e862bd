package dev.dalang.engine.tokenizer;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * SentencePiece's byte-pair encoding (Kudo and Richardson 2018): two neighbours may be joined when the joined text is a
 * token, and of all such pairs the one with the highest score is, the leftmost among equals. O(n log n).
 *
 * <p>Tokens of type {@link TokenType#UNUSED} are joined like others but fall apart into what they were joined from.
 */
final class ScoredMerges implements Model {

    private final Vocabulary vocabulary;
    private final Fallback fallback;
    /** The place of each token's score among all scores, highest first; equal scores share one. */
    private final int[] order;

    private final int longest;

    ScoredMerges(Vocabulary vocabulary, Fallback fallback) {
        this.vocabulary = vocabulary;
        this.fallback = fallback;
        double[] descending = new double[vocabulary.size()];
        int max = 0;
        for (int id = 0; id < vocabulary.size(); id++) {
            descending[id] = 0.0 - vocabulary.score(id);
            max = Math.max(max, vocabulary.token(id).length());
        }
        Arrays.sort(descending);
        this.order = new int[vocabulary.size()];
        for (int id = 0; id < order.length; id++) {
            order[id] = lowerBound(descending, 0.0 - vocabulary.score(id));
        }
        this.longest = max;
    }

    private static int lowerBound(double[] sorted, double value) {
        int low = 0;
        int high = sorted.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (Double.compare(sorted[middle], value) < 0) low = middle + 1;
            else high = middle;
        }
        return low;
    }

    @Override
    public void encode(String piece, Ids out) {
        new Word(piece).mergeInto(out);
    }

    private final class Word {
        private final String piece;
        private final int[] start;
        private final int[] next;
        private final int[] previous;
        private final int count;
        /** Where the unused tokens that were formed on the way divide. */
        private final Map<String, Integer> divisions = new HashMap<>();

        Word(String piece) {
            this.piece = piece;
            int n = piece.length();
            start = new int[n + 1];
            next = new int[n];
            previous = new int[n];
            int i = 0;
            for (int pos = 0; pos < n; i++) {
                start[i] = pos;
                previous[i] = i - 1;
                next[i] = i + 1;
                pos += Character.charCount(piece.codePointAt(pos));
            }
            count = i;
            start[count] = n;
        }

        private int end(int symbol) {
            return start[next[symbol]];
        }

        void mergeInto(Ids out) {
            MergeQueue queue = new MergeQueue();
            for (int i = 0; i + 1 < count; i++) offer(queue, i);
            while (!queue.isEmpty()) {
                long entry = queue.remove();
                int left = MergeQueue.position(entry);
                // The entry is stale when the pair at this place has changed since.
                if (previous[left] == GONE || next[left] == count) continue;
                int right = next[left];
                int id = joined(left, right);
                if (id < 0 || order[id] != MergeQueue.rank(entry)) continue;
                if (vocabulary.type(id) == TokenType.UNUSED) {
                    divisions.put(piece.substring(start[left], end(right)), end(left) - start[left]);
                }
                next[left] = next[right];
                previous[right] = GONE;
                if (next[left] < count) {
                    previous[next[left]] = left;
                    offer(queue, left);
                }
                if (previous[left] >= 0) offer(queue, previous[left]);
            }
            boolean unknown = false;
            for (int i = 0; i < count; i = next[i]) unknown = emit(start[i], end(i), unknown, out);
        }

        private static final int GONE = -2;

        private boolean emit(int from, int to, boolean afterUnknown, Ids out) {
            boolean unknown = afterUnknown;
            // A stack of ranges, not recursion: how deep tokens divide is up to the file.
            ArrayDeque<int[]> open = new ArrayDeque<>();
            open.push(new int[] {from, to});
            while (!open.isEmpty()) {
                int[] range = open.pop();
                String text = piece.substring(range[0], range[1]);
                Integer division = divisions.get(text);
                int id = division == null ? vocabulary.textIdOf(text) : -1;
                if (division != null) {
                    open.push(new int[] {range[0] + division, range[1]});
                    open.push(new int[] {range[0], range[0] + division});
                } else if (id < 0) {
                    unknown = fallback.emit(text, unknown, out);
                } else {
                    out.add(id);
                    unknown = false;
                }
            }
            return unknown;
        }

        private int joined(int left, int right) {
            int from = start[left];
            int to = end(right);
            return to - from > longest ? -1 : vocabulary.textIdOf(piece.substring(from, to));
        }

        private void offer(MergeQueue queue, int left) {
            int id = joined(left, next[left]);
            if (id >= 0) queue.add(order[id], left);
        }
    }
}
