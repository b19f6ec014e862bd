package dev.dalang.train.graph;

import dev.dalang.engine.kernel.Floats;
import org.jspecify.annotations.Nullable;

/** One layer: what attention and a feed-forward network do to the residual stream. */
sealed interface BlockNode {

    /** The way back through a layer. */
    @FunctionalInterface
    interface StreamBackward {
        /** @param d the derivative by the stream after the layer; becomes that by the stream before it */
        void run(Floats d);
    }

    /**
     * @param x the residual stream, {@code [tokens][embedding]}; stays as it is until the way back is over
     * @param out the stream after the layer
     */
    StreamBackward forward(Pass pass, Floats x, Floats out);

    /** Floats for each token that {@link #forward} sets aside. */
    long saved();

    /** Floats for each token that are in use at most at a time on the way there or back. */
    long temporary();

    AttentionNode attention();

    /** A sublayer between norms: {@code out = x + scale · post(sublayer(pre(x)))}. */
    record Branch(
            int width,
            @Nullable NormNode pre,
            SublayerNode sublayer,
            @Nullable NormNode post,
            float scale) {

        StreamBackward forward(Pass pass, Floats x, Floats out) {
            int n = pass.tokens();
            Floats in = x;
            if (pre != null) {
                in = pass.saved(width);
                pre.forward(pass, x, n, in);
            }
            Floats inner = post == null ? out : pass.saved(width);
            Backward back = sublayer.forward(pass, in, inner);
            if (post != null) post.forward(pass, inner, n, out);
            pass.scale(out, n, width, scale);
            pass.addScaled(out, x, n, width, 1);
            return d -> backward(pass, x, inner, back, d);
        }

        private void backward(Pass pass, Floats x, Floats inner, Backward back, Floats d) {
            int n = pass.tokens();
            var mark = pass.mark();
            Floats dOut = d;
            if (scale != 1) {
                dOut = pass.temporaryRows(width);
                dOut.copy(0, d, 0, n * width);
                pass.scale(dOut, n, width, scale);
            }
            if (post != null) {
                Floats dInner = pass.temporaryRows(width);
                pass.zero(dInner, n * width);
                post.backward(pass, inner, n, dOut, dInner);
                dOut = dInner;
            }
            if (pre == null) {
                back.run(dOut, d, true);
            } else {
                Floats dIn = pass.temporaryRows(width);
                back.run(dOut, dIn, false);
                pre.backward(pass, x, n, dIn, d);
            }
            pass.release(mark);
        }

        long saved() {
            return (pre == null ? 0 : width) + sublayer.saved() + (post == null ? 0 : width);
        }

        long temporary() {
            return (scale == 1 ? 0L : width)
                    + (post == null ? 0 : width)
                    + (pre == null ? 0 : width)
                    + sublayer.temporary();
        }
    }

    /** Attention, then a feed-forward network. */
    record Residual(Branch mixer, Branch feedForward) implements BlockNode {
        @Override
        public StreamBackward forward(Pass pass, Floats x, Floats out) {
            Floats middle = pass.saved(mixer.width);
            StreamBackward first = mixer.forward(pass, x, middle);
            StreamBackward second = feedForward.forward(pass, middle, out);
            return d -> {
                second.run(d);
                first.run(d);
            };
        }

        @Override
        public long saved() {
            return mixer.width + mixer.saved() + feedForward.saved();
        }

        @Override
        public long temporary() {
            return Math.max(mixer.temporary(), feedForward.temporary());
        }

        @Override
        public AttentionNode attention() {
            return (AttentionNode) mixer.sublayer;
        }
    }

    /** {@code out = x + scale · (attention(norm(x)) + feedForward(norm'(x)))}; without norm' both read the same. */
    record Parallel(
            int width,
            NormNode norm,
            AttentionNode attention,
            @Nullable NormNode feedForwardNorm,
            FeedForwardNode feedForward,
            float scale)
            implements BlockNode {
        @Override
        public StreamBackward forward(Pass pass, Floats x, Floats out) {
            int n = pass.tokens();
            Floats first = pass.saved(width);
            norm.forward(pass, x, n, first);
            Backward mixed = attention.forward(pass, first, out);
            Floats second = first;
            if (feedForwardNorm != null) {
                second = pass.saved(width);
                feedForwardNorm.forward(pass, x, n, second);
            }
            var mark = pass.mark();
            Floats other = pass.temporaryRows(width);
            Backward fed = feedForward.forward(pass, second, other);
            pass.addScaled(out, other, n, width, 1);
            pass.release(mark);
            pass.scale(out, n, width, scale);
            pass.addScaled(out, x, n, width, 1);
            return d -> backward(pass, x, mixed, fed, d);
        }

        private void backward(Pass pass, Floats x, Backward mixed, Backward fed, Floats d) {
            int n = pass.tokens();
            var mark = pass.mark();
            Floats dOut = pass.temporaryRows(width);
            dOut.copy(0, d, 0, n * width);
            pass.scale(dOut, n, width, scale);
            Floats dIn = pass.temporaryRows(width);
            mixed.run(dOut, dIn, false);
            if (feedForwardNorm == null) {
                fed.run(dOut, dIn, true);
            } else {
                Floats dSecond = pass.temporaryRows(width);
                fed.run(dOut, dSecond, false);
                feedForwardNorm.backward(pass, x, n, dSecond, d);
            }
            norm.backward(pass, x, n, dIn, d);
            pass.release(mark);
        }

        @Override
        public long saved() {
            return width + attention.saved() + (feedForwardNorm == null ? 0 : width) + feedForward.saved();
        }

        @Override
        public long temporary() {
            return (feedForwardNorm == null ? 2L : 3L) * width
                    + Math.max(attention.temporary(), feedForward.temporary());
        }
    }
}
