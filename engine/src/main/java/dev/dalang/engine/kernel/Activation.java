package dev.dalang.engine.kernel;

/** The non-linear functions of feed-forward layers. Formulas in {@link ScalarKernels}, the reference. */
public enum Activation {
    /** x·σ(x), also called swish (Ramachandran et al. 2017). */
    SILU,
    /** The tanh approximation of GELU (Hendrycks and Gimpel 2016). */
    GELU,
    /** x·Φ(x) by the error function, exactly. */
    GELU_ERF,
    /** x·σ(1.702·x). */
    GELU_QUICK,
    RELU,
    /** max(0, x)² (So et al. 2021). */
    RELU_SQUARED,
    SIGMOID,
    TANH,
    SOFTPLUS,
    /**
     * gpt-oss's gated unit: x·σ(1.702·x)·(up + 1) with x cut at 7 and up to -7..7; only with a gate (OpenAI 2025,
     * arXiv:2508.10925).
     */
    SWIGLU_CLAMPED
}
