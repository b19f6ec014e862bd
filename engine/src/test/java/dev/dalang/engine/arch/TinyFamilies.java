package dev.dalang.engine.arch;

import static dev.dalang.engine.arch.TinyModel.EXPERTS;
import static dev.dalang.engine.arch.TinyModel.EXPERT_HIDDEN;
import static dev.dalang.engine.arch.TinyModel.HEADS;
import static dev.dalang.engine.arch.TinyModel.HEAD_DIM;
import static dev.dalang.engine.arch.TinyModel.HIDDEN;
import static dev.dalang.engine.arch.TinyModel.KV_HEADS;
import static dev.dalang.engine.arch.TinyModel.WIDTH;

/** What the families that are tested on {@link TinyModel}s are made of. */
public final class TinyFamilies {

    private TinyFamilies() {}

    /** The model of a family. */
    public static TinyModel of(String architecture) {
        TinyModel m = new TinyModel(architecture);
        return switch (architecture) {
            case "llama" ->
                m.rms().layers(blk -> {
                    m.norm(blk + "attn_norm", WIDTH);
                    m.attention(blk, false);
                    m.norm(blk + "ffn_norm", WIDTH);
                    m.gated(blk);
                });
            case "qwen2" ->
                m.rms().yarn().layers(blk -> {
                    m.norm(blk + "attn_norm", WIDTH);
                    m.attention(blk, true);
                    m.norm(blk + "ffn_norm", WIDTH);
                    m.gated(blk);
                });
            case "qwen3moe" ->
                m.rms().expertKeys().layers(blk -> {
                    m.norm(blk + "attn_norm", WIDTH);
                    m.attention(blk, false);
                    m.norm(blk + "attn_q_norm", HEAD_DIM);
                    m.norm(blk + "attn_k_norm", HEAD_DIM);
                    m.norm(blk + "ffn_norm", WIDTH);
                    m.mixture(blk);
                });
            case "gpt-oss" -> {
                m.file.put(m.key("attention.sliding_window"), 24);
                yield m.rms().expertKeys().yarn().layers(blk -> {
                    m.norm(blk + "attn_norm", WIDTH);
                    m.attention(blk, true);
                    m.bias(blk + "attn_output", WIDTH);
                    m.tensor(blk + "attn_sinks.weight", 3, 0, HEADS);
                    m.norm(blk + "post_attention_norm", WIDTH);
                    m.mixture(blk);
                    m.bias(blk + "ffn_gate_inp", EXPERTS);
                    m.bias(blk + "ffn_gate_exps", EXPERT_HIDDEN, EXPERTS);
                    m.bias(blk + "ffn_up_exps", EXPERT_HIDDEN, EXPERTS);
                    m.bias(blk + "ffn_down_exps", WIDTH, EXPERTS);
                });
            }
            case "olmo2" -> {
                m.file.put(m.key("attention.sliding_window"), 24);
                yield m.rms().yarn().layers(blk -> {
                    m.attention(blk, false);
                    m.norm(blk + "attn_q_norm", HEADS * HEAD_DIM);
                    m.norm(blk + "attn_k_norm", KV_HEADS * HEAD_DIM);
                    m.norm(blk + "post_attention_norm", WIDTH);
                    m.gated(blk);
                    m.norm(blk + "post_ffw_norm", WIDTH);
                });
            }
            case "granite" -> {
                m.file.put(m.key("logit_scale"), 3f)
                        .put(m.key("residual_scale"), 0.4f)
                        .put(m.key("embedding_scale"), 5f)
                        .put(m.key("attention.scale"), 0.1f);
                yield m.rms().layers(blk -> {
                    m.norm(blk + "attn_norm", WIDTH);
                    m.attention(blk, false);
                    m.norm(blk + "ffn_norm", WIDTH);
                    m.gated(blk);
                });
            }
            case "glm4" -> {
                m.file.put(m.key("rope.dimension_count"), 8);
                yield m.rms().layers(blk -> {
                    m.norm(blk + "attn_norm", WIDTH);
                    m.attention(blk, true);
                    m.norm(blk + "post_attention_norm", WIDTH);
                    m.norm(blk + "ffn_norm", WIDTH);
                    m.matrix(blk + "ffn_up", WIDTH, 2 * HIDDEN);
                    m.matrix(blk + "ffn_down", HIDDEN, WIDTH);
                    m.norm(blk + "post_ffw_norm", WIDTH);
                });
            }
            case "internlm2", "exaone", "minicpm", "xverse" ->
                m.rms().layers(blk -> {
                    m.norm(blk + "attn_norm", WIDTH);
                    m.attention(blk, false);
                    m.norm(blk + "ffn_norm", WIDTH);
                    m.gated(blk);
                });
            case "qwen2vl" -> {
                m.file.put(m.key("rope.dimension_sections"), new int[] {2, 3, 3, 0});
                yield m.rms(0).layers(blk -> {
                    m.norm(blk + "attn_norm", WIDTH);
                    m.attention(blk, true);
                    m.norm(blk + "ffn_norm", WIDTH);
                    m.gated(blk);
                });
            }
            case "qwen3vlmoe" -> {
                m.file.put(m.key("rope.dimension_sections"), new int[] {4, 2, 2, 0});
                yield m.rms().expertKeys().layers(blk -> {
                    m.norm(blk + "attn_norm", WIDTH);
                    m.attention(blk, false);
                    m.norm(blk + "attn_q_norm", HEAD_DIM);
                    m.norm(blk + "attn_k_norm", HEAD_DIM);
                    m.norm(blk + "ffn_norm", WIDTH);
                    m.mixture(blk);
                });
            }
            case "qwen3vl" -> {
                m.file.put(m.key("rope.dimension_sections"), new int[] {2, 3, 3, 0});
                yield m.rms().layers(blk -> {
                    m.norm(blk + "attn_norm", WIDTH);
                    m.attention(blk, false);
                    m.norm(blk + "attn_q_norm", HEAD_DIM);
                    m.norm(blk + "attn_k_norm", HEAD_DIM);
                    m.norm(blk + "ffn_norm", WIDTH);
                    m.gated(blk);
                });
            }
            case "chatglm" -> {
                m.file.put(m.key("rope.dimension_count"), 8);
                yield m.rms().layers(blk -> {
                    m.norm(blk + "attn_norm", WIDTH);
                    m.fused(blk);
                    m.matrix(blk + "attn_output", HEADS * HEAD_DIM, WIDTH);
                    m.norm(blk + "ffn_norm", WIDTH);
                    m.matrix(blk + "ffn_up", WIDTH, 2 * HIDDEN);
                    m.matrix(blk + "ffn_down", HIDDEN, WIDTH);
                });
            }
            case "hunyuan-moe" -> {
                m.file.put(m.key("expert_shared_feed_forward_length"), 48);
                // The experts' width is read from feed_forward_length.
                m.file.put(m.key("feed_forward_length"), EXPERT_HIDDEN);
                yield m.rms().expertKeys().layers(blk -> {
                    m.norm(blk + "attn_norm", WIDTH);
                    m.attention(blk, false);
                    m.norm(blk + "attn_q_norm", HEAD_DIM);
                    m.norm(blk + "attn_k_norm", HEAD_DIM);
                    m.norm(blk + "ffn_norm", WIDTH);
                    m.mixture(blk);
                    m.matrix(blk + "ffn_gate_shexp", WIDTH, 48);
                    m.matrix(blk + "ffn_up_shexp", WIDTH, 48);
                    m.matrix(blk + "ffn_down_shexp", 48, WIDTH);
                });
            }
            case "olmo" -> {
                m.file.put(m.key("attention.clamp_kqv"), 0.8f);
                yield m.epsilon().layers(blk -> {
                    m.attention(blk, false);
                    m.gated(blk);
                });
            }
            case "command-r" -> {
                m.file.put(m.key("logit_scale"), 0.25f);
                m.tensors.remove("output.weight");
                m.norm("output_norm", WIDTH);
                yield m.epsilon().layers(blk -> {
                    m.norm(blk + "attn_norm", WIDTH);
                    m.attention(blk, false);
                    m.gated(blk);
                });
            }
            case "orion" ->
                m.layerNorm().layers(blk -> {
                    m.normWithBias(blk + "attn_norm");
                    m.attention(blk, false);
                    m.normWithBias(blk + "ffn_norm");
                    m.gated(blk);
                });
            case "nemotron", "codeshell" -> {
                if (architecture.equals("nemotron")) m.file.put(m.key("rope.dimension_count"), 8);
                yield m.layerNorm().layers(blk -> {
                    m.normWithBias(blk + "attn_norm");
                    m.attention(blk, true);
                    m.bias(blk + "attn_output", WIDTH);
                    m.normWithBias(blk + "ffn_norm");
                    m.plain(blk);
                });
            }
            case "gptneox", "starcoder" -> {
                if (architecture.equals("gptneox")) {
                    m.file.put(m.key("rope.dimension_count"), 8).put(m.key("use_parallel_residual"), true);
                } else {
                    m.tensor("position_embd.weight", 1, 0, WIDTH, 512);
                }
                yield m.layerNorm().layers(blk -> {
                    m.normWithBias(blk + "attn_norm");
                    m.fused(blk);
                    m.matrix(blk + "attn_output", HEADS * HEAD_DIM, WIDTH);
                    m.bias(blk + "attn_output", WIDTH);
                    m.normWithBias(blk + "ffn_norm");
                    m.plain(blk);
                });
            }
            case "gemma3n" -> gemma3n(m);
            case "mamba" -> {
                m.file.put(m.key("ssm.conv_kernel"), 4)
                        .put(m.key("ssm.inner_size"), 2 * WIDTH)
                        .put(m.key("ssm.state_size"), 8)
                        .put(m.key("ssm.time_step_rank"), 4);
                yield m.rms().layers(blk -> {
                    m.norm(blk + "attn_norm", WIDTH);
                    m.matrix(blk + "ssm_in", WIDTH, 4 * WIDTH);
                    m.convolution(blk, 4, 2 * WIDTH);
                    m.matrix(blk + "ssm_x", 2 * WIDTH, 4 + 2 * 8);
                    m.matrix(blk + "ssm_dt", 4, 2 * WIDTH);
                    m.bias(blk + "ssm_dt", 2 * WIDTH);
                    m.tensor(blk + "ssm_a", 1.5f, -1, 8, 2 * WIDTH);
                    m.tensor(blk + "ssm_d", 1, 1, 2 * WIDTH);
                    m.matrix(blk + "ssm_out", 2 * WIDTH, WIDTH);
                });
            }
            case "nemotron_h_moe" -> nemotron(m);
            case "nomic-bert", "nomic-bert-moe", "jina-bert-v3" -> bert(m, architecture);
            case "eurobert" -> {
                m.tensors.remove("output.weight");
                m.file.put(m.key("attention.causal"), false);
                yield m.rms().layers(blk -> {
                    m.norm(blk + "attn_norm", WIDTH);
                    m.attention(blk, false);
                    m.norm(blk + "ffn_norm", WIDTH);
                    m.gated(blk);
                });
            }
            default -> throw new IllegalArgumentException(architecture);
        };
    }

    /** As many layers as llama.cpp takes to have keys of their own, and two that share them. */
    private static TinyModel gemma3n(TinyModel m) {
        int size = 256;
        int layers = 22;
        m.file.put(m.key("attention.sliding_window"), 24)
                .put(m.key("attention.shared_kv_layers"), 2)
                .put(m.key("embedding_length_per_layer_input"), size)
                .put(m.key("final_logit_softcapping"), 30f)
                .put(m.key("block_count"), layers);
        m.tensors.remove("output.weight");
        m.experts("altup_proj", WIDTH, WIDTH, 3);
        m.experts("altup_unembd_proj", WIDTH, WIDTH, 3);
        m.matrix("per_layer_token_embd", size * layers, TinyModel.VOCABULARY);
        m.matrix("per_layer_model_proj", WIDTH, size * layers);
        m.norm("per_layer_proj_norm", size);
        return m.rms().layers(layers, blk -> {
            m.norm(blk + "attn_norm", WIDTH);
            m.attention(blk, false);
            m.norm(blk + "attn_q_norm", HEAD_DIM);
            m.norm(blk + "attn_k_norm", HEAD_DIM);
            m.norm(blk + "post_attention_norm", WIDTH);
            m.norm(blk + "ffn_norm", WIDTH);
            m.gated(blk);
            m.norm(blk + "post_ffw_norm", WIDTH);
            m.matrix(blk + "inp_gate", WIDTH, size);
            m.matrix(blk + "proj", size, WIDTH);
            m.norm(blk + "post_norm", WIDTH);
            m.matrix(blk + "altup_correct_coef", 4, 4);
            m.norm(blk + "altup_correct_scale", WIDTH);
            m.matrix(blk + "altup_predict_coef", 4, 16);
            m.matrix(blk + "altup_router", WIDTH, 4);
            m.norm(blk + "altup_router_norm", WIDTH);
            m.matrix(blk + "laurel_l", WIDTH, 64);
            m.matrix(blk + "laurel_r", 64, WIDTH);
            m.norm(blk + "laurel_post_norm", WIDTH);
        });
    }

    /** Mamba-2, experts on a narrower stream, attention, experts, Mamba-2. */
    private static TinyModel nemotron(TinyModel m) {
        int latent = 24;
        int shared = 40;
        int inner = 32;
        int state = 8;
        int heads = 4;
        m.file.put(m.key("attention.head_count_kv"), new int[] {0, 0, KV_HEADS, 0, 0})
                .put(m.key("feed_forward_length"), new int[] {0, EXPERT_HIDDEN, 0, EXPERT_HIDDEN, 0})
                .put(m.key("expert_shared_feed_forward_length"), shared)
                .put(m.key("expert_shared_count"), 1)
                .put(m.key("expert_weights_norm"), true)
                .put(m.key("expert_weights_scale"), 2.5f)
                .put(m.key("moe_latent_size"), latent)
                .put(m.key("ssm.conv_kernel"), 4)
                .put(m.key("ssm.inner_size"), inner)
                .put(m.key("ssm.state_size"), state)
                .put(m.key("ssm.time_step_rank"), heads)
                .put(m.key("ssm.group_count"), 2);
        return m.rms().expertKeys().layers(blk -> {
            m.norm(blk + "attn_norm", WIDTH);
            switch (blk) {
                case "blk.2." -> m.attention(blk, false);
                case "blk.1.", "blk.3." -> {
                    m.matrix(blk + "ffn_gate_inp", WIDTH, EXPERTS);
                    m.bias(blk + "exp_probs_b", EXPERTS);
                    m.matrix(blk + "ffn_latent_down", WIDTH, latent);
                    m.matrix(blk + "ffn_latent_up", latent, WIDTH);
                    m.experts(blk + "ffn_up_exps", latent, EXPERT_HIDDEN, EXPERTS);
                    m.experts(blk + "ffn_down_exps", EXPERT_HIDDEN, latent, EXPERTS);
                    m.matrix(blk + "ffn_up_shexp", WIDTH, shared);
                    m.matrix(blk + "ffn_down_shexp", shared, WIDTH);
                }
                default -> {
                    m.matrix(blk + "ssm_in", WIDTH, 2 * inner + 2 * 2 * state + heads);
                    m.convolution(blk, 4, inner + 2 * 2 * state);
                    m.bias(blk + "ssm_dt", heads);
                    m.tensor(blk + "ssm_a", 1.5f, -1, 1, heads);
                    m.tensor(blk + "ssm_d", 1, 1, 1, heads);
                    m.tensor(blk + "ssm_norm.weight", 0.4f, 1, inner / 2, 2);
                    m.matrix(blk + "ssm_out", inner, WIDTH);
                }
            }
        });
    }

    private static TinyModel bert(TinyModel m, String architecture) {
        boolean gated = architecture.equals("nomic-bert");
        boolean mixed = architecture.equals("nomic-bert-moe");
        m.tensors.remove("output.weight");
        m.file.put(m.key("attention.causal"), false).put("tokenizer.ggml.token_type_count", 2);
        if (mixed) m.file.put(m.key("moe_every_n_layers"), 2);
        m.tensor("token_types.weight", 1, 0, WIDTH, 2);
        m.normWithBias("token_embd_norm");
        return (mixed ? m.expertKeys() : m).epsilon().layers(blk -> {
            m.attention(blk, !gated);
            if (!gated) m.bias(blk + "attn_output", WIDTH);
            m.normWithBias(blk + "attn_output_norm");
            if (gated) {
                m.gated(blk);
            } else if (mixed && (blk.equals("blk.1.") || blk.equals("blk.3."))) {
                m.matrix(blk + "ffn_gate_inp", WIDTH, EXPERTS);
                m.experts(blk + "ffn_up_exps", WIDTH, HIDDEN, EXPERTS);
                m.experts(blk + "ffn_down_exps", HIDDEN, WIDTH, EXPERTS);
            } else {
                m.plain(blk);
            }
            m.normWithBias(blk + "layer_output_norm");
        });
    }
}
