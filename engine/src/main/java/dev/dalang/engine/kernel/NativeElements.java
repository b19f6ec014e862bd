package dev.dalang.engine.kernel;

import dev.dalang.engine.assembler.Assembler;
import dev.dalang.engine.assembler.CpuFeatures;
import dev.dalang.engine.format.BlockType;
import dev.dalang.engine.kernel.machine.ElementKernel;
import dev.dalang.engine.kernel.machine.ElementKernel.Curve;
import dev.dalang.engine.kernel.machine.ElementKernel.Operation;
import dev.dalang.engine.kernel.machine.HalfKernel;
import dev.dalang.engine.kernel.machine.NormKernel;
import dev.dalang.engine.kernel.machine.RecurrenceKernel;
import dev.dalang.engine.kernel.machine.RotationKernel;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** What stands between the products, in machine code: norms, activations, rotations and recurrences. */
class NativeElements extends ScalarKernels {

    private record ActivationName(Curve curve, boolean gated) {}

    private record RotationName(boolean adjacent) {}

    private static final Operation[] COMMON = {Operation.ADD_SCALED, Operation.SCALE, Operation.SOFTMAX};

    private final MachineKernels machine;
    private final CodeTable operations;
    private final CodeTable curves;
    private final CodeTable gates;
    private final CodeTable norms;
    private final CodeTable steps;

    /** Of pairs that lie apart, and side by side. */
    private final CodeTable rotations;

    private final CodeTable halves;

    private final NativeAttention attention;
    private final NativePromptAttention promptAttention;

    NativeElements(CpuFeatures cpu) {
        super(null);
        machine = MachineKernels.of(cpu);
        operations = codes(Operation.values(), ElementKernel::assemble);
        gates = new CodeTable(Curve.values().length, i -> {
            Curve f = Curve.values()[i];
            return machine.get(new ActivationName(f, true), c -> ElementKernel.gate(f, c));
        });
        curves = new CodeTable(Curve.values().length, i -> {
            Curve f = Curve.values()[i];
            return machine.get(new ActivationName(f, false), c -> ElementKernel.activate(f, c));
        });
        norms = new CodeTable(8, i -> {
            NormKernel.Form form = new NormKernel.Form((i & 4) != 0, (i & 2) != 0, (i & 1) != 0);
            return machine.get(form, c -> NormKernel.assemble(form, c));
        });
        steps = codes(RecurrenceKernel.Step.values(), RecurrenceKernel::assemble);
        rotations = new CodeTable(2, i -> machine.get(new RotationName(i > 0), c -> RotationKernel.assemble(i > 0, c)));
        halves = new CodeTable(1, i -> machine.get(HalfKernel.class, HalfKernel::assemble));
        attention = new NativeAttention(this);
        promptAttention = new NativePromptAttention(this);
    }

    private <T> CodeTable codes(T[] kinds, BiFunction<T, CpuFeatures, Assembler> assemble) {
        return new CodeTable(kinds.length, i -> machine.get(kinds[i], c -> assemble.apply(kinds[i], c)));
    }

    /** Makes what nearly every model runs: code that scales every weight in a norm, gates, turns and adds. */
    final void prepare() {
        for (Operation o : COMMON) operations.get(o.ordinal());
        gates.get(Curve.SILU.ordinal());
        norms.get(form(false, true, false));
        rotations.get(0);
        rotations.get(1);
        halves.get(0);
    }

    final MachineKernels machine() {
        return machine;
    }

    /** The address of elements that are there. */
    static long range(Floats x, int from, int count) {
        x.address(Math.addExact(from, count));
        return x.address(from);
    }

    private void run(Operation operation, long t, long a, long b, int count, float f, float g) {
        MachineKernels.callShort(operations.get(operation.ordinal()), t, a, b, count, 0, f, g);
    }

    @Override
    public void rmsNorm(
            Floats x, int xFrom, int count, @Nullable Floats weight, float epsilon, Floats out, int outFrom) {
        norm(false, x, xFrom, count, weight, null, epsilon, out, outFrom);
    }

    @Override
    public void layerNorm(
            Floats x,
            int xFrom,
            int count,
            @Nullable Floats weight,
            @Nullable Floats bias,
            float epsilon,
            Floats out,
            int outFrom) {
        norm(true, x, xFrom, count, weight, bias, epsilon, out, outFrom);
    }

    private static int form(boolean centred, boolean weighted, boolean biased) {
        return (centred ? 4 : 0) + (weighted ? 2 : 0) + (biased ? 1 : 0);
    }

    private void norm(
            boolean centred,
            Floats x,
            int xFrom,
            int count,
            @Nullable Floats weight,
            @Nullable Floats bias,
            float epsilon,
            Floats out,
            int outFrom) {
        MachineKernels.callShort(
                norms.get(form(centred, weight != null, bias != null)),
                range(x, xFrom, count),
                weight == null ? 0 : range(weight, 0, count),
                bias == null ? 0 : range(bias, 0, count),
                count,
                range(out, outFrom, count),
                epsilon,
                0);
    }

    @Override
    public void activate(Activation f, Floats x, int from, int count) {
        if (f == Activation.SWIGLU_CLAMPED) throw new IllegalArgumentException(f + " needs a gate");
        long t = range(x, from, count);
        MachineKernels.callShort(curves.get(curve(f).ordinal()), t, 0, 0, count, 0, 0, 0);
    }

    @Override
    public void gate(Activation f, Floats gate, int gateFrom, Floats up, int upFrom, int count) {
        long t = range(gate, gateFrom, count);
        MachineKernels.callShort(gates.get(curve(f).ordinal()), t, range(up, upFrom, count), 0, count, 0, 0, 0);
    }

    private static Curve curve(Activation f) {
        return switch (f) {
            case SILU -> Curve.SILU;
            case GELU -> Curve.GELU;
            case GELU_ERF -> Curve.GELU_ERF;
            case GELU_QUICK -> Curve.GELU_QUICK;
            case RELU -> Curve.RELU;
            case RELU_SQUARED -> Curve.RELU_SQUARED;
            case SIGMOID -> Curve.SIGMOID;
            case TANH -> Curve.TANH;
            case SOFTPLUS -> Curve.SOFTPLUS;
            case SWIGLU_CLAMPED -> Curve.SWIGLU_CLAMPED;
        };
    }

    @Override
    public void addScaled(Floats target, int targetFrom, Floats x, int xFrom, int count, float factor) {
        run(Operation.ADD_SCALED, range(target, targetFrom, count), range(x, xFrom, count), 0, count, factor, 0);
    }

    @Override
    public void multiplyElements(Floats target, int targetFrom, Floats x, int xFrom, int count) {
        run(Operation.MULTIPLY, range(target, targetFrom, count), range(x, xFrom, count), 0, count, 0, 0);
    }

    @Override
    public void multiplyAdd(Floats target, int targetFrom, Floats a, int aFrom, Floats b, int bFrom, int count) {
        long t = range(target, targetFrom, count);
        run(Operation.MULTIPLY_ADD, t, range(a, aFrom, count), range(b, bFrom, count), count, 0, 0);
    }

    @Override
    public void scale(Floats x, int from, int count, float factor) {
        run(Operation.SCALE, range(x, from, count), 0, 0, count, factor, 0);
    }

    @Override
    public void softcap(Floats x, int from, int count, float cap) {
        run(Operation.SOFTCAP, range(x, from, count), 0, 0, count, cap, 0);
    }

    @Override
    public void clamp(Floats x, int from, int count, float low, float high) {
        if (!(low <= high)) throw new IllegalArgumentException(low + " > " + high);
        run(Operation.CLAMP, range(x, from, count), 0, 0, count, low, high);
    }

    @Override
    public void softmax(Floats x, int from, int count) {
        run(Operation.SOFTMAX, range(x, from, count), 0, 0, count, 0, 0);
    }

    @Override
    public void rotate(
            Floats x, int from, int heads, int stride, int pairs, boolean adjacent, Floats cos, Floats sin, int angle) {
        if (heads < 1 || pairs < 1) return;
        int angles = adjacent ? 2 * pairs : pairs;
        range(x, Math.addExact(from, Math.multiplyExact(heads - 1, stride)), 2 * pairs);
        MachineKernels.callShort(
                rotations.get(adjacent ? 1 : 0),
                range(x, from, 2 * pairs),
                range(cos, angle, angles),
                range(sin, angle, angles),
                pairs,
                heads,
                4L * stride,
                0,
                0,
                0,
                0);
    }

    @Override
    public void store(Floats x, int from, int heads, KvRows rows, int position) {
        int count = rows.rowElements();
        if (heads < 1 || rows.type() != BlockType.F16 || count % HalfKernel.ELEMENTS != 0) {
            super.store(x, from, heads, rows, position);
            return;
        }
        long last = rows.address(heads - 1, position);
        long target = rows.address(0, position);
        // The rows of a page's heads are equally far apart.
        long stride = heads == 1 ? 0 : (last - target) / (heads - 1);
        MachineKernels.callShort(
                halves.get(0), target, range(x, from, Math.multiplyExact(heads, count)), count, heads, stride, 0, 0);
    }

    @Override
    public void stateSpaceStep(
            Floats state,
            int stateFrom,
            int rows,
            int size,
            float decay,
            float dt,
            Floats x,
            int xFrom,
            Floats b,
            int bFrom,
            Floats c,
            int cFrom,
            Floats out,
            int outFrom) {
        if (rows < 1) return;
        MachineKernels.callShort(
                steps.get(RecurrenceKernel.Step.STATE_SPACE.ordinal()),
                range(state, stateFrom, Math.multiplyExact(rows, size)),
                range(x, xFrom, rows),
                range(b, bFrom, size),
                range(c, cFrom, size),
                range(out, outFrom, rows),
                0,
                rows,
                size,
                decay,
                dt);
    }

    @Override
    public float selectiveStep(
            Floats state,
            int stateFrom,
            int size,
            Floats a,
            int aFrom,
            float dt,
            float x,
            Floats b,
            int bFrom,
            Floats c,
            int cFrom) {
        return MachineKernels.callShort(
                steps.get(RecurrenceKernel.Step.SELECTIVE.ordinal()),
                range(state, stateFrom, size),
                range(a, aFrom, size),
                range(b, bFrom, size),
                range(c, cFrom, size),
                0,
                0,
                1,
                size,
                dt,
                dt * x);
    }

    @Override
    public void deltaStep(
            Floats state,
            int stateFrom,
            int rows,
            int size,
            Floats decay,
            int decayFrom,
            Floats k,
            int kFrom,
            Floats v,
            int vFrom,
            float beta,
            Floats q,
            int qFrom,
            Floats out,
            int outFrom) {
        if (rows < 1) return;
        MachineKernels.callShort(
                steps.get(RecurrenceKernel.Step.DELTA.ordinal()),
                range(state, stateFrom, Math.multiplyExact(rows, size)),
                range(decay, decayFrom, size),
                range(k, kFrom, size),
                range(v, vFrom, rows),
                range(q, qFrom, size),
                range(out, outFrom, rows),
                rows,
                size,
                beta,
                0);
    }

    @Override
    public void attention(
            AttentionShape shape,
            Phase phase,
            int kvHead,
            Floats q,
            int firstRow,
            int tokens,
            int position,
            int length,
            KvRows keys,
            KvRows values,
            @Nullable Floats sinks,
            Floats out,
            Scratch scratch) {
        NativeAttention.Call call =
                new NativeAttention.Call(shape, q, firstRow, tokens, position, length, keys, values, sinks, out);
        if (phase == Phase.PROMPT && promptAttention.supports(call)) promptAttention.head(call, kvHead, scratch);
        else attention.head(call, kvHead, scratch);
    }

    @Override
    public void attention(
            AttentionShape shape,
            Phase phase,
            Floats q,
            int firstRow,
            int tokens,
            int position,
            int length,
            KvRows keys,
            KvRows values,
            @Nullable Floats sinks,
            Floats out,
            Compute compute) {
        NativeAttention.Call call =
                new NativeAttention.Call(shape, q, firstRow, tokens, position, length, keys, values, sinks, out);
        if (phase == Phase.PROMPT && promptAttention.supports(call)) promptAttention.run(call, compute);
        else attention.run(call, compute);
    }
}
