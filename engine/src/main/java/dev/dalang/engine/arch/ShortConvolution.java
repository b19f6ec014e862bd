package dev.dalang.engine.arch;

import dev.dalang.engine.cache.LayerMemory;
import dev.dalang.engine.kernel.Floats;
import dev.dalang.engine.kernel.Kernels;

/**
 * LFM2's mixer (Liquid AI 2025, arXiv:2511.23404): a short convolution between two gates. With
 * {@code [b | c | x] = input(in)}, {@code out = output(c · convolution(b · x))}.
 */
record ShortConvolution(int layer, Linear input, CausalConvolution convolution, Linear output) implements Sublayer {

    static ShortConvolution read(LayerParts p) {
        int width = p.width();
        int kernel = p.hyper().integer("shortconv.l_cache", 1, StateSpaceShape.MAX_KERNEL);
        Weights w = p.weights();
        return new ShortConvolution(
                p.index(),
                w.linear(p.name("shortconv.in_proj"), width, Math.multiplyExact(3, width)),
                new CausalConvolution(
                        width, kernel, w.floats(p.name("shortconv.conv.weight"), kernel, width), null, null),
                w.linear(p.name("shortconv.out_proj"), width, width));
    }

    @Override
    public LayerMemory memory() {
        return new LayerMemory.Recurrent(convolution.stateFloats());
    }

    @Override
    public void forward(Step step, Floats in, Floats out) {
        int mark = step.mark();
        int n = step.tokens();
        int width = convolution.channels();
        Kernels k = step.compute().kernels();
        Floats all = step.rows(3 * width);
        input.forward(step, in, all);
        Floats bx = step.rows(width);
        for (int t = 0; t < n; t++) {
            bx.copy(t * width, all, 3 * t * width, width);
            k.multiplyElements(bx, t * width, all, (3 * t + 2) * width, width);
        }
        Floats mixed = step.rows(width);
        convolution.forward(step, layer, 0, bx, mixed);
        for (int t = 0; t < n; t++) k.multiplyElements(mixed, t * width, all, (3 * t + 1) * width, width);
        output.forward(step, mixed, out);
        step.release(mark);
    }
}
