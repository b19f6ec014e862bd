package dev.dalang.server.web;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/** A row of logits as probabilities. */
final class Distribution {

    /** Candidates that are worth a name. */
    static final int SHOWN = 200;

    /** In so many steps the rest is told; the sums that a page makes of it err by less than a hundredth. */
    private static final int BUCKETS = 64;

    /** @param logit in the middle of the bucket */
    record Bucket(double logit, int count) {}

    private final float[] logits;
    private final double max;
    private final double sum;

    /** @param size logits beyond belong to no token */
    Distribution(float[] row, int size) {
        this.logits = java.util.Arrays.copyOf(row, Math.min(row.length, size));
        double most = Double.NEGATIVE_INFINITY;
        for (float l : logits) most = Math.max(most, l);
        double total = 0;
        for (float l : logits) total += Math.exp(l - most);
        this.max = most;
        this.sum = total;
    }

    int size() {
        return logits.length;
    }

    double logit(int id) {
        return logits[id];
    }

    double probability(int id) {
        return Math.exp(logits[id] - max) / sum;
    }

    /** How many are likelier, and itself. */
    int rank(int id) {
        int rank = 1;
        for (float l : logits) if (l > logits[id]) rank++;
        return rank;
    }

    /** How undecided the model is: bits of Shannon's entropy. */
    double entropyBits() {
        double entropy = 0;
        for (float l : logits) {
            double p = Math.exp(l - max) / sum;
            if (p > 0) entropy -= p * Math.log(p);
        }
        return entropy / Math.log(2);
    }

    /** The likeliest ids, best first; the lower id first among equals. */
    List<Integer> likeliest(int most) {
        Comparator<Integer> worst =
                Comparator.<Integer>comparingDouble(id -> logits[id]).thenComparing(Comparator.reverseOrder());
        PriorityQueue<Integer> best = new PriorityQueue<>(worst);
        for (int id = 0; id < logits.length; id++) {
            best.add(id);
            if (best.size() > most) best.remove();
        }
        List<Integer> ids = new ArrayList<>(best);
        ids.sort(worst.reversed());
        return ids;
    }

    /** All but the {@link #SHOWN} likeliest, by their logits. */
    List<Bucket> rest() {
        List<Integer> top = likeliest(SHOWN);
        if (top.size() >= logits.length) return List.of();
        java.util.BitSet named = new java.util.BitSet();
        top.forEach(named::set);
        double high = logits[top.getLast()];
        double low = high;
        for (float l : logits) if (Float.isFinite(l)) low = Math.min(low, l);
        double width = Math.max(1e-9, (high - low) / BUCKETS);
        int[] counts = new int[BUCKETS];
        for (int id = 0; id < logits.length; id++) {
            if (named.get(id) || !Float.isFinite(logits[id])) continue;
            counts[(int) Math.clamp((high - logits[id]) / width, 0, BUCKETS - 1)]++;
        }
        List<Bucket> buckets = new ArrayList<>();
        for (int i = 0; i < BUCKETS; i++) {
            if (counts[i] > 0) buckets.add(new Bucket(high - (i + 0.5) * width, counts[i]));
        }
        return buckets;
    }
}
