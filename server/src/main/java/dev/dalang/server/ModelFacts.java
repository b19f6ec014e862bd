package dev.dalang.server;

import dev.dalang.api.DalangException;
import dev.dalang.engine.format.Metadata;
import dev.dalang.engine.format.ModelSource;
import dev.dalang.engine.format.TensorInfo;
import dev.dalang.engine.generate.LocalRanker;
import dev.dalang.engine.generate.ModelSources;
import dev.dalang.hub.store.InstalledModel;
import dev.dalang.hub.store.Quants;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a model's file says of it, for lists; read once for each state of the file. */
final class ModelFacts {
    private static final int MOST = 1000;
    private static final Set<String> ENCODERS = Set.of("bert", "nomic-bert", "jina-bert-v2", "modern-bert", "roberta");

    /** @see ServedModel */
    record Facts(
            @Nullable String family,
            String format,
            @Nullable String quantisation,
            @Nullable Long parameters,
            @Nullable Integer context,
            Set<String> capabilities) {}

    private record Key(Path path, long bytes, long modified) {}

    private final Map<Key, Facts> known = new LinkedHashMap<>();

    Facts of(InstalledModel m) {
        Key key = new Key(m.path(), m.bytes(), m.modified().toEpochMilli());
        synchronized (this) {
            Facts facts = known.get(key);
            if (facts != null) return facts;
        }
        Facts facts = read(m);
        synchronized (this) {
            known.put(key, facts);
            if (known.size() > MOST) known.remove(known.keySet().iterator().next());
        }
        return facts;
    }

    private static Facts read(InstalledModel m) {
        String format = Files.isDirectory(m.path()) ? "safetensors" : "gguf";
        try (ModelSource source = ModelSources.open(m.path())) {
            Metadata meta = source.metadata();
            String family = meta.stringOrNull("general.architecture");
            long parameters = source.tensors().values().stream()
                    .mapToLong(TensorInfo::elements)
                    .sum();
            String quant = Quants.of(m.name());
            if (quant.isEmpty()) quant = Quants.of(m.path().toString());
            if (quant.isEmpty()) quant = mostlyOf(source);
            long context = family == null ? 0 : meta.integer(family + ".context_length", 0);
            return new Facts(
                    family,
                    format,
                    quant.isEmpty() ? null : quant,
                    parameters,
                    context < 1 || context > Integer.MAX_VALUE ? null : (int) context,
                    capabilities(family, meta));
        } catch (DalangException e) {
            // What does not open is listed all the same; asking it says what is wrong.
            return new Facts(null, format, null, null, null, Set.of());
        }
    }

    /** The type of the tensors that take most. */
    private static String mostlyOf(ModelSource source) {
        Map<String, Long> bytes = new LinkedHashMap<>();
        source.tensors().values().forEach(t -> bytes.merge(t.type().name(), t.bytes(), Long::sum));
        return bytes.entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .map(Map.Entry::getKey)
                .orElse("");
    }

    private static Set<String> capabilities(@Nullable String family, Metadata meta) {
        Set<String> all = new LinkedHashSet<>();
        boolean encoder = family != null && ENCODERS.contains(family);
        String pooling = family + ".pooling_type";
        boolean ranks = meta.integer(pooling, -1) == LocalRanker.RANK;
        if (!ranks && (encoder || meta.has(pooling))) all.add("embedding");
        if (encoder) return all;
        all.add("completion");
        String template = meta.string("tokenizer.chat_template", "");
        if (template.contains("tools")) all.add("tools");
        if (template.contains("<think>") || template.contains("enable_thinking") || template.contains("reasoning")) {
            all.add("thinking");
        }
        if (meta.has("tokenizer.ggml.fim_pre_token_id") || meta.has("tokenizer.ggml.prefix_token_id"))
            all.add("insert");
        return all;
    }
}
