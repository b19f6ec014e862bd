package dev.dalang.bench;

import dev.dalang.engine.sample.Sampler;
import dev.dalang.engine.sample.SamplerSettings;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** The next token out of 250,000, on one thread, beside reading the logits once. */
@State(Scope.Benchmark)
public class Sampling extends Suite {

    static final int VOCABULARY = 250_000;

    /** What runs: the likeliest; top-k, top-p and min-p; top-nσ, which looks at the whole vocabulary. */
    public enum Chain {
        GREEDY,
        DEFAULT,
        SIGMA;

        SamplerSettings settings() {
            return switch (this) {
                case GREEDY -> SamplerSettings.greedyOnly();
                case DEFAULT -> SamplerSettings.DEFAULT;
                case SIGMA -> SamplerSettings.DEFAULT.withTopNSigma(1);
            };
        }
    }

    @Param({"GREEDY", "DEFAULT", "SIGMA"})
    Chain chain = Chain.DEFAULT;

    private @Nullable Draws draws;
    private double roofline;

    /** A sampler may change its logits, so that each draw begins with a copy. */
    record Draws(Sampler sampler, float[] logits, float[] work) {

        static Draws of(Chain chain) {
            float[] logits = Inputs.normal(VOCABULARY, new Random(1));
            for (int i = 0; i < logits.length; i++) logits[i] *= 3;
            return new Draws(new Sampler(chain.settings(), VOCABULARY), logits, new float[VOCABULARY]);
        }

        int sample() {
            System.arraycopy(logits, 0, work, 0, logits.length);
            return sampler.sample(work);
        }
    }

    @Setup
    public void setUp() {
        roofline = Roofline.memory(1);
        draws = Draws.of(chain);
    }

    @Benchmark
    public int sample(BytesRead work) {
        work.add(4L * VOCABULARY, roofline);
        return prepared(draws).sample();
    }
}
