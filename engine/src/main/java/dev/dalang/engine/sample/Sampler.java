package dev.dalang.engine.sample;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Draws the next token of one sequence from its logits.
 *
 * <p>The order is llama.cpp's: logit bias, penalties (repeat, frequency, presence), DRY, the constraint's mask,
 * top-nσ, top-k, typical, top-p, min-p, XTC, temperature, draw. Mirostat takes the place of everything from top-nσ to
 * the draw but the temperature. Temperature 0 takes the highest logit after bias, penalties and mask, the lowest id
 * among equals. Each step names its formula and paper where it is written down.
 *
 * <p>A token costs one or two passes over the logits; the vocabulary is never sorted, except by the three samplers
 * that need its order (typical, top-p, XTC) when top-k does not come before them and the distribution is flat. After
 * the first tokens nothing is allocated. Not thread-safe: a sequence has its own sampler.
 */
public final class Sampler {

    private static final double LARGEST_INVERSE_TEMPERATURE = 1e30;
    /** Up to here a heap beats selection after the fact. */
    private static final int LARGEST_HEAP = 2048;

    private final SamplerSettings settings;
    private final int vocabularySize;
    private final int[] biasIds;
    private final float[] biases;
    private final Xoshiro256StarStar random;
    private final @Nullable Penalties penalties;
    private final @Nullable Dry dry;
    private final @Nullable Mirostat mirostat;
    private final Candidates candidates = new Candidates();

    /** A sampler whose DRY penalty, if it is on, knows no sequence breakers. */
    public Sampler(SamplerSettings settings, int vocabularySize) {
        this(settings, vocabularySize, null);
    }

    /**
     * @param bytes the text of a token, for DRY's sequence breakers; null for none
     * @throws DalangException an invalid request, for a logit bias outside the vocabulary
     */
    public Sampler(SamplerSettings settings, int vocabularySize, @Nullable TokenBytes bytes) {
        if (vocabularySize < 1) throw new IllegalArgumentException("vocabularySize " + vocabularySize);
        this.settings = settings;
        this.vocabularySize = vocabularySize;
        this.biasIds = new int[settings.logitBias().size()];
        this.biases = new float[biasIds.length];
        int n = 0;
        for (Map.Entry<Integer, Float> e : settings.logitBias().entrySet()) {
            if (e.getKey() >= vocabularySize) {
                throw DalangException.invalidRequest(
                        "logit_bias names token " + e.getKey() + ", but the vocabulary ends at " + (vocabularySize - 1),
                        "logit_bias");
            }
            biasIds[n] = e.getKey();
            biases[n++] = e.getValue();
        }
        this.random = new Xoshiro256StarStar(settings.seed());
        this.penalties = settings.penalties().off() ? null : new Penalties(settings.penalties(), vocabularySize);
        this.dry = settings.dry().off() ? null : new Dry(settings.dry(), bytes);
        this.mirostat = settings.mirostat().version() == 0 ? null : new Mirostat(settings.mirostat(), vocabularySize);
    }

    private Sampler(Sampler other) {
        settings = other.settings;
        vocabularySize = other.vocabularySize;
        biasIds = other.biasIds;
        biases = other.biases;
        random = new Xoshiro256StarStar(other.random);
        penalties = other.penalties == null ? null : new Penalties(other.penalties);
        dry = other.dry == null ? null : new Dry(other.dry);
        mirostat = other.mirostat == null ? null : new Mirostat(other.mirostat);
    }

    /** A sampler in the same state, history and random numbers included, that goes its own way from here. */
    public Sampler copy() {
        return new Sampler(this);
    }

    public SamplerSettings settings() {
        return settings;
    }

    /** Back to the state after construction: no history, the seed's first random number next. */
    public void reset() {
        random.seed(settings.seed());
        if (penalties != null) penalties.reset();
        if (dry != null) dry.reset();
        if (mirostat != null) mirostat.reset();
    }

    /**
     * Tells the penalties which token came next, be it from the prompt or from {@link #sample}, which does not do this
     * itself: the caller may yet drop the token.
     */
    public void accept(int token) {
        if (token < 0 || token >= vocabularySize) {
            throw new IllegalArgumentException("token " + token + " outside 0.." + (vocabularySize - 1));
        }
        if (penalties != null) penalties.accept(token);
        if (dry != null) dry.accept(token);
    }

    /** {@link #sample(float[], TokenMask)} with every token allowed. */
    public int sample(float[] logits) {
        return sample(logits, null);
    }

    /**
     * Draws a token.
     *
     * @param logits one per token id; this method changes them
     * @param mask the tokens that may come, or null for all
     * @throws DalangException an internal failure, when a logit is NaN or +infinity or no token is possible
     */
    public int sample(float[] logits, @Nullable TokenMask mask) {
        if (logits.length < vocabularySize) {
            throw new IllegalArgumentException(logits.length + " logits for a vocabulary of " + vocabularySize);
        }
        check(logits);
        for (int i = 0; i < biasIds.length; i++) {
            logits[biasIds[i]] = Math.min(logits[biasIds[i]] + biases[i], Float.MAX_VALUE);
        }
        if (penalties != null) penalties.apply(logits);
        if (dry != null) dry.apply(logits);
        if (mask != null) forbid(logits, mask);

        if (settings.greedy()) return greedy(logits);
        load(logits);
        if (candidates.size() == 0) throw nothingPossible();
        return mirostat != null ? mirostatDraw(mirostat) : draw();
    }

    /** NaN and +infinity fail every comparison with the largest float, so one comparison finds both. */
    private void check(float[] logits) {
        for (int id = 0; id < vocabularySize; id++) {
            if (!(logits[id] <= Float.MAX_VALUE)) {
                String what = Float.isNaN(logits[id]) ? "NaN" : "infinite";
                throw new DalangException(new Failure.Internal("the model produced " + what + " logits (first at token "
                        + id + "): its file may be damaged (check its hash), or this kernel tier may fail here (try"
                        + " --kernels scalar)"));
            }
        }
    }

    private void forbid(float[] logits, TokenMask mask) {
        if (mask.size() != vocabularySize) {
            throw new IllegalArgumentException(
                    "a mask of " + mask.size() + " tokens for a vocabulary of " + vocabularySize);
        }
        long[] words = mask.words();
        for (int w = 0; w < words.length; w++) {
            long forbidden = ~words[w];
            if (w == words.length - 1 && (vocabularySize & 63) != 0) forbidden &= (1L << vocabularySize) - 1;
            for (; forbidden != 0; forbidden &= forbidden - 1) {
                logits[(w << 6) + Long.numberOfTrailingZeros(forbidden)] = Float.NEGATIVE_INFINITY;
            }
        }
    }

    private int greedy(float[] logits) {
        int best = 0;
        for (int id = 1; id < vocabularySize; id++) {
            if (logits[id] > logits[best]) best = id;
        }
        if (logits[best] == Float.NEGATIVE_INFINITY) throw nothingPossible();
        return best;
    }

    private static DalangException nothingPossible() {
        return new DalangException(new Failure.Internal(
                "no token is possible here: the model, the logit biases and the output format rule out all of them"));
    }

    private void load(float[] logits) {
        int k = settings.topK();
        if (mirostat == null && settings.topNSigma() == 0 && k > 0 && k <= LARGEST_HEAP) {
            candidates.loadTop(logits, vocabularySize, k);
        } else {
            candidates.loadAll(logits, vocabularySize);
        }
    }

    private int draw() {
        SamplerSettings s = settings;
        Candidates c = candidates;
        if (s.topNSigma() > 0) Truncation.topNSigma(c, s.topNSigma());
        if (s.topK() > 0 && s.topK() < c.size()) Truncation.topK(c, s.topK());
        if (s.typicalP() < 1) Truncation.typical(c, s.typicalP(), s.minKeep());
        if (s.topP() < 1) Truncation.topP(c, s.topP(), s.minKeep());
        if (s.minP() > 0) Truncation.minP(c, s.minP(), s.minKeep());
        if (!s.xtc().off() && c.size() >= 2 && random.nextDouble() < s.xtc().probability()) {
            Truncation.excludeTopChoices(c, s.xtc().threshold(), s.minKeep());
        }
        return c.id(pick(c.weigh(inverseTemperature())));
    }

    private int mirostatDraw(Mirostat m) {
        double inverse = inverseTemperature();
        m.truncate(candidates, inverse);
        double sum = candidates.weigh(inverse);
        int drawn = pick(sum);
        m.learn(candidates.weight(drawn) / sum);
        return candidates.id(drawn);
    }

    /**
     * 1 / temperature. Dynamic temperature (kalomaze, "Entropy Based Sampling", ggml-org/llama.cpp#4972): T lies in
     * temperature ± range, at (H / ln n)^exponent of the way, with H the entropy of the n candidates left.
     */
    private double inverseTemperature() {
        double temperature = settings.temperature();
        double range = settings.dynamicTemperature().range();
        int size = candidates.size();
        if (range > 0 && size > 1) {
            double sum = candidates.weigh(1);
            double max = candidates.max();
            double weighted = 0;
            for (int i = 0; i < size; i++) weighted += candidates.weight(i) * (candidates.logit(i) - max);
            double entropy = StrictMath.log(sum) - weighted / sum;
            double share = StrictMath.pow(
                    Math.clamp(entropy / StrictMath.log(size), 0, 1),
                    settings.dynamicTemperature().exponent());
            double low = Math.max(0, temperature - range);
            temperature = low + (temperature + range - low) * share;
        }
        return Math.min(1 / temperature, LARGEST_INVERSE_TEMPERATURE);
    }

    /** The index of a candidate, drawn with probability weight / {@code sum}. */
    private int pick(double sum) {
        double left = random.nextDouble() * sum;
        int last = 0;
        for (int i = 0; i < candidates.size(); i++) {
            double weight = candidates.weight(i);
            if (weight == 0) continue;
            last = i;
            left -= weight;
            if (left < 0) break;
        }
        // Rounding may leave a crumb after the last candidate that can be drawn.
        return last;
    }
}
