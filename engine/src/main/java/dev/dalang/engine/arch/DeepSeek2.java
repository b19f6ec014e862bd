package dev.dalang.engine.arch;

import dev.dalang.engine.kernel.Activation;

/**
 * DeepSeek-V2 (arXiv:2405.04434), V3 and R1 (arXiv:2412.19437), and what shares their graph: Kimi K2, GLM-4.7 Flash,
 * GigaChat 3, Mistral Small 4 ({@code mistral4}). {@link LatentAttention}; a dense SwiGLU in the leading layers, then
 * experts, in groups and with a bias for choosing where the file says so, and shared ones.
 *
 * <p>YaRN's temperature goes, as the model's own code has it, to the attention scale by {@code mscale_all_dim} and to
 * the rotation by {@code mscale / mscale_all_dim}; files carry a tenth of the former as
 * {@code rope.scaling.yarn_log_multiplier}.
 */
final class DeepSeek2 implements Family {

    @Override
    public Decoder assemble(Hyper h, Weights w) {
        Rope.Scaling scaling = scaling(h);
        Rope rope =
                new Rope(Rope.Pairs.ADJACENT, h.ropeDimensions(LatentAttention.keyDim(h)), h.ropeBase(), scaling, null);
        float scale = scale(h, scaling);
        Attention.Temperature temperature = temperature(h);
        return Parts.decoder(
                        h,
                        w,
                        Parts.outputNorm(h, w),
                        layer -> new Block.Residual(
                                layer.rmsNorm("attn_norm"),
                                LatentAttention.read(layer, h.heads(layer.index()), scale, rope, temperature),
                                layer.rmsNorm("ffn_norm"),
                                layer.index() < h.leadingDense() ? layer.gated(Activation.SILU) : experts(h, layer)))
                .build();
    }

    /** {@code mscale_all_dim}. */
    private static double logMultiplier(Hyper h) {
        return h.real("rope.scaling.yarn_log_multiplier", 0) / 0.1;
    }

    private static Rope.Scaling scaling(Hyper h) {
        Rope.Scaling s = h.ropeScaling();
        if (!s.yarn()) return s;
        double all = logMultiplier(h);
        // The file does not carry mscale. In DeepSeek's own models it equals mscale_all_dim; elsewhere it is 1.
        double own = all != 0 && h.architecture().equals("deepseek2") ? all : 1;
        double magnitude = h.real("rope.scaling.attn_factor", 1) * Hyper.yarnMagnitude(s.factor(), own);
        if (all != 0) magnitude /= Hyper.yarnMagnitude(s.factor(), all);
        return new Rope.Scaling(s.factor(), true, s.originalContext(), s.betaFast(), s.betaSlow(), magnitude);
    }

    private static float scale(Hyper h, Rope.Scaling s) {
        double temperature = s.magnitude() * (s.yarn() ? Hyper.yarnMagnitude(s.factor(), logMultiplier(h)) : 1);
        return (float) (temperature * temperature / Math.sqrt(LatentAttention.keyDim(h)));
    }

    private static Attention.@org.jspecify.annotations.Nullable Temperature temperature(Hyper h) {
        float scale = h.real("attention.temperature_scale", 0);
        if (scale == 0) return null;
        return new Attention.Temperature(scale, 0, h.integer("attention.temperature_length", 1, Integer.MAX_VALUE));
    }

    private static Sublayer experts(Hyper h, LayerParts layer) {
        // GLM-4.7 Flash has files without the scoring function, known by its layers and vocabulary.
        boolean glm = (h.layers() == 47 || h.layers() == 48) && h.vocabulary() == 154_880;
        Experts.Routing routing = h.routingOfFile(glm ? Experts.Scoring.SIGMOID : Experts.Scoring.SOFTMAX);
        Experts experts = layer.experts(Activation.SILU, layer.biased(routing));
        int shared = h.sharedExpertsWidth(layer.index());
        return layer.withShared(experts, Activation.SILU, shared);
    }
}
