package dev.dalang.engine.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * PLaMo 2's way to write a text: the sum of scores, in whole ten-thousandths, is to be highest, found from the text's
 * end by dynamic programming over a trie; of equals the longer first token wins. A character without a token costs a
 * thousand and becomes its bytes.
 */
final class Plamo2 implements Model {

    private static final long UNKNOWN = -10_000_000;
    private static final long INVALID = -20_000_000;

    private final Vocabulary vocabulary;
    private final int[] byteTokens;
    private final LongIntMap edges;
    private final int[] tokenAt;

    /** @param byteTokens the token of each byte, all of them */
    Plamo2(Vocabulary vocabulary, int[] byteTokens) {
        this.vocabulary = vocabulary;
        this.byteTokens = byteTokens;
        int nodes = 1;
        for (int id = 0; id < vocabulary.size(); id++)
            nodes += vocabulary.token(id).length();
        this.edges = new LongIntMap(nodes);
        int[] ends = new int[nodes];
        Arrays.fill(ends, -1);
        int used = 1;
        for (int id = 0; id < vocabulary.size(); id++) {
            String token = vocabulary.token(id);
            if (!vocabulary.matchesText(id) || token.isEmpty() || score(id) <= INVALID) continue;
            int node = 0;
            for (int i = 0; i < token.length(); i++) {
                long edge = edge(node, token.charAt(i));
                int next = edges.get(edge);
                if (next == LongIntMap.ABSENT) {
                    next = used++;
                    edges.put(edge, next);
                }
                node = next;
            }
            // The last of equal spellings is it.
            ends[node] = id;
        }
        this.tokenAt = Arrays.copyOf(ends, used);
    }

    private static long edge(int node, char c) {
        return (long) node << 16 | c;
    }

    private long score(int id) {
        double score = vocabulary.score(id);
        return Double.isFinite(score) ? Math.round(score * 1e4) : INVALID;
    }

    @Override
    public void encode(String piece, Ids out) {
        int n = piece.length();
        long[] best = new long[n + 1];
        int[] length = new int[n];
        int[] token = new int[n];
        for (int pos = n - 1; pos >= 0; pos--) {
            if (Character.isLowSurrogate(piece.charAt(pos)) && pos > 0) continue;
            int single = Character.charCount(piece.codePointAt(pos));
            best[pos] = best[pos + single] + UNKNOWN;
            length[pos] = single;
            token[pos] = -1;
            int node = 0;
            for (int i = pos; i < n; i++) {
                node = edges.get(edge(node, piece.charAt(i)));
                if (node == LongIntMap.ABSENT) break;
                int id = tokenAt[node];
                if (id < 0) continue;
                long total = best[i + 1] + score(id);
                if (total >= best[pos]) {
                    best[pos] = total;
                    length[pos] = i + 1 - pos;
                    token[pos] = id;
                }
            }
        }
        for (int pos = 0; pos < n; pos += length[pos]) {
            if (token[pos] >= 0) {
                out.add(token[pos]);
                continue;
            }
            String character = piece.substring(pos, pos + length[pos]);
            for (byte b : character.getBytes(StandardCharsets.UTF_8)) out.add(byteTokens[b & 0xFF]);
        }
    }
}
