package dev.dalang.engine.sample;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The samplers once more, as their definitions read: full sorts, boxed values, java.lang.Math. The tests' oracle. */
final class NaiveSampling {

    record Token(int id, double logit) {}

    private NaiveSampling() {}

    static List<Token> all(float[] logits) {
        List<Token> tokens = new ArrayList<>();
        for (int i = 0; i < logits.length; i++) {
            if (logits[i] != Float.NEGATIVE_INFINITY) tokens.add(new Token(i, logits[i]));
        }
        tokens.sort(Comparator.comparingDouble((Token t) -> -t.logit).thenComparingInt(Token::id));
        return tokens;
    }

    static double[] softmax(List<Token> tokens, double temperature) {
        double max = tokens.stream().mapToDouble(Token::logit).max().orElseThrow();
        double[] p = tokens.stream()
                .mapToDouble(t -> Math.exp((t.logit - max) / temperature))
                .toArray();
        double sum = 0;
        for (double x : p) sum += x;
        for (int i = 0; i < p.length; i++) p[i] /= sum;
        return p;
    }

    static List<Token> topNSigma(List<Token> tokens, double n) {
        double mean = tokens.stream().mapToDouble(Token::logit).average().orElseThrow();
        double variance = tokens.stream()
                .mapToDouble(t -> (t.logit - mean) * (t.logit - mean))
                .average()
                .orElseThrow();
        double least = tokens.getFirst().logit - n * Math.sqrt(variance);
        return tokens.stream().filter(t -> t.logit >= least).toList();
    }

    static List<Token> topK(List<Token> tokens, int k) {
        return tokens.subList(0, Math.min(k, tokens.size()));
    }

    static List<Token> topP(List<Token> tokens, double p, int minKeep) {
        double[] prob = softmax(tokens, 1);
        double sum = 0;
        int n = 0;
        while (n < tokens.size() && (sum < p - 1e-12 || n < minKeep)) sum += prob[n++];
        return tokens.subList(0, Math.max(n, 1));
    }

    static List<Token> minP(List<Token> tokens, double p, int minKeep) {
        double[] prob = softmax(tokens, 1);
        List<Token> kept = new ArrayList<>();
        for (int i = 0; i < prob.length; i++) {
            if (i < minKeep || prob[i] >= p * prob[0] * (1 - 1e-12)) kept.add(tokens.get(i));
        }
        return kept;
    }

    static List<Token> typical(List<Token> tokens, double p, int minKeep) {
        double[] prob = softmax(tokens, 1);
        double entropy = 0;
        for (double x : prob) entropy -= x > 0 ? x * Math.log(x) : 0;
        double h = entropy;
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < prob.length; i++) order.add(i);
        order.sort(Comparator.comparingDouble(i -> Math.abs(-Math.log(prob[i]) - h)));
        List<Integer> kept = new ArrayList<>();
        double sum = 0;
        for (int i : order) {
            if (sum >= p - 1e-12 && kept.size() >= minKeep) break;
            kept.add(i);
            sum += prob[i];
        }
        return kept.stream().sorted().map(tokens::get).toList();
    }

    static List<Token> excludeTopChoices(List<Token> tokens, double threshold, int minKeep) {
        double[] prob = softmax(tokens, 1);
        int above = 0;
        for (double x : prob) if (x >= threshold) above++;
        if (above < 2 || tokens.size() - above + 1 < minKeep) return tokens;
        return tokens.subList(above - 1, tokens.size());
    }

    static void penalise(float[] logits, List<Integer> window, SamplerSettings.Penalties p) {
        Map<Integer, Integer> counts = new HashMap<>();
        for (int t : window) counts.merge(t, 1, Integer::sum);
        counts.forEach((t, c) -> {
            logits[t] = logits[t] > 0 ? logits[t] / p.repeat() : logits[t] * p.repeat();
            logits[t] -= c * p.frequency() + p.presence();
        });
    }

    /** Every pair of positions, compared backwards: O(n²). {@code breaker[i]}: a breaker ends in token i. */
    static void dry(float[] logits, List<Integer> window, SamplerSettings.Dry dry, List<Integer> breakers) {
        int n = window.size();
        int limit = 0;
        while (limit < n && !breakers.contains(window.get(n - 1 - limit))) limit++;
        Map<Integer, Integer> longest = new HashMap<>();
        for (int end = 0; end < n - 1; end++) {
            int length = 0;
            while (length <= end && length < limit && window.get(end - length).equals(window.get(n - 1 - length))) {
                length++;
            }
            if (length >= dry.allowedLength() && length > 0) longest.merge(window.get(end + 1), length, Math::max);
        }
        longest.forEach((t, length) -> {
            if (!breakers.contains(t)) {
                logits[t] -= (float) (dry.multiplier() * Math.pow(dry.base(), length - dry.allowedLength()));
            }
        });
    }
}
