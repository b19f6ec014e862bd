package dev.dalang.engine.kernel.machine;

import static dev.dalang.engine.assembler.Gp.R8;
import static dev.dalang.engine.assembler.Gp.RCX;
import static dev.dalang.engine.assembler.Gp.RDI;
import static dev.dalang.engine.assembler.Gp.RDX;
import static dev.dalang.engine.assembler.Gp.RSI;
import static dev.dalang.engine.assembler.Vec.xmm;

import dev.dalang.engine.assembler.Assembler;
import dev.dalang.engine.assembler.CpuFeatures;
import dev.dalang.engine.assembler.Vec;

/**
 * Norms of one run of floats, by root mean square or by mean and variance. The code takes the addresses of the input,
 * the weights and the biases, the number of elements, the address of the output, which may be the input, and ε.
 */
public final class NormKernel {

    /**
     * @param centred whether the mean is taken out
     * @param weights whether there are any
     * @param biases whether there are any
     */
    public record Form(boolean centred, boolean weights, boolean biases) {}

    private NormKernel() {}

    public static Assembler assemble(Form form, CpuFeatures cpu) {
        Simd simd = new Simd(new Assembler(), cpu);
        Assembler a = simd.assembler();
        Lanes lanes = new Lanes(simd);
        Vec epsilon = xmm(0);
        Vec mean = simd.vec(1);
        Vec squares = simd.vec(2);
        Vec x = simd.vec(3);
        Vec y = simd.vec(4);
        Vec count = xmm(5);
        Vec one = xmm(6);
        a.vcvtsi2ss(count, count, RCX.r32());
        a.vmovss(one, simd.constant(Float.floatToRawIntBits(1)));
        if (form.centred) {
            simd.zero(mean);
            lanes.over(RCX, run -> {
                run.load(x, RDI);
                a.vaddps(mean, mean, x);
            });
            lanes.sum(mean, y);
            a.vdivss(mean.x(), mean.x(), count);
            a.vbroadcastss(mean, mean.x());
        }
        simd.zero(squares);
        lanes.over(RCX, run -> {
            run.load(x, RDI);
            if (form.centred) {
                a.vsubps(x, x, mean);
                run.clear(x);
            }
            a.vfmadd231ps(squares, x, x);
        });
        lanes.sum(squares, y);
        a.vdivss(squares.x(), squares.x(), count);
        a.vaddss(squares.x(), squares.x(), epsilon);
        a.vsqrtss(squares.x(), squares.x(), squares.x());
        a.vdivss(squares.x(), one, squares.x());
        a.vbroadcastss(squares, squares.x());
        lanes.over(RCX, run -> {
            run.load(x, RDI);
            if (form.centred) a.vsubps(x, x, mean);
            a.vmulps(x, x, squares);
            if (form.weights) {
                run.load(y, RSI);
                a.vmulps(x, x, y);
            }
            if (form.biases) {
                run.load(y, RDX);
                a.vaddps(x, x, y);
            }
            run.store(R8, x);
        });
        return simd.finish();
    }
}
