package dev.dalang.engine.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.engine.testing.Shared;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Ids that other implementations gave: Hugging Face's, OpenAI's, Mistral's. */
class ReferenceCasesTest {

    private static final String ROOT = "external/tokenizers/";

    @TempDir
    Path folder;

    private final List<String> wrong = new ArrayList<>();
    private int checked;

    private static Tokenizer open(String path) {
        return Tokenizers.open(Shared.require(ROOT + path));
    }

    private void check(String text, int[] actual, List<Integer> expected) {
        checked++;
        List<Integer> ids = Arrays.stream(actual).boxed().toList();
        if (!ids.equals(expected)) wrong.add("'" + text + "'\n  gives " + ids + "\n  not   " + expected);
    }

    private static List<Integer> ids(Json list) {
        return list.list().stream().map(id -> id.integer(0, Integer.MAX_VALUE)).toList();
    }

    @Test
    void qwen2FromVocabularyAndMerges() throws IOException {
        Tokenizer tokenizer = open("qwen2");
        Path folder = Shared.require(ROOT + "qwen2");
        List<String> samples = LlamaCppVocabularyTest.samples(folder.resolve("ggml-vocab-qwen2.gguf.inp"));
        LlamaCppVocabularyTest.check(tokenizer, samples, folder.resolve("ggml-vocab-qwen2.gguf.out"));
        assertThat(tokenizer.special().eos()).isEqualTo(151645);
        assertThat(tokenizer.isEndOfGeneration(151643)).isTrue();
        assertThat(tokenizer.addsBos()).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"cl100k_base,423", "o200k_base,421"})
    void tiktoken(String encoding, int rows) throws IOException {
        Tokenizer tokenizer = open("jtokkit/" + encoding + ".tiktoken");
        Path csv = Shared.require(ROOT + "jtokkit/" + encoding + "_encodings.csv");
        for (List<String> row : csv(Files.readString(csv)).stream().skip(1).toList()) {
            Json expected = Json.parse("csv", row.get(1).getBytes());
            int[] ids = tokenizer.encode(row.getFirst(), false);
            check(row.getFirst(), ids, ids(expected));
            if (!tokenizer.decode(ids, false).equals(row.getFirst())) wrong.add("decode of " + row.getFirst());
        }
        assertThat(wrong).isEmpty();
        assertThat(checked).isEqualTo(rows);
    }

    private static List<List<String>> csv(String text) {
        List<List<String>> rows = new ArrayList<>();
        List<String> row = new ArrayList<>();
        StringBuilder cell = new StringBuilder();
        boolean quoted = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (quoted) {
                if (c != '"') cell.append(c);
                else if (i + 1 < text.length() && text.charAt(i + 1) == '"') cell.append(text.charAt(i++));
                else quoted = false;
            } else if (c == '"') {
                quoted = true;
            } else if (c == ',' || c == '\n') {
                row.add(cell.toString());
                cell.setLength(0);
                if (c == '\n') {
                    rows.add(row);
                    row = new ArrayList<>();
                }
            } else if (c != '\r') {
                cell.append(c);
            }
        }
        if (!row.isEmpty()) {
            row.add(cell.toString());
            rows.add(row);
        }
        return rows;
    }

    @ParameterizedTest
    @CsvSource({
        "Xenova__Qwen1.5-0.5B-Chat, qwen2, 25",
        "openai-community__gpt2, llama.cpp/ggml-vocab-gpt-2.gguf, 26",
        "Xenova__gpt2, llama.cpp/ggml-vocab-gpt-2.gguf, 26",
        "tiiuae__falcon-rw-1b, llama.cpp/ggml-vocab-gpt-2.gguf, 15",
        "Xenova__gpt-4, jtokkit/cl100k_base.tiktoken, 4",
        "Xenova__gpt-4o, jtokkit/o200k_base.tiktoken, 15",
        "Xenova__bert-base-uncased, llama.cpp/ggml-vocab-bert-bge.gguf, 29",
        "Xenova__bert-base-uncased, hf-tokenizer-json/model2vec-wordpiece, 29",
        "Xenova__distilbert-base-uncased-finetuned-sst-2-english, hf-tokenizer-json/model2vec-wordpiece, 12",
        "Xenova__llama-tokenizer, llama.cpp/ggml-vocab-llama-spm.gguf, 37",
        "Xenova__llama-tokenizer, llama.cpp/ggml-vocab-phi-3.gguf, 37"
    })
    void transformersJs(String cases, String vocabulary, int count) {
        Tokenizer tokenizer = open(vocabulary);
        Json all = Json.read(Shared.require(ROOT + "transformers.js/" + cases + ".json"));
        for (Json one : all.members().values()) {
            if (!one.get("text_pair").isNull()) continue;
            String text = one.get("text").string();
            int[] ids = tokenizer.withSpecials(tokenizer.encode(text, true));
            check(text, ids, ids(one.get("ids")));
        }
        assertThat(wrong).isEmpty();
        assertThat(checked).isEqualTo(count);
    }

    @ParameterizedTest
    @CsvSource({
        "bert-base-uncased, swift-transformers/bert-vocab.txt",
        "google-bert/bert-base-uncased, hf-tokenizer-json/model2vec-wordpiece",
        "distilgpt2, llama.cpp/ggml-vocab-gpt-2.gguf",
        "coreml-projects/Llama-2-7b-chat-coreml, llama.cpp/ggml-vocab-llama-spm.gguf"
    })
    void swiftTransformers(String model, String vocabulary) throws IOException {
        Tokenizer tokenizer = vocabulary.endsWith(".txt") ? bertVocabulary() : open(vocabulary);
        Json all = Json.read(Shared.require(ROOT + "swift-transformers/tokenizer_tests.json"));
        for (Json one : all.get(model).list()) {
            String text = one.get("input").string();
            List<Integer> expected = ids(one.get("encoded").get("input_ids"));
            check(text, tokenizer.withSpecials(tokenizer.encode(text, true)), expected);
            int[] ids = expected.stream().mapToInt(i -> i).toArray();
            String decoded = tokenizer.decode(ids, false);
            String reference = one.get("decoded_without_special").string();
            if (!decoded.equals(reference) && !cleanUp(decoded).equals(reference)) wrong.add("decoded: " + decoded);
        }
        assertThat(wrong).isEmpty();
        assertThat(checked).isPositive();
    }

    /** English Whisper's words are those of GPT-2; its control tokens lie behind them. */
    @Test
    void whisperInTheWordsOfGpt2() {
        Tokenizer tokenizer = open("llama.cpp/ggml-vocab-gpt-2.gguf");
        Path folder = Shared.require(ROOT + "swift-transformers");
        Json all = Json.read(folder.resolve("tokenizer_tests.json"));
        for (Json one : all.get("openai/whisper-tiny.en").list()) {
            String text = one.get("input").string();
            check(
                    text,
                    tokenizer.encode(text, true),
                    words(ids(one.get("encoded").get("input_ids"))));
        }
        Json one = Json.read(folder.resolve("whisper_tiny_en_encoded.json"));
        String text = one.get("text").string();
        check(text, tokenizer.encode(text, true), words(ids(one.get("token_ids"))));
        assertThat(wrong).isEmpty();
        assertThat(checked).isEqualTo(19);
    }

    private static List<Integer> words(List<Integer> ids) {
        return ids.stream().filter(id -> id < 50256).toList();
    }

    /** What the Python library does to decoded text where a model's configuration does not forbid it. */
    private static String cleanUp(String text) {
        return text.replace(" .", ".")
                .replace(" ?", "?")
                .replace(" !", "!")
                .replace(" ,", ",")
                .replace(" ' ", "'")
                .replace(" n't", "n't")
                .replace(" 'm", "'m")
                .replace(" 's", "'s")
                .replace(" 've", "'ve")
                .replace(" 're", "'re");
    }

    /** A vocabulary by itself: the configuration that lies beside it belongs to another model. */
    private Tokenizer bertVocabulary() throws IOException {
        Path vocabulary = Shared.require(ROOT + "swift-transformers/bert-vocab.txt");
        Files.copy(vocabulary, folder.resolve("vocab.txt"));
        return Tokenizers.fromFolder(folder);
    }

    @ParameterizedTest
    @CsvSource({
        "bert_uncased_encoded, swift-transformers/bert-vocab.txt",
        "gpt2_encoded_tokens, llama.cpp/ggml-vocab-gpt-2.gguf",
        "llama_encoded, llama.cpp/ggml-vocab-llama-spm.gguf"
    })
    void swiftTransformersLongText(String file, String vocabulary) throws IOException {
        Tokenizer tokenizer = vocabulary.endsWith(".txt") ? bertVocabulary() : open(vocabulary);
        Json one = Json.read(Shared.require(ROOT + "swift-transformers/" + file + ".json"));
        Json expected = one.get("token_ids");
        List<Integer> ids =
                ids(expected.isString() ? Json.parse(file, expected.string().getBytes()) : expected);
        String text = one.get("text").string();
        check(text, tokenizer.withSpecials(tokenizer.encode(text, true)), ids);
        assertThat(wrong).isEmpty();
    }

    @Test
    void aSmallTokenizerJson() {
        Tokenizer tokenizer = Tokenizers.fromTokenizerJson(Shared.require(ROOT + "swift-transformers/tokenizer.json"));
        assertThat(tokenizer.vocabularySize()).isEqualTo(7);
        assertThat(tokenizer.encode("<bos>x<eos>", true)).containsExactly(0, 3, 2);
    }

    @ParameterizedTest
    @CsvSource({"v1, 1", "v2, 6", "v3, 6"})
    void mistral(String version, int count) throws IOException {
        String file = Map.of(
                        "v1", "tokenizer.model.v1",
                        "v2", "mistral_instruct_tokenizer_240216.model.v2",
                        "v3", "mistral_instruct_tokenizer_240323.model.v3")
                .get(version);
        Tokenizer tokenizer = open("mistral-common/" + file);
        Path samples = Shared.require(ROOT + "mistral-common/samples");
        try (var folders = Files.list(samples)) {
            for (Path sample : folders.sorted().toList()) {
                Path text = sample.resolve("text_" + version + ".txt");
                if (!Files.exists(text)) continue;
                List<Integer> expected = ids(
                        Json.read(sample.resolve("tokens_" + version + ".json")).get("tokens"));
                // The text file is the pieces joined: a space that the encoder put in front of a stretch is in it.
                String written = Files.readString(text)
                        // The first version knows no control tokens but BOS and EOS.
                        .replaceAll(version.equals("v1") ? "(</?s>)[▁ ]" : "(\\[/?[A-Z_]+\\]|</?s>)[▁ ]", "$1")
                        .replace("<0x0A>", "\n")
                        .replace('▁', ' ');
                check(written, tokenizer.encode(written, true), expected);
            }
        }
        assertThat(wrong).isEmpty();
        assertThat(checked).isEqualTo(count);
    }

    @ParameterizedTest
    @CsvSource({
        "sentencepiece/test_model.model, 1000, I saw a girl with a telescope.",
        "sentencepiece/test_ja_model.model, 8000, 清水寺は京都にある。",
        "mistral-common/tokenizer.model.v1, 32000, I saw a girl with a telescope."
    })
    void sentencePieceModels(String file, int size, String text) {
        Tokenizer tokenizer = open(file);
        assertThat(tokenizer.vocabularySize()).isEqualTo(size);
        assertThat(tokenizer.token(0)).isEqualTo("<unk>");
        assertThat(tokenizer.special().bos()).isEqualTo(1);
        assertThat(tokenizer.special().eos()).isEqualTo(2);
        int[] ids = tokenizer.encode(text, false);
        assertThat(ids).doesNotContain(0);
        assertThat(tokenizer.decode(ids, false)).isEqualTo(text);
    }
}
