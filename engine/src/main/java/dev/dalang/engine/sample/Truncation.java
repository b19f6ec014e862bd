package dev.dalang.engine.sample;

/** The samplers that drop unlikely candidates. Each leaves at least one. */
final class Truncation {

    private static final int FIRST_GUESS = 64;
    /** For the rounding of sums. */
    private static final double MARGIN = 1e-6;

    private Truncation() {}

    /**
     * Top-nσ (Tang et al., "Top-nσ: Not All Logits Are You Need", arXiv:2411.07641): keeps logits of at least
     * max - n·σ, with σ the standard deviation of all candidates' logits.
     */
    static void topNSigma(Candidates c, float n) {
        int size = c.size();
        if (size < 2) return;
        double sum = 0;
        for (int i = 0; i < size; i++) sum += c.logit(i);
        double mean = sum / size;
        double squares = 0;
        for (int i = 0; i < size; i++) {
            double d = c.logit(i) - mean;
            squares += d * d;
        }
        c.keepAtLeast(c.max() - n * Math.sqrt(squares / size), 1);
    }

    /** Top-k (Fan et al., "Hierarchical Neural Story Generation", arXiv:1805.04833): keeps the k likeliest. */
    static void topK(Candidates c, int k) {
        c.keep(0, Math.min(k, c.size()));
    }

    /**
     * Locally typical sampling (Meister et al., arXiv:2202.00666): keeps the candidates whose surprise -ln p is nearest
     * to the entropy H, the fewest that together reach {@code p}.
     *
     * <p>In order of likelihood, the distance |-ln p - H| first falls, then rises, so the set is a run of neighbours
     * that grows from the candidate nearest to H to whichever side is nearer.
     */
    static void typical(Candidates c, float p, int minKeep) {
        int size = c.size();
        if (size < 2) return;
        c.order(size);
        double max = c.max();
        double sum = c.weigh(1);
        double logSum = StrictMath.log(sum);
        double entropy = 0;
        for (int i = 0; i < size; i++) entropy += c.weight(i) * (logSum - (c.logit(i) - max));
        entropy /= sum;

        int high = 0; // first candidate more surprising than H
        while (high < size && logSum - (c.logit(high) - max) <= entropy) high++;
        int low = high; // the set is [low, high)
        double reached = 0;
        while (high - low < size && (reached < p * sum || high - low < minKeep)) {
            double below = low > 0 ? entropy - (logSum - (c.logit(low - 1) - max)) : Double.POSITIVE_INFINITY;
            double above = high < size ? logSum - (c.logit(high) - max) - entropy : Double.POSITIVE_INFINITY;
            reached += below <= above ? c.weight(--low) : c.weight(high++);
        }
        if (low == high) high++; // p = 0
        c.keep(low, high);
    }

    /**
     * Top-p or nucleus sampling (Holtzman et al., arXiv:1904.09751): keeps the likeliest, the fewest that together
     * reach {@code p}. Orders only as many candidates as that takes.
     *
     * <p>When a candidate comes in, more than 1 - p is left for it and at most {@code size} others that are no heavier,
     * so that none below (1 - p) / size is worth ordering.
     */
    static void topP(Candidates c, float p, int minKeep) {
        double sum = c.weigh(1);
        double target = p * sum;
        double max = c.max();
        c.dropLighter((sum - target) / c.size() * (1 - MARGIN), Math.max(1, minKeep));
        int size = c.size();
        double reached = 0;
        int kept = 0;
        int ordered = 0;
        while (kept < size && (reached < target || kept < minKeep)) {
            if (kept == ordered) {
                ordered = Math.max(FIRST_GUESS, 4 * ordered);
                c.order(ordered);
            }
            reached += c.weightNow(kept++, max, 1);
        }
        c.keep(0, Math.max(kept, 1));
    }

    /** Min-p (Nguyen et al., arXiv:2407.01082): keeps what is at least {@code p} times as likely as the likeliest. */
    static void minP(Candidates c, float p, int minKeep) {
        c.keepAtLeast(c.max() + StrictMath.log(p), minKeep);
    }

    /**
     * XTC, "exclude top choices" (p-e-w, oobabooga/text-generation-webui#6335), once the dice have fallen for it: of
     * the candidates with a probability of at least {@code threshold}, all but the least likely go.
     */
    static void excludeTopChoices(Candidates c, float threshold, int minKeep) {
        int size = c.size();
        double least = threshold * c.weigh(1);
        double max = c.max();
        int above = 0;
        int ordered = 0;
        while (above < size) {
            if (above == ordered) {
                ordered = Math.max(FIRST_GUESS, 4 * ordered);
                c.order(ordered);
            }
            if (c.weightNow(above, max, 1) < least) break;
            above++;
        }
        if (above >= 2 && size - (above - 1) >= minKeep) c.dropFirst(above - 1);
    }
}
