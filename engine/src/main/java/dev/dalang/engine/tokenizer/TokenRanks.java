package dev.dalang.engine.tokenizer;

import java.util.HashMap;
import java.util.Map;

/**
 * tiktoken's byte-pair encoding: no list of merges, but tokens in order of rank; two neighbours may be joined when the
 * joined bytes are a token, the lowest rank first. Pieces and tokens are spelled in the {@link ByteAlphabet}.
 */
final class TokenRanks implements Model {

    private final Map<String, Integer> ids = new HashMap<>();
    private final boolean wholePieceFirst;
    private final int longest;

    /** The rank of a token is its id. */
    TokenRanks(Vocabulary vocabulary, boolean wholePieceFirst) {
        this.wholePieceFirst = wholePieceFirst;
        int max = 0;
        for (int id = 0; id < vocabulary.size(); id++) {
            if (!vocabulary.type(id).matchesText()) continue;
            ids.putIfAbsent(vocabulary.token(id), id);
            max = Math.max(max, vocabulary.token(id).length());
        }
        this.longest = max;
    }

    @Override
    public void encode(String piece, Ids out) {
        Integer whole = wholePieceFirst ? ids.get(piece) : null;
        if (whole != null) {
            out.add(whole);
            return;
        }
        int n = piece.length();
        // next[i] is the end of the part that starts at i; previous[i] the start of the part before it, -2 once merged.
        int[] next = new int[n];
        int[] previous = new int[n];
        for (int i = 0; i < n; i++) {
            next[i] = i + 1;
            previous[i] = i - 1;
        }
        MergeQueue queue = new MergeQueue();
        for (int i = 0; i + 1 < n; i++) offer(piece, i, next, queue);
        while (!queue.isEmpty()) {
            long entry = queue.remove();
            int left = MergeQueue.position(entry);
            if (previous[left] == -2 || joined(piece, left, next) != MergeQueue.rank(entry)) continue;
            int right = next[left];
            next[left] = next[right];
            previous[right] = -2;
            if (next[left] < n) {
                previous[next[left]] = left;
                offer(piece, left, next, queue);
            }
            if (previous[left] >= 0) offer(piece, previous[left], next, queue);
        }
        for (int i = 0; i < n; i = next[i]) {
            Integer id = ids.get(piece.substring(i, next[i]));
            if (id != null) out.add(id);
        }
    }

    private int joined(String piece, int left, int[] next) {
        int right = next[left];
        if (right >= piece.length() || next[right] - left > longest) return -1;
        return ids.getOrDefault(piece.substring(left, next[right]), -1);
    }

    private void offer(String piece, int left, int[] next, MergeQueue queue) {
        int rank = joined(piece, left, next);
        if (rank >= 0) queue.add(rank, left);
    }
}
