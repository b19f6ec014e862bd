package dev.dalang.engine.tokenizer;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What the files beside a {@code tokenizer.json} say: which token has which role, what ends an answer. */
final class HfConfig {

    private static final Json NOTHING = new Json("", "", null);

    final Json tokenizer;
    private final Json specialMap;
    private final Json generation;
    private final Json model;

    private HfConfig(Json tokenizer, Json specialMap, Json generation, Json model) {
        this.tokenizer = tokenizer;
        this.specialMap = specialMap;
        this.generation = generation;
        this.model = model;
    }

    /** @param folder null for a file that stands alone */
    static HfConfig read(@Nullable Path folder) {
        return new HfConfig(
                optional(folder, "tokenizer_config.json"),
                optional(folder, "special_tokens_map.json"),
                optional(folder, "generation_config.json"),
                optional(folder, "config.json"));
    }

    static Json optional(@Nullable Path folder, String name) {
        if (folder == null || !Files.isRegularFile(folder.resolve(name))) return NOTHING;
        return Json.read(folder.resolve(name));
    }

    /** The class that the tokenizer was written for, without "Fast"; "" when nobody says. */
    String tokenizerClass() {
        Json name = tokenizer.get("tokenizer_class");
        return name.isString() ? name.string().replaceAll("Fast$", "") : "";
    }

    String modelType() {
        Json name = model.get("model_type");
        return name.isString() ? name.string().toLowerCase(Locale.ROOT) : "";
    }

    /** The token with a role ({@code bos}, {@code eos}, …), or null. */
    private @Nullable String token(String role) {
        for (Json json : List.of(tokenizer.get(role + "_token"), specialMap.get(role + "_token"))) {
            if (json.isString()) return json.string();
            if (json.get("content").isString()) return json.get("content").string();
        }
        return null;
    }

    private int role(Vocabulary vocabulary, String role, String... usual) {
        String declared = token(role);
        if (declared != null) return vocabulary.idOf(declared);
        for (Json source : List.of(generation, model)) {
            List<Integer> ids = ids(source.get(role + "_token_id"), vocabulary);
            if (!ids.isEmpty()) return ids.getFirst();
        }
        if (tokenizer.isObject()) return SpecialTokens.NONE;
        for (String name : usual) {
            if (vocabulary.idOf(name) >= 0) return vocabulary.idOf(name);
        }
        return SpecialTokens.NONE;
    }

    private static List<Integer> ids(Json json, Vocabulary vocabulary) {
        List<Integer> ids = new ArrayList<>();
        for (Json id : json.isList() ? json.list() : List.of(json)) {
            if (id.value() instanceof Long l && l >= 0 && l < vocabulary.size()) ids.add((int) (long) l);
        }
        return ids;
    }

    /** The ids that end an answer by the model's own configuration. */
    List<Integer> ends(Vocabulary vocabulary) {
        List<Integer> ends = new ArrayList<>(ids(generation.get("eos_token_id"), vocabulary));
        ends.addAll(ids(model.get("eos_token_id"), vocabulary));
        return ends;
    }

    SpecialTokens special(Vocabulary vocabulary, @Nullable String unknown, int newline) {
        int unk = unknown == null ? role(vocabulary, "unk", "<unk>", "[UNK]") : vocabulary.idOf(unknown);
        int mask = role(vocabulary, "mask", "[MASK]", "<mask>");
        return new SpecialTokens(
                role(vocabulary, "bos", "<s>", "<|begin_of_text|>", "<bos>", "[CLS]"),
                role(vocabulary, "eos", "</s>", "<|end_of_text|>", "<eos>", "<|endoftext|>", "[SEP]"),
                EndOfGeneration.find(vocabulary, -1, EndOfGeneration.END_OF_TURN),
                EndOfGeneration.find(vocabulary, -1, EndOfGeneration.END_OF_MESSAGE),
                unk,
                role(vocabulary, "sep", "[SEP]"),
                role(vocabulary, "pad", "<pad>", "[PAD]"),
                mask,
                newline,
                EndOfGeneration.find(vocabulary, -1, EndOfGeneration.FIM_PREFIX),
                EndOfGeneration.find(vocabulary, -1, EndOfGeneration.FIM_SUFFIX),
                EndOfGeneration.find(vocabulary, -1, EndOfGeneration.FIM_MIDDLE),
                EndOfGeneration.find(vocabulary, -1, EndOfGeneration.FIM_PAD),
                EndOfGeneration.find(vocabulary, -1, EndOfGeneration.FIM_REPOSITORY),
                EndOfGeneration.find(vocabulary, -1, EndOfGeneration.FIM_SEPARATOR));
    }
}
