package dev.dalang.engine.arch;

import dev.dalang.engine.cache.LayerMemory;
import dev.dalang.engine.kernel.Floats;
import org.jspecify.annotations.Nullable;

/** One layer of a decoder or encoder: changes the residual stream in place. */
public interface Block {

    /** @param x the residual stream, {@code [tokens][embedding]} */
    void forward(Step step, Floats x);

    /** What the layer must remember of a sequence. */
    LayerMemory memory();

    /**
     * {@code x += scale · post(sublayer(pre(x)))} for a mixer and then for a feed-forward network: the order of nearly
     * every decoder since GPT-2, with norms before, after, or both.
     */
    record Residual(
            @Nullable Norm mixerNorm,
            Sublayer mixer,
            @Nullable Norm mixerPostNorm,
            @Nullable Norm feedForwardNorm,
            Sublayer feedForward,
            @Nullable Norm feedForwardPostNorm,
            float scale)
            implements Block {

        /** The plain form: a norm before each. */
        public Residual(Norm mixerNorm, Sublayer mixer, Norm feedForwardNorm, Sublayer feedForward) {
            this(mixerNorm, mixer, null, feedForwardNorm, feedForward, null, 1);
        }

        @Override
        public void forward(Step step, Floats x) {
            add(step, x, mixerNorm, mixer, mixerPostNorm, scale);
            add(step, x, feedForwardNorm, feedForward, feedForwardPostNorm, scale);
        }

        @Override
        public LayerMemory memory() {
            return mixer.memory();
        }
    }

    /** {@code x += mixer(norm(x)) + feedForward(norm'(x))}: both read the same input (Wang and Komatsuzaki 2021). */
    record Parallel(
            Norm mixerNorm, Sublayer mixer, @Nullable Norm feedForwardNorm, Sublayer feedForward, float scale)
            implements Block {
        @Override
        public void forward(Step step, Floats x) {
            int mark = step.mark();
            int n = step.tokens();
            int size = mixerNorm.size();
            Floats normed = step.rows(size);
            Floats a = step.rows(size);
            Floats b = step.rows(size);
            mixerNorm.forward(step, x, n, normed);
            mixer.forward(step, normed, a);
            if (feedForwardNorm != null) feedForwardNorm.forward(step, x, n, normed);
            feedForward.forward(step, normed, b);
            step.add(x, a, size, scale);
            step.add(x, b, size, scale);
            step.release(mark);
        }

        @Override
        public LayerMemory memory() {
            return mixer.memory();
        }
    }

    /** {@code x += scale · post(sublayer(pre(x)))}. */
    static void add(Step step, Floats x, @Nullable Norm pre, Sublayer sublayer, @Nullable Norm post, float scale) {
        int mark = step.mark();
        int n = step.tokens();
        Norm sized = pre != null ? pre : post;
        if (sized == null) throw new IllegalArgumentException("a residual sublayer needs a norm");
        int size = sized.size();
        Floats in = x;
        if (pre != null) {
            in = step.rows(size);
            pre.forward(step, x, n, in);
        }
        Floats out = step.rows(size);
        sublayer.forward(step, in, out);
        if (post != null) post.forward(step, out, n, out);
        step.add(x, out, size, scale);
        step.release(mark);
    }
}
