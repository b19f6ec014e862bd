package dev.dalang.train.graph;

import dev.dalang.engine.kernel.Activation;
import java.util.List;

/** A tiny model for each way in which plain decoders differ. */
final class TinyForms {

    private TinyForms() {}

    static TinyForm llama(boolean tied) {
        return new TinyForm("llama", f -> {
            f.adjacent = true;
            f.tied = tied;
        });
    }

    static List<TinyForm> all() {
        return List.of(
                llama(false),
                llama(true),
                new TinyForm("mistral3", f -> {
                    f.adjacent = true;
                    f.temperature = 0.3;
                    f.temperatureLength = 2;
                    f.key("attention.temperature_scale", 0.3f).key("rope.scaling.original_context_length", 2);
                }),
                new TinyForm("qwen2", f -> {
                    f.tied = true;
                }),
                new TinyForm("qwen3", f -> f.headNorms = "head"),
                new TinyForm("gemma", f -> {
                    f.tied = true;
                    f.activation = Activation.GELU;
                    f.embeddingScale = (float) Math.sqrt(TinyForm.WIDTH);
                }),
                new TinyForm("gemma2", f -> {
                    f.tied = true;
                    f.activation = Activation.GELU;
                    f.embeddingScale = (float) Math.sqrt(TinyForm.WIDTH);
                    f.norms = TinyForm.Norms.BOTH;
                    f.scoreCap = 1.5;
                    f.logitCap = 2;
                    f.window = 3;
                    f.windowPeriod = 2;
                    f.key("attention.sliding_window", 3)
                            .key("attn_logit_softcapping", 1.5f)
                            .key("final_logit_softcapping", 2f);
                }),
                new TinyForm("gemma3", f -> {
                    f.tied = true;
                    f.activation = Activation.GELU;
                    f.embeddingScale = (float) Math.sqrt(TinyForm.WIDTH);
                    f.norms = TinyForm.Norms.BOTH;
                    f.headNorms = "head";
                    f.window = 4;
                    f.windowPeriod = 2;
                    f.ropeBase = 1000;
                    f.slidingRopeBase = 10_000;
                    f.key("attention.sliding_window", 4).key("attention.sliding_window_pattern", 2);
                }),
                new TinyForm("phi2", f -> {
                    f.layerNorm = true;
                    f.biases = true;
                    f.parallel = true;
                    f.gated = false;
                    f.activation = Activation.GELU;
                    f.rotated = 2;
                }),
                new TinyForm("phi3", f -> {
                    f.fused = true;
                    f.fusedGate = true;
                }),
                new TinyForm("granite", f -> {
                    f.adjacent = true;
                    f.embeddingScale = 5;
                    f.residualScale = 0.4f;
                    f.logitScale = 1 / 3f;
                    f.scoreScale = 0.3f;
                    f.key("embedding_scale", 5f)
                            .key("residual_scale", 0.4f)
                            .key("logit_scale", 3f)
                            .key("attention.scale", 0.3f);
                }),
                new TinyForm("command-r", f -> {
                    f.adjacent = true;
                    f.layerNorm = true;
                    f.parallel = true;
                    f.headNorms = "per head";
                    // Four numbers of a head may be nearly alike, which would blow rounding up.
                    f.epsilon = 1e-2;
                    f.logitScale = 0.5f;
                    f.key("logit_scale", 0.5f);
                }),
                new TinyForm("olmo", f -> {
                    f.adjacent = true;
                    f.layerNorm = true;
                    f.normWeights = false;
                    f.clamp = 0.9f;
                    f.key("attention.clamp_kqv", 0.9f);
                }),
                new TinyForm("olmo2", f -> {
                    f.norms = TinyForm.Norms.AFTER;
                    f.headNorms = "wide";
                }),
                new TinyForm("gpt2", f -> {
                    f.layerNorm = true;
                    f.biases = true;
                    f.fused = true;
                    f.gated = false;
                    f.positions = true;
                    f.rotated = 0;
                    f.activation = Activation.GELU;
                }),
                new TinyForm("nemotron", f -> {
                    f.layerNorm = true;
                    f.biases = true;
                    f.gated = false;
                    f.activation = Activation.RELU_SQUARED;
                    f.rotated = 2;
                }),
                new TinyForm("gptneox", f -> {
                    f.layerNorm = true;
                    f.biases = true;
                    f.fused = true;
                    f.parallel = true;
                    f.ownFeedForwardNorm = true;
                    f.gated = false;
                    f.activation = Activation.GELU;
                    f.rotated = 2;
                    f.key("use_parallel_residual", true);
                }),
                new TinyForm("hunyuan-dense", f -> {
                    f.headNorms = "head";
                    f.normAfterRotation = true;
                }));
    }
}
