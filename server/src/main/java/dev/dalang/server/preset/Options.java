package dev.dalang.server.preset;

import dev.dalang.api.ChatRequest;
import dev.dalang.server.http.Fields;
import dev.dalang.server.http.SamplerFields;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Ollama's {@code options}, of a request or of a model made with them: sampling and limits go where the doorway has a place for them; what is about how Ollama's own engine loads
 * a model goes along as an extension, so that the model says that it has no effect; any other name is refused.
 */
public final class Options {

    /** Of loading, and of shifting a full context, which is not done here. */
    private static final List<String> OF_THE_ENGINE = List.of(
            "num_keep",
            "num_batch",
            "num_gpu",
            "main_gpu",
            "num_thread",
            "numa",
            "low_vram",
            "f16_kv",
            "logits_all",
            "vocab_only",
            "use_mmap",
            "use_mlock",
            "penalize_newline",
            "embedding_only",
            "num_gqa",
            "rope_frequency_base",
            "rope_frequency_scale",
            "draft_num_predict");

    private Options() {}

    public static void read(@Nullable Fields o, ChatRequest.Builder b) {
        if (o == null) return;
        b.sampling(SamplerFields.read(o).build());
        b.stop(o.textOrTexts("stop"));
        Integer most = o.integer("num_predict");
        // -1 is without limit and -2 as far as the context goes, which is the same here.
        if (most != null && most < -2) throw o.invalid("num_predict", "must be at least -2, not " + most);
        if (most != null && most >= 0) b.maxTokens(most);
        Integer context = o.integer("num_ctx");
        if (context != null && context < 1) throw o.invalid("num_ctx", "must be at least 1, not " + context);
        b.contextLength(context);
        o.refuseUnless("tfs_z", "1", "tail-free sampling is not done; min_p does what it was for");
        Map<String, String> extensions = new LinkedHashMap<>();
        for (String name : OF_THE_ENGINE) {
            String json = o.json(name);
            if (json != null) extensions.put(name, json);
        }
        b.extensions(extensions);
    }
}
