package dev.dalang.engine.tokenizer;

import dev.dalang.api.DalangException;
import dev.dalang.engine.format.Metadata;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A folder's tokenizer in the words of GGUF ({@code tokenizer.ggml.*}). Which of the ways of cutting text that GGUF has
 * names for is the tokenizer's own is found by trying: a sample must give the same ids.
 */
public final class GgufVocabulary {

    /** One name for each way of cutting, the common ones first. */
    private static final List<String> CUTS = List.of(
            "llama-bpe",
            "qwen2",
            "tekken",
            "gpt-4o",
            "gpt-2",
            "smollm",
            "glm4",
            "qwen35",
            "deepseek-v3",
            "deepseek-llm",
            "deepseek-coder",
            "kimi-k2",
            "seed-coder",
            "bailingmoe",
            "exaone-moe",
            "minicpm5",
            "falcon",
            "bloom",
            "viking",
            "tiny_aya",
            "afmoe",
            "default");

    /** Scripts, digits, cases, contractions, punctuation and spaces, in the combinations that cuts differ in. */
    private static final String SAMPLE =
            "Hello World, it's I'LL we'Ve don't  do\n\n  x = 3.14159; 1234567 33 3333\t\tnaïve"
                    + " CamelCaseHTTPServer foo_bar(baz)->qux != [1,22,333] \r\n http://a.b/c?d=e&f \u4f60\u597d\uff0c\u4e16"
                    + "\u754c\u3002\u65e5\u672c\u8a9e\u306e\u30c6\u30b9\u30c8 \u041f\u0440\u0438\u0432\u0435\u0442 \u043c"
                    + "\u0438\u0440 \ud55c\uad6d\uc5b4 \u0e20\u0e32\u0e29\u0e32\u0e44\u0e17\u0e22 e\u0301 \ud83d\ude80\ud83e"
                    + "\udd99 ...!!?? /* c */ \"quoted\" 'single' #tag $5.00 a   b    \n c \n\n\n";

    private GgufVocabulary() {}

    /**
     * @param size ids that the model knows; what the tokenizer has no token for is filled up
     * @throws DalangException if there is no tokenizer, or one that GGUF has no words for
     */
    public static Map<String, Metadata.Value> of(Path folder, int size) {
        if (!(Tokenizers.fromFolder(folder) instanceof PipelineTokenizer tokenizer)) throw unknown(folder);
        Map<String, Metadata.Value> keys = new LinkedHashMap<>();
        Vocabulary vocabulary = tokenizer.vocabulary();
        tokens(vocabulary, Math.max(size, vocabulary.size()), keys);
        roles(tokenizer, keys);
        Path json = folder.resolve("tokenizer.json");
        if (Files.isRegularFile(json)) {
            Json model = Json.read(json).get("model");
            if (model.get("merges").isNull()) throw unknown(folder);
            String[] merges = merges(model.get("merges"));
            return model.get("byte_fallback").bool(false)
                    ? spaceMarks(folder, tokenizer, scores(vocabulary, merges), keys)
                    : byteAlphabet(folder, tokenizer, merges, keys);
        }
        double[] scores = new double[vocabulary.size()];
        for (int id = 0; id < scores.length; id++) scores[id] = vocabulary.score(id);
        return spaceMarks(folder, tokenizer, scores, keys);
    }

    private static void tokens(Vocabulary vocabulary, int size, Map<String, Metadata.Value> keys) {
        String[] tokens = new String[size];
        long[] types = new long[size];
        for (int id = 0; id < size; id++) {
            boolean known = id < vocabulary.size() && !vocabulary.token(id).isEmpty();
            tokens[id] = known ? vocabulary.token(id) : "[PAD" + id + "]";
            types[id] = (known ? vocabulary.type(id) : TokenType.UNUSED).ordinal();
        }
        keys.put("tokenizer.ggml.tokens", array(Metadata.Type.STRING, tokens));
        keys.put("tokenizer.ggml.token_type", array(Metadata.Type.INT32, types));
    }

    private static void roles(PipelineTokenizer tokenizer, Map<String, Metadata.Value> keys) {
        SpecialTokens special = tokenizer.special();
        role("bos", special.bos(), keys);
        role("eos", special.eos(), keys);
        role("eot", special.eot(), keys);
        role("eom", special.eom(), keys);
        role("unknown", special.unk(), keys);
        role("padding", special.pad(), keys);
        keys.put("tokenizer.ggml.add_bos_token", flag(tokenizer.addsBos()));
        keys.put("tokenizer.ggml.add_eos_token", flag(tokenizer.addsEos()));
    }

    private static void role(String name, int id, Map<String, Metadata.Value> keys) {
        if (id < 0) return;
        keys.put("tokenizer.ggml." + name + "_token_id", new Metadata.Value(Metadata.Type.UINT32, null, (long) id));
    }

    private static String[] merges(Json list) {
        return list.list().stream()
                .map(merge -> merge.isList()
                        ? String.join(
                                " ", merge.list().stream().map(Json::string).toList())
                        : merge.string())
                .toArray(String[]::new);
    }

    /** Priorities of the tokens that merges make: the earlier the merge, the higher. */
    private static double[] scores(Vocabulary vocabulary, String[] merges) {
        Map<String, Integer> ranks = HashMap.newHashMap(merges.length);
        for (int i = 0; i < merges.length; i++) {
            int space = merges[i].indexOf(' ', 1);
            if (space > 0) ranks.putIfAbsent(merges[i].substring(0, space) + merges[i].substring(space + 1), i);
        }
        double[] scores = new double[vocabulary.size()];
        for (int id = 0; id < scores.length; id++) {
            scores[id] = -ranks.getOrDefault(vocabulary.token(id), merges.length);
        }
        return scores;
    }

    private static Map<String, Metadata.Value> spaceMarks(
            Path folder, PipelineTokenizer tokenizer, double[] scores, Map<String, Metadata.Value> keys) {
        double[] all = new double[new Metadata(null, keys).strings("tokenizer.ggml.tokens").length];
        for (int id = 0; id < all.length; id++) all[id] = id < scores.length ? scores[id] : -1e6;
        keys.put("tokenizer.ggml.model", text("llama"));
        keys.put("tokenizer.ggml.pre", text("default"));
        keys.put("tokenizer.ggml.scores", array(Metadata.Type.FLOAT32, all));
        for (boolean prefix : new boolean[] {true, false}) {
            keys.put("tokenizer.ggml.add_space_prefix", flag(prefix));
            if (same(tokenizer, keys)) return keys;
        }
        throw unknown(folder);
    }

    private static Map<String, Metadata.Value> byteAlphabet(
            Path folder, PipelineTokenizer tokenizer, String[] merges, Map<String, Metadata.Value> keys) {
        keys.put("tokenizer.ggml.model", text("gpt2"));
        keys.put("tokenizer.ggml.merges", array(Metadata.Type.STRING, merges));
        for (String cut : CUTS) {
            keys.put("tokenizer.ggml.pre", text(cut));
            if (same(tokenizer, keys)) return keys;
        }
        throw unknown(folder);
    }

    private static boolean same(Tokenizer tokenizer, Map<String, Metadata.Value> keys) {
        Tokenizer read = Tokenizers.fromGguf(new Metadata(null, keys));
        return Arrays.equals(tokenizer.encode(SAMPLE, false), read.encode(SAMPLE, false));
    }

    private static Metadata.Value text(String value) {
        return new Metadata.Value(Metadata.Type.STRING, null, value);
    }

    private static Metadata.Value flag(boolean value) {
        return new Metadata.Value(Metadata.Type.BOOL, null, value);
    }

    private static Metadata.Value array(Metadata.Type element, Object values) {
        return new Metadata.Value(Metadata.Type.ARRAY, element, values);
    }

    private static DalangException unknown(Path folder) {
        return DalangException.unsupported(
                folder + ": the tokenizer is of a kind that a GGUF file cannot hold as far as is known here;"
                        + " quantise from a GGUF file of the model",
                "tokenizer");
    }
}
