package dev.dalang.engine.kernel.machine;

import static dev.dalang.engine.assembler.Gp.RCX;
import static dev.dalang.engine.assembler.Gp.RDI;
import static dev.dalang.engine.assembler.Gp.RDX;
import static dev.dalang.engine.assembler.Gp.RSI;
import static dev.dalang.engine.assembler.Vec.xmm;

import dev.dalang.engine.assembler.Assembler;
import dev.dalang.engine.assembler.CpuFeatures;
import dev.dalang.engine.assembler.Vec;

/**
 * Operations element by element, and softmax. The code takes the addresses of the target, which is an operand as well,
 * and of up to two more operands, then the number of elements, and two floats.
 */
public final class ElementKernel {

    /** What is done to {@code t} with {@code a}, {@code b} and the floats {@code f} and {@code g}. */
    public enum Operation {
        /** {@code t = t·f}. */
        SCALE,
        /** {@code t = f·tanh(t / f)}. */
        SOFTCAP,
        /** {@code t = min(max(t, f), g)}. */
        CLAMP,
        /** {@code t += f·a}. */
        ADD_SCALED,
        /** {@code t *= a}. */
        MULTIPLY,
        /** {@code t += a·b}. */
        MULTIPLY_ADD,
        /** {@code t = e^(t - max) / Σ}. */
        SOFTMAX
    }

    /** Non-linear functions, of the same names and meanings as the kernels' activations. */
    public enum Curve {
        SILU,
        GELU,
        GELU_ERF,
        GELU_QUICK,
        RELU,
        RELU_SQUARED,
        SIGMOID,
        TANH,
        SOFTPLUS,
        SWIGLU_CLAMPED
    }

    private static final int CLAMP = Float.floatToRawIntBits(7);

    private final Simd simd;
    private final Assembler a;
    private final Lanes lanes;
    private final Functions functions;
    private final Vec t;
    private final Vec x;
    private final Vec y;
    private final Vec f;
    private final Vec g;
    private final Vec[] free;

    private ElementKernel(CpuFeatures cpu) {
        simd = new Simd(new Assembler(), cpu);
        a = simd.assembler();
        lanes = new Lanes(simd);
        functions = new Functions(simd);
        f = simd.vec(0);
        g = simd.vec(1);
        t = simd.vec(2);
        x = simd.vec(3);
        y = simd.vec(4);
        free = new Vec[] {simd.vec(5), simd.vec(6), simd.vec(7), simd.vec(8), simd.vec(9)};
    }

    public static Assembler assemble(Operation operation, CpuFeatures cpu) {
        return new ElementKernel(cpu).assemble(operation);
    }

    /** {@code t = curve(t)}. */
    public static Assembler activate(Curve curve, CpuFeatures cpu) {
        ElementKernel k = new ElementKernel(cpu);
        k.lanes.over(RCX, run -> {
            run.load(k.t, RDI);
            k.functions.apply(curve, k.t, k.free);
            run.store(RDI, k.t);
        });
        return k.simd.finish();
    }

    /** {@code t = curve(t)·a}. */
    public static Assembler gate(Curve curve, CpuFeatures cpu) {
        return new ElementKernel(cpu).gate(curve);
    }

    private Assembler gate(Curve curve) {
        boolean clamped = curve == Curve.SWIGLU_CLAMPED;
        lanes.over(RCX, run -> {
            run.load(t, RDI);
            run.load(x, RSI);
            if (clamped) {
                simd.load(y, simd.lanesOf(CLAMP));
                a.vminps(t, y, t);
                a.vminps(x, y, x);
                simd.load(y, simd.lanesOf(CLAMP | 0x8000_0000));
                a.vmaxps(x, y, x);
                a.vaddps(x, x, functions.constant(1));
            }
            functions.apply(clamped ? Curve.GELU_QUICK : curve, t, free);
            a.vmulps(t, t, x);
            run.store(RDI, t);
        });
        return simd.finish();
    }

    private Assembler assemble(Operation operation) {
        a.vbroadcastss(f, xmm(0));
        a.vbroadcastss(g, xmm(1));
        if (operation == Operation.SOFTMAX) softmax();
        else lanes.over(RCX, run -> element(operation, run));
        return simd.finish();
    }

    private void element(Operation operation, Lanes.Run run) {
        run.load(t, RDI);
        switch (operation) {
            case SCALE -> a.vmulps(t, t, f);
            case SOFTCAP -> {
                a.vdivps(t, t, f);
                functions.tanh(t, free[0], free[1], free[2], free[3]);
                a.vmulps(t, t, f);
            }
            case CLAMP -> {
                a.vmaxps(t, f, t);
                a.vminps(t, g, t);
            }
            case ADD_SCALED -> {
                run.load(x, RSI);
                a.vfmadd231ps(t, x, f);
            }
            case MULTIPLY -> {
                run.load(x, RSI);
                a.vmulps(t, t, x);
            }
            case MULTIPLY_ADD -> {
                run.load(x, RSI);
                run.load(y, RDX);
                a.vfmadd231ps(t, x, y);
            }
            case SOFTMAX -> throw new IllegalArgumentException("not by element");
        }
        run.store(RDI, t);
    }

    private void softmax() {
        simd.load(f, simd.lanesOf(Float.floatToRawIntBits(Float.NEGATIVE_INFINITY)));
        lanes.over(RCX, run -> {
            run.load(t, RDI);
            simd.move(x, f);
            run.fill(t, x);
            a.vmaxps(f, f, t);
        });
        lanes.max(f, x);
        a.vbroadcastss(f, f.x());
        simd.zero(g);
        lanes.over(RCX, run -> {
            run.load(t, RDI);
            a.vsubps(t, t, f);
            functions.exp(t, free[0], free[1], free[2]);
            run.store(RDI, t);
            run.clear(t);
            a.vaddps(g, g, t);
        });
        lanes.sum(g, x);
        a.vmovss(x.x(), functions.constant(1));
        a.vdivss(g.x(), x.x(), g.x());
        a.vbroadcastss(g, g.x());
        lanes.over(RCX, run -> {
            run.load(t, RDI);
            a.vmulps(t, t, g);
            run.store(RDI, t);
        });
    }
}
