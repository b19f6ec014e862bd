package dev.dalang.engine.arch;

import dev.dalang.engine.cache.Sequence;
import dev.dalang.engine.kernel.Activation;
import dev.dalang.engine.kernel.Floats;
import dev.dalang.engine.kernel.Kernels;
import java.lang.foreign.Arena;
import org.jspecify.annotations.Nullable;

/**
 * A short convolution over time of each channel by itself: {@code y[t][c] = f(bias[c] + Σ_j w[c][j]·x[t-kernel+1+j][c])}.
 *
 * <p>A sequence remembers the last {@code kernel - 1} inputs, oldest first, {@code [kernel-1][channels]}; they are zero
 * before its beginning.
 */
final class CausalConvolution {

    private final int channels;
    private final int kernel;
    /** {@code [kernel][channels]}: all channels' weights of one tap together, so that a tap is one pass. */
    private final Floats taps;

    private final @Nullable Floats bias;
    private final @Nullable Activation activation;

    /** @param weight {@code [channels][kernel]}, as files have it */
    CausalConvolution(int channels, int kernel, Floats weight, @Nullable Floats bias, @Nullable Activation activation) {
        if (weight.length() != channels * kernel) {
            throw new IllegalArgumentException(weight.length() + " weights for " + channels + " x " + kernel);
        }
        this.channels = channels;
        this.kernel = kernel;
        this.bias = bias;
        this.activation = activation;
        taps = Floats.allocate(Arena.ofAuto(), channels * kernel);
        for (int c = 0; c < channels; c++) {
            for (int j = 0; j < kernel; j++) taps.set(j * channels + c, weight.get(c * kernel + j));
        }
    }

    int channels() {
        return channels;
    }

    /** How many numbers a sequence keeps. */
    int stateFloats() {
        return (kernel - 1) * channels;
    }

    /**
     * @param stateFrom where the tail begins in the layer's state
     * @param x {@code [tokens][channels]}
     * @param out {@code [tokens][channels]}, not {@code x}
     */
    void forward(Step step, int layer, int stateFrom, Floats x, Floats out) {
        int mark = step.mark();
        int tail = stateFloats();
        for (Step.Span span : step.spans()) {
            Sequence sequence = span.sequence();
            Floats state = sequence.state(layer);
            int inputs = span.count() * channels;
            Floats padded = step.floats(tail + inputs);
            padded.copy(0, state, stateFrom, tail);
            padded.copy(tail, x, span.firstRow() * channels, inputs);
            state.copy(stateFrom, padded, inputs, tail);
            Kernels k = step.compute().kernels();
            step.compute().forEach(span.count(), (t, worker) -> {
                int to = (span.firstRow() + t) * channels;
                if (bias == null) out.fill(to, channels, 0);
                else out.copy(to, bias, 0, channels);
                for (int j = 0; j < kernel; j++) {
                    k.multiplyAdd(out, to, taps, j * channels, padded, (t + j) * channels, channels);
                }
                if (activation != null) k.activate(activation, out, to, channels);
            });
        }
        step.release(mark);
    }
}
