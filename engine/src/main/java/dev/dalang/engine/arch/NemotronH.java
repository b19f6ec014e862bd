package dev.dalang.engine.arch;

import dev.dalang.engine.kernel.Activation;

/**
 * Nemotron-H (NVIDIA 2025, arXiv:2504.03624) and Nemotron 3 with experts: each layer is one thing only, {@link Mamba2},
 * attention without positions, or a network with squared ReLU. Layers without key-value heads and without a hidden
 * width are Mamba-2; those with key-value heads and without a hidden width are attention.
 *
 * <p>Experts score by sigmoid, have no gates, and may work on a narrower copy of the stream
 * ({@code ffn_latent_down}, {@code ffn_latent_up}) while router and shared expert read the stream itself.
 */
final class NemotronH implements Family {

    @Override
    public Decoder assemble(Hyper h, Weights w) {
        return Parts.decoder(
                        h,
                        w,
                        Parts.outputNorm(h, w),
                        layer -> new SingleBlock(layer.rmsNorm("attn_norm"), sublayer(h, w, layer)))
                .build();
    }

    private static Sublayer sublayer(Hyper h, Weights w, LayerParts layer) {
        int hidden = h.feedForwardOrNone(layer.index());
        if (hidden == 0) {
            return h.kvHeadsOrNone(layer.index()) == 0
                    ? Mamba2.read(layer)
                    : layer.attention().build();
        }
        return h.experts() == 0 ? layer.plain(Activation.RELU_SQUARED) : experts(h, w, layer);
    }

    private static Sublayer experts(Hyper h, Weights w, LayerParts layer) {
        int width = h.embedding();
        int latent = h.integer("moe_latent_size", 0, 1 << 20, 0);
        int inner = latent == 0 ? width : latent;
        boolean normalise = h.metadata().bool(h.key("expert_weights_norm"), false);
        Experts experts = layer.experts(
                Activation.RELU_SQUARED,
                inner,
                h.expertFeedForward(layer.index()),
                layer.biased(h.routing(Experts.Scoring.SIGMOID, normalise).withScale(h.expertScale())),
                Experts.Weighing.OUTPUT);
        Linear down = w.linearOrNull(layer.name("ffn_latent_down"), width, inner);
        Linear up = w.linearOrNull(layer.name("ffn_latent_up"), inner, width);
        if ((down == null || up == null) && inner != width) {
            throw h.bad("moe_latent_size", "is " + latent + ", but the file has no ffn_latent matrices");
        }
        int shared = h.sharedFeedForward();
        FeedForward everyone = new FeedForward(
                Activation.RELU_SQUARED,
                null,
                w.linear(layer.name("ffn_up_shexp"), width, shared),
                w.linear(layer.name("ffn_down_shexp"), shared, width));
        Sublayer chosen = down == null || up == null ? experts : new LatentExperts(down, experts, up);
        return new SharedExperts(chosen, everyone, null);
    }
}
