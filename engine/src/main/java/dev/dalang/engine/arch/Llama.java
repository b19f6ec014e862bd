package dev.dalang.engine.arch;

import dev.dalang.engine.kernel.Activation;

/**
 * Llama (Touvron et al. 2023, arXiv:2302.13971; Llama 3, arXiv:2407.21783), and what shares its graph: Mistral 7B,
 * Mixtral (arXiv:2401.04088, with experts), Yi, TinyLlama, SmolLM, …
 *
 * <p>Pre-norm blocks by root mean square; grouped-query attention with rotation of adjacent pairs; SwiGLU; output
 * matrix of its own or tied to the embeddings.
 *
 * <p>Ministral 3 (Mistral AI 2025; {@code mistral3}) stretches its rotation by YaRN and raises the temperature of
 * queries beyond the original context.
 */
final class Llama implements Family {

    @Override
    public Decoder assemble(Hyper h, Weights w) {
        Rope rope = Parts.rope(h, w, Rope.Pairs.ADJACENT);
        float heat = h.real("attention.temperature_scale", 0);
        Attention.Temperature temperature = heat == 0 ? null : new Attention.Temperature(heat, 0, h.originalContext());
        return Parts.decoder(
                        h,
                        w,
                        Parts.outputNorm(h, w),
                        layer -> new Block.Residual(
                                layer.rmsNorm("attn_norm"),
                                layer.attention()
                                        .rope(rope)
                                        .temperature(temperature)
                                        .build(),
                                layer.rmsNorm("ffn_norm"),
                                feedForward(h, layer)))
                .build();
    }

    private static Sublayer feedForward(Hyper h, LayerParts layer) {
        return h.experts() == 0
                ? layer.gated(Activation.SILU)
                : layer.experts(
                        Activation.SILU,
                        h.feedForward(layer.index()),
                        h.routing(Experts.Scoring.SOFTMAX, true),
                        Experts.Weighing.OUTPUT);
    }
}
