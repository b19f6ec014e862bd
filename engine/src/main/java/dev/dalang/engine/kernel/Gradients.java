package dev.dalang.engine.kernel;

import org.jspecify.annotations.Nullable;

/**
 * What training does element by element: the derivatives of the layers' small operations, the loss, and the optimizer;
 * on one thread. The scalar implementation computes in double and is the reference.
 *
 * <p>{@code dx} stands for the derivative of the loss by {@code x}. Where rows are many they lie one after the other
 * without gaps, {@code [rows][count]}. Results that belong to one element depend on that element alone; sums over rows
 * are made in the rows' order, so that whoever cuts rows into parts by a rule of its own, and adds the parts in order,
 * has the same bits on any number of threads.
 */
public interface Gradients {

    /** One line for a person. */
    String description();

    /**
     * Of {@link Kernels#rmsNorm}: {@code dx += r·(g - x·r²·mean(g·x))} with {@code g = dOut·weight} and {@code r = 1 /
     * √(mean(x²) + ε)}, row by row, and {@code dWeight += Σ_rows dOut·x·r}.
     *
     * @param weight {@code [count]}, or null for all ones
     * @param dWeight {@code [count]}, or null where it is not wanted
     */
    void rmsNormBackward(
            Floats x,
            int xFrom,
            int rows,
            int count,
            @Nullable Floats weight,
            float epsilon,
            Floats dOut,
            int dOutFrom,
            Floats dx,
            int dxFrom,
            @Nullable Floats dWeight,
            int dWeightFrom);

    /**
     * Of {@link Kernels#layerNorm}: with {@code n} the normed row and {@code g = dOut·weight},
     * {@code dx += r·(g - mean(g) - n·mean(g·n))}, {@code dWeight += Σ_rows dOut·n} and {@code dBias += Σ_rows dOut}.
     *
     * @param weight {@code [count]}, or null for all ones
     * @param dWeight {@code [count]}, or null where it is not wanted
     * @param dBias likewise, from the same index on
     */
    void layerNormBackward(
            Floats x,
            int xFrom,
            int rows,
            int count,
            @Nullable Floats weight,
            float epsilon,
            Floats dOut,
            int dOutFrom,
            Floats dx,
            int dxFrom,
            @Nullable Floats dWeight,
            @Nullable Floats dBias,
            int dWeightFrom);

    /** Of {@link Kernels#activate}: {@code dx = dOut·f'(x)}; {@code dx} may be {@code x} or {@code dOut}. */
    void activateBackward(
            Activation f, Floats x, int xFrom, Floats dOut, int dOutFrom, Floats dx, int dxFrom, int count);

    /**
     * Of {@link Kernels#gate}: {@code dGate = dOut·up·f'(gate)} and {@code dUp = dOut·f(gate)}, where {@code gate} and
     * {@code up} are from before. Either result may take the place of one of the inputs.
     */
    void gateBackward(
            Activation f,
            Floats gate,
            int gateFrom,
            Floats up,
            int upFrom,
            Floats dOut,
            int dOutFrom,
            Floats dGate,
            int dGateFrom,
            Floats dUp,
            int dUpFrom,
            int count);

    /** Of {@link Kernels#softcap}, from its result: {@code dx *= 1 - (y / cap)²}. */
    void softcapBackward(Floats y, int yFrom, Floats dx, int dxFrom, int count, float cap);

    /**
     * Of {@code p = softmax(scale·x)}, from {@code p}: {@code dp} becomes {@code dx = scale·p·(dp - Σ p·dp)}, in
     * place.
     */
    void softmaxBackward(Floats p, int pFrom, Floats dp, int dpFrom, int count, float scale);

    /**
     * The negative logarithm (nats) of the probability that logits give to a target; the logits become {@code
     * scale·(softmax - 1 at the target)}, which is {@code scale} times its derivative.
     */
    double crossEntropy(Floats logits, int from, int count, int target, float scale);

    /** The same number alone; the logits stay. */
    double crossEntropy(Floats logits, int from, int count, int target);

    /**
     * One step of AdamW (Loshchilov and Hutter 2019, algorithm 2) with {@code g = clip·gradient}: {@code m = β₁·m +
     * (1-β₁)·g}, {@code v = β₂·v + (1-β₂)·g²}, {@code value -= rate·((m/c₁) / (√(v/c₂) + ε) + decay·value)}.
     *
     * @param correction1 {@code c₁ = 1 - β₁ᵗ} in step t, which begins at 1
     * @param correction2 {@code c₂ = 1 - β₂ᵗ}
     * @param clip what all gradients are multiplied by to keep their norm in bounds
     */
    void adamW(
            Floats value,
            Floats gradient,
            Floats m,
            Floats v,
            int from,
            int count,
            float rate,
            float beta1,
            float beta2,
            float epsilon,
            float decay,
            float correction1,
            float correction2,
            float clip);

    /** {@code Σ x²}, for the norm of all gradients. */
    double squaredSum(Floats x, int from, int count);

    /** What goes with a tier: plain loops in double for the scalar one, else vectors where this JVM has them. */
    static Gradients of(Kernels kernels) {
        return !kernels.name().equals("scalar") && VectorModule.available()
                ? new VectorGradients()
                : new ScalarGradients();
    }
}
