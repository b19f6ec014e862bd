package dev.dalang.engine.tokenizer;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Byte-pair encoding by a list of merges (Sennrich et al. 2016): starting from single characters, the pair whose merge
 * comes first in the list is joined, until none is left. O(n log n) in the length of a piece.
 *
 * <p>Pairs and products are numbered once; what the merges name but the vocabulary lacks gets a number behind the
 * vocabulary's, so that it can be part of a later product, and falls apart again where it is left over.
 */
final class RankedMerges implements Model {

    private final Vocabulary vocabulary;
    private final boolean wholePieceFirst;
    private final Fallback fallback;
    private final Map<String, Integer> symbols;
    private final List<String> extraSymbols = new ArrayList<>();
    private final LongIntMap ranks;
    private final int[] products;
    private final String prefix;
    private final String suffix;
    /** Whether single characters are spelled in the vocabulary as they are. */
    private final boolean plain;
    /** The symbols of the first characters of Unicode, which the byte alphabet consists of. */
    private final int[] latin = new int[0x180];

    /**
     * @param lefts the left parts of the merges, first merge first; {@code rights} the right parts
     * @param wholePieceFirst whether a piece that is a token is that token, merges or not ({@code ignore_merges})
     * @param prefix what tokens that do not begin a piece start with in the vocabulary, "" for nothing
     * @param suffix what tokens that end a piece end with in the vocabulary, "" for nothing
     */
    RankedMerges(
            Vocabulary vocabulary,
            String[] lefts,
            String[] rights,
            boolean wholePieceFirst,
            Fallback fallback,
            String prefix,
            String suffix) {
        this.vocabulary = vocabulary;
        this.wholePieceFirst = wholePieceFirst;
        this.fallback = fallback;
        this.prefix = prefix;
        this.suffix = suffix;
        this.symbols = new HashMap<>(vocabulary.ids());
        this.ranks = new LongIntMap(lefts.length);
        this.products = new int[lefts.length];
        for (int rank = 0; rank < lefts.length; rank++) {
            String left = lefts[rank];
            String right = rights[rank];
            String joined = prefix.isEmpty() || !right.startsWith(prefix)
                    ? left + right
                    : left + right.substring(prefix.length());
            int id = vocabulary.idOf(joined);
            // A merge that makes a control token would let ordinary text become one.
            if (left.isEmpty() || right.isEmpty() || (id >= 0 && vocabulary.textIdOf(joined) < 0)) continue;
            long pair = pair(symbol(left), symbol(right));
            if (ranks.get(pair) == LongIntMap.ABSENT) ranks.put(pair, rank);
            products[rank] = symbol(joined);
        }
        this.plain = prefix.isEmpty() && suffix.isEmpty();
        for (int c = 0; c < latin.length; c++) latin[c] = textSymbol(String.valueOf((char) c));
    }

    /** The symbol of ordinary text, -1 for none: control tokens are not such. */
    private int textSymbol(String text) {
        int id = symbols.getOrDefault(text, -1);
        return id >= 0 && id < vocabulary.size() && !vocabulary.matchesText(id) ? -1 : id;
    }

    private int symbol(String text) {
        return symbols.computeIfAbsent(text, t -> {
            extraSymbols.add(t);
            return vocabulary.size() + extraSymbols.size() - 1;
        });
    }

    private static long pair(int left, int right) {
        return (long) left << 32 | right;
    }

    @Override
    public void encode(String piece, Ids out) {
        if (wholePieceFirst) {
            int id = vocabulary.textIdOf(piece);
            if (id >= 0) {
                out.add(id);
                return;
            }
        }
        new Word(piece).mergeInto(out);
    }

    /** The symbols of one piece as a linked list over arrays. */
    private final class Word {
        private final String piece;
        private final int[] symbol;
        private final int[] start;
        private final int[] next;
        private final int[] previous;
        private final int count;

        Word(String piece) {
            this.piece = piece;
            int n = piece.length();
            symbol = new int[n];
            start = new int[n];
            next = new int[n];
            previous = new int[n];
            int i = 0;
            for (int pos = 0; pos < n; ) {
                int length = Character.charCount(piece.codePointAt(pos));
                char c = piece.charAt(pos);
                int here = c < latin.length && plain ? latin[c] : textSymbol(affixed(pos, pos + length));
                if (here >= 0 || !fallback.drops(affixed(pos, pos + length))) {
                    symbol[i] = here;
                    start[i] = pos;
                    previous[i] = i - 1;
                    next[i] = ++i;
                }
                pos += length;
            }
            count = i;
        }

        private String affixed(int from, int to) {
            String text = piece.substring(from, to);
            if (from > 0 && !prefix.isEmpty()) text = prefix + text;
            return to == piece.length() && !suffix.isEmpty() ? text + suffix : text;
        }

        void mergeInto(Ids out) {
            if (count > 1) merge();
            boolean unknown = false;
            for (int i = 0; i < count; i = next[i]) {
                int id = symbol[i];
                if (id >= 0 && id < vocabulary.size()) {
                    out.add(id);
                    unknown = false;
                } else {
                    int end = next[i] < count ? start[next[i]] : piece.length();
                    unknown = leftOver(start[i], end, unknown, out);
                }
            }
        }

        /** A product that is no token falls apart into characters, and those into bytes or the unknown token. */
        private boolean leftOver(int from, int to, boolean afterUnknown, Ids out) {
            boolean unknown = afterUnknown;
            for (int pos = from; pos < to; ) {
                int length = Character.charCount(piece.codePointAt(pos));
                String spelled = affixed(pos, pos + length);
                int id = vocabulary.textIdOf(spelled);
                if (id >= 0) {
                    out.add(id);
                    unknown = false;
                } else {
                    unknown = fallback.emit(spelled, unknown, out);
                }
                pos += length;
            }
            return unknown;
        }

        private void merge() {
            MergeQueue queue = new MergeQueue();
            for (int i = 0; i + 1 < count; i++) offer(queue, i);
            while (!queue.isEmpty()) {
                long entry = queue.remove();
                int left = MergeQueue.position(entry);
                int rank = MergeQueue.rank(entry);
                // The entry is stale when the pair at this place has changed since.
                if (previous[left] == GONE || next[left] >= count) continue;
                int right = next[left];
                if (rank(left, right) != rank) continue;
                symbol[left] = products[rank];
                next[left] = next[right];
                previous[right] = GONE;
                if (next[left] < count) {
                    previous[next[left]] = left;
                    offer(queue, left);
                }
                if (previous[left] >= 0) offer(queue, previous[left]);
            }
        }

        private static final int GONE = -2;

        private int rank(int left, int right) {
            if (symbol[left] < 0 || symbol[right] < 0) return LongIntMap.ABSENT;
            return ranks.get(pair(symbol[left], symbol[right]));
        }

        private void offer(MergeQueue queue, int left) {
            int rank = rank(left, next[left]);
            if (rank != LongIntMap.ABSENT) queue.add(rank, left);
        }
    }
}
