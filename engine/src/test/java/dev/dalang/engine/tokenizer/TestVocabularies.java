package dev.dalang.engine.tokenizer;

import dev.dalang.engine.format.Metadata;
import dev.dalang.engine.format.Metadata.Type;
import dev.dalang.engine.format.Metadata.Value;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Small vocabularies made here, as GGUF metadata. */
final class TestVocabularies {

    private TestVocabularies() {}

    static Value string(String value) {
        return new Value(Type.STRING, null, value);
    }

    static Value strings(List<String> values) {
        return new Value(Type.ARRAY, Type.STRING, values.toArray(String[]::new));
    }

    static Value integers(List<Long> values) {
        return new Value(
                Type.ARRAY,
                Type.INT32,
                values.stream().mapToLong(Long::longValue).toArray());
    }

    static Value reals(List<Double> values) {
        return new Value(
                Type.ARRAY,
                Type.FLOAT32,
                values.stream().mapToDouble(Double::doubleValue).toArray());
    }

    static Value integer(long value) {
        return new Value(Type.UINT32, null, value);
    }

    static Value bool(boolean value) {
        return new Value(Type.BOOL, null, value);
    }

    static Metadata metadata(Map<String, Value> values) {
        return new Metadata("test.gguf", values);
    }

    /** SentencePiece: unknown, BOS, EOS, bytes, a user-defined and some ordinary tokens. */
    static Map<String, Value> sentencePiece() {
        List<String> tokens = new ArrayList<>(List.of("<unk>", "<s>", "</s>"));
        List<Long> types = new ArrayList<>(List.of(2L, 3L, 3L));
        List<Double> scores = new ArrayList<>(List.of(0.0, 0.0, 0.0));
        for (int b = 0; b < 256; b++) {
            tokens.add(Vocabulary.byteToken(b));
            types.add(6L);
            scores.add(0.0);
        }
        String[] ordinary = {"▁", "a", "b", "▁a", "ab", "▁ab", "é", "abab", "▁▁", "中", "</", "s>", "😀", "e"};
        for (int i = 0; i < ordinary.length; i++) {
            tokens.add(ordinary[i]);
            types.add(1L);
            scores.add(-(double) i);
        }
        tokens.add("<tool>");
        types.add(4L);
        scores.add(0.0);
        Map<String, Value> values = new LinkedHashMap<>();
        values.put("tokenizer.ggml.model", string("llama"));
        values.put("tokenizer.ggml.tokens", strings(tokens));
        values.put("tokenizer.ggml.token_type", integers(types));
        values.put("tokenizer.ggml.scores", reals(scores));
        return values;
    }

    /** Byte-level pairs: all bytes, a few merges, control tokens at the end. */
    static Map<String, Value> bytePairs(String pre) {
        List<String> tokens = new ArrayList<>();
        List<Long> types = new ArrayList<>();
        for (int b = 0; b < 256; b++) tokens.add(String.valueOf(ByteAlphabet.letter(b)));
        List<String> merges = List.of("a b", "Ġ a", "Ã ©", "ab ab", "Ġa b", "< |", "1 2");
        for (String merge : merges) tokens.add(merge.replace(" ", ""));
        for (int i = 0; i < tokens.size(); i++) types.add(1L);
        for (String control : List.of("<|endoftext|>", "<|im_start|>", "<|im_end|>")) {
            tokens.add(control);
            types.add(3L);
        }
        Map<String, Value> values = new LinkedHashMap<>();
        values.put("tokenizer.ggml.model", string("gpt2"));
        values.put("tokenizer.ggml.pre", string(pre));
        values.put("tokenizer.ggml.tokens", strings(tokens));
        values.put("tokenizer.ggml.token_type", integers(types));
        values.put("tokenizer.ggml.merges", strings(merges));
        values.put("tokenizer.ggml.eos_token_id", integer(tokens.size() - 3));
        values.put("tokenizer.ggml.bos_token_id", integer(tokens.size() - 3));
        return values;
    }

    static Tokenizer sentencePieceTokenizer() {
        return Tokenizers.fromGguf(metadata(sentencePiece()));
    }

    static Tokenizer bytePairTokenizer(String pre) {
        return Tokenizers.fromGguf(metadata(bytePairs(pre)));
    }
}
