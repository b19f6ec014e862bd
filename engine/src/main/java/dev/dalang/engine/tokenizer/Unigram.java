package dev.dalang.engine.tokenizer;

import java.util.Arrays;

/**
 * The unigram language model (Kudo 2018): of all ways to write a text with tokens the one with the highest sum of log
 * probabilities, by Viterbi's algorithm over a trie. Characters without a token cost the lowest score less ten.
 */
final class Unigram implements Model {

    private static final double UNKNOWN_PENALTY = 10;

    private final int unknown;
    private final Fallback fallback;
    private final double unknownScore;
    private final LongIntMap edges;
    private final int[] tokenAt;
    private final double[] scores;

    /** @param asStated every token counts by its score, whatever its type, as in {@code tokenizer.json} */
    Unigram(Vocabulary vocabulary, int unknown, Fallback fallback, boolean asStated) {
        this.unknown = unknown;
        this.fallback = fallback;
        this.scores = new double[vocabulary.size()];
        int nodes = 1;
        for (int id = 0; id < scores.length; id++) nodes += vocabulary.token(id).length();
        this.edges = new LongIntMap(nodes);
        int[] ends = new int[nodes];
        Arrays.fill(ends, -1);
        int used = 1;
        double lowest = Double.POSITIVE_INFINITY;
        for (int id = 0; id < scores.length; id++) {
            if (asStated ? vocabulary.isOutsideModel(id) : vocabulary.type(id) != TokenType.NORMAL) continue;
            lowest = Math.min(lowest, vocabulary.score(id));
        }
        for (int id = 0; id < scores.length; id++) {
            String token = vocabulary.token(id);
            if (!vocabulary.matchesText(id) || token.isEmpty()) continue;
            // A token that the makers asked for wins over any way to write it with others.
            boolean wanted = vocabulary.type(id) == TokenType.USER_DEFINED && !asStated;
            scores[id] = wanted ? 0 : vocabulary.score(id);
            int node = 0;
            for (int i = 0; i < token.length(); i++) {
                long edge = (long) node << 16 | token.charAt(i);
                int next = edges.get(edge);
                if (next == LongIntMap.ABSENT) {
                    next = used++;
                    edges.put(edge, next);
                }
                node = next;
            }
            if (ends[node] < 0) ends[node] = id;
        }
        this.tokenAt = Arrays.copyOf(ends, used);
        this.unknownScore = (lowest == Double.POSITIVE_INFINITY ? 0 : lowest) - UNKNOWN_PENALTY;
    }

    @Override
    public void encode(String piece, Ids out) {
        int n = piece.length();
        double[] best = new double[n + 1];
        int[] from = new int[n + 1];
        int[] token = new int[n + 1];
        Arrays.fill(best, Double.NEGATIVE_INFINITY);
        best[0] = 0;
        for (int pos = 0; pos < n; ) {
            int charLength = Character.charCount(piece.codePointAt(pos));
            boolean single = false;
            int node = 0;
            for (int i = pos; i < n; i++) {
                node = edges.get((long) node << 16 | piece.charAt(i));
                if (node == LongIntMap.ABSENT) break;
                int id = tokenAt[node];
                if (id < 0) continue;
                single |= i + 1 - pos == charLength;
                double score = best[pos] + scores[id];
                if (score > best[i + 1]) {
                    best[i + 1] = score;
                    from[i + 1] = pos;
                    token[i + 1] = id;
                }
            }
            int end = pos + charLength;
            if (!single && best[pos] + unknownScore > best[end]) {
                best[end] = best[pos] + unknownScore;
                from[end] = pos;
                token[end] = unknown;
            }
            pos = end;
        }
        emit(piece, from, token, out);
    }

    private void emit(String piece, int[] from, int[] token, Ids out) {
        int[] starts = new int[piece.length()];
        int count = 0;
        for (int end = piece.length(); end > 0; end = from[end]) starts[count++] = end;
        boolean afterUnknown = false;
        for (int i = count - 1; i >= 0; i--) {
            int end = starts[i];
            if (token[end] == unknown) {
                afterUnknown = fallback.emit(piece.substring(from[end], end), afterUnknown, out);
            } else {
                out.add(token[end]);
                afterUnknown = false;
            }
        }
    }
}
