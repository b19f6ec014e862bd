package dev.dalang.engine.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.engine.testing.Shared;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SpecialTokensTest {

    private final Tokenizer bytePairs = TestVocabularies.bytePairTokenizer("gpt-2");
    private final Tokenizer sentencePiece = TestVocabularies.sentencePieceTokenizer();

    @Test
    void controlTokensComeFromTrustedTextAlone() {
        int end = bytePairs.idOf("<|im_end|>");
        assertThat(bytePairs.encode("a<|im_end|>", true)).containsExactly(bytePairs.idOf("a"), end);
        assertThat(bytePairs.encode("a<|im_end|>", false)).doesNotContain(end);
        int[] mixed = bytePairs.encode(
                List.of(new Span("<|im_start|>", true), new Span("x<|im_end|>y", false), new Span("<|im_end|>", true)));
        assertThat(mixed[0]).isEqualTo(bytePairs.idOf("<|im_start|>"));
        assertThat(mixed[mixed.length - 1]).isEqualTo(end);
        assertThat(mixed).containsOnlyOnce(end);
        assertThat(bytePairs.decode(mixed, true)).isEqualTo("<|im_start|>x<|im_end|>y<|im_end|>");
    }

    @Test
    void noControlTokenAcrossTheBorderOfTrust() {
        int end = bytePairs.idOf("<|im_end|>");
        assertThat(bytePairs.encode(List.of(new Span("<|im_", true), new Span("end|>", false))))
                .doesNotContain(end);
        assertThat(bytePairs.encode(List.of(new Span("<|im_", true), new Span("end|>", true))))
                .containsExactly(end);
    }

    @Test
    void marksOfTheTemplateComeFromTrustedTextAlone() {
        int tool = sentencePiece.idOf("<tool>");
        List<Span> spans = List.of(new Span("<tool>", true), new Span("a<tool>b", false), new Span("<tool>", true));
        assertThat(Arrays.stream(sentencePiece.encode(spans)).filter(id -> id == tool))
                .hasSize(3);
        int[] ids = sentencePiece.encode(spans, Set.of("<tool>"));
        assertThat(Arrays.stream(ids).filter(id -> id == tool)).hasSize(2);
        assertThat(sentencePiece.decode(ids, true).replace(" ", "")).isEqualTo("<tool>a<tool>b<tool>");
    }

    @Test
    void whatLooksLikeAControlTokenIsOne() {
        // DeepSeek's file says of its turn marks that they are not special.
        Tokenizer tokenizer = json("{\"added_tokens\":[{\"id\":1,\"content\":\"<｜User｜>\",\"special\":false,"
                + "\"normalized\":true}],\"model\":{\"type\":\"WordLevel\",\"unk_token\":\"?\","
                + "\"vocab\":{\"a\":0,\"?\":2}}}");
        assertThat(tokenizer.encode("<｜User｜>", true)).containsExactly(1);
        assertThat(tokenizer.encode("<｜User｜>", false)).doesNotContain(1);
        assertThat(tokenizer.isControl(1)).isTrue();
    }

    @Test
    void mergesRunAcrossTheBorderOfTrust() {
        assertThat(bytePairs.encode(List.of(new Span("a", true), new Span("b", false))))
                .containsExactly(bytePairs.idOf("ab"));
        assertThat(sentencePiece.encode(List.of(new Span("a", true), new Span("b", false))))
                .isEqualTo(sentencePiece.encode("ab", false));
    }

    @Test
    void writtenOutControlTokensOfSentencePieceStayLetters() {
        // "</" and "s>" are tokens whose joined text is the control token's.
        assertThat(sentencePiece.encode("</s>", false)).doesNotContain(2);
        assertThat(sentencePiece.encode("</s>", true)).containsExactly(2);
        assertThat(sentencePiece.encode("<tool>", false)).containsExactly(sentencePiece.idOf("<tool>"));
    }

    @Test
    void specialsAreNotAddedTwice() {
        assertThat(sentencePiece.addsBos()).isTrue();
        assertThat(sentencePiece.addsEos()).isFalse();
        int[] once = sentencePiece.withSpecials(sentencePiece.encode("ab", false));
        assertThat(once).startsWith(1);
        assertThat(sentencePiece.withSpecials(once)).isEqualTo(once);
        assertThat(sentencePiece.withSpecials(new int[0])).containsExactly(1);
        assertThat(bytePairs.withSpecials(new int[] {5})).containsExactly(5);
    }

    @Test
    void whatEndsAnAnswer() {
        for (String name : List.of("<|endoftext|>", "<|im_end|>")) {
            assertThat(bytePairs.isEndOfGeneration(bytePairs.idOf(name))).isTrue();
        }
        assertThat(bytePairs.isEndOfGeneration(bytePairs.idOf("<|im_start|>"))).isFalse();
        assertThat(bytePairs.special().eot()).isEqualTo(bytePairs.idOf("<|im_end|>"));
        assertThat(sentencePiece.isEndOfGeneration(2)).isTrue();
    }

    @Test
    void harmonyGoesOnAfterAMessage() {
        Tokenizer tokenizer = json("{\"added_tokens\":[" + added(1, "<|return|>") + "," + added(2, "<|call|>") + ","
                + added(3, "<|end|>") + "],\"model\":{\"type\":\"WordLevel\",\"vocab\":{\"a\":0}}}");
        assertThat(tokenizer.isEndOfGeneration(1)).isTrue();
        assertThat(tokenizer.isEndOfGeneration(2)).isTrue();
        assertThat(tokenizer.isEndOfGeneration(3)).isFalse();
        assertThat(tokenizer.isControl(3)).isTrue();
    }

    @Test
    void neverHalfACharacter() {
        StreamingDecoder decoder = sentencePiece.continuation(false);
        int[] bytes = {0xF0, 0x9F, 0x98, 0x80};
        for (int i = 0; i < 3; i++) assertThat(decoder.feed(3 + bytes[i])).isEmpty();
        assertThat(decoder.feed(3 + bytes[3])).isEqualTo("😀");
        assertThat(decoder.feed(3 + 0xE4)).isEmpty();
        assertThat(decoder.feed(sentencePiece.idOf("a"))).isEqualTo("\uFFFDa");
        assertThat(decoder.feed(3 + 0xE4)).isEmpty();
        assertThat(decoder.flush()).isEqualTo("\uFFFD");
        assertThat(decoder.flush()).isEmpty();
    }

    @Test
    void aContinuationKeepsItsSpace() {
        int id = sentencePiece.idOf("▁a");
        assertThat(sentencePiece.decode(new int[] {id, id}, false)).isEqualTo("a a");
        assertThat(sentencePiece.continuation(false).feed(id)).isEqualTo(" a");
        assertThat(sentencePiece.bytes(id)).isEqualTo(" a".getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void addedTokensStripAndKeepToWords() {
        String tokens = "{\"id\":1,\"content\":\"<m>\",\"lstrip\":true,\"rstrip\":true,\"normalized\":false},"
                + "{\"id\":2,\"content\":\"in\",\"single_word\":true,\"normalized\":false},"
                + "{\"id\":3,\"content\":\"UP\",\"normalized\":true}";
        Tokenizer tokenizer = json("{\"added_tokens\":[" + tokens + "],\"normalizer\":{\"type\":\"Lowercase\"},"
                + "\"model\":{\"type\":\"WordLevel\",\"unk_token\":\"?\",\"vocab\":"
                + "{\"a\":0,\"?\":4,\" \":5,\"within\":6,\"b\":7,\"up\":8}}}");
        assertThat(tokenizer.encode("a  <m> \n b", false)).containsExactly(0, 1, 7);
        assertThat(tokenizer.encode("within", false)).containsExactly(6);
        assertThat(tokenizer.encode("a in b", false)).containsExactly(4, 2, 4);
        // The token is normalised as the text is.
        assertThat(tokenizer.encode("up UP", false)).containsExactly(3, 5, 3);
    }

    @Test
    void normalizedControlTokensComeFromTrustedTextAlone() {
        Tokenizer tokenizer = json("{\"added_tokens\":[{\"id\":1,\"content\":\"<END>\",\"normalized\":true,"
                + "\"special\":true}],\"normalizer\":{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"NFKC\"},"
                + "{\"type\":\"Lowercase\"}]},\"pre_tokenizer\":{\"type\":\"Split\",\"pattern\":{\"Regex\":\".\"},"
                + "\"behavior\":\"Isolated\"},\"model\":{\"type\":\"WordLevel\",\"unk_token\":\"?\","
                + "\"vocab\":{\"a\":0,\"?\":2}}}");
        assertThat(tokenizer.encode("a<end>", true)).containsExactly(0, 1);
        assertThat(tokenizer.encode("a<END>", false)).doesNotContain(1);
        // Full-width letters that become the token's when they are normalised.
        assertThat(tokenizer.encode("\uFF1CEND\uFF1E", false)).doesNotContain(1);
        assertThat(tokenizer.encode(
                        List.of(new Span("<END>", true), new Span("<END>a", false), new Span("<END>", true))))
                .startsWith(1)
                .endsWith(1)
                .contains(0)
                .satisfies(ids ->
                        assertThat(Arrays.stream(ids).filter(id -> id == 1)).hasSize(2));
        assertThat(tokenizer.encode(List.of(new Span("<E", true), new Span("ND>", false))))
                .doesNotContain(1);
    }

    @Test
    void addedTokensAreNoneOfTheModels() {
        // What was added but is kept to whole words must not come back as a word piece.
        String added = "{\"id\":2,\"content\":\"ab\",\"single_word\":true,\"normalized\":false}";
        Tokenizer tokenizer = json("{\"added_tokens\":[" + added + "],\"model\":{\"type\":\"BPE\","
                + "\"ignore_merges\":true,\"vocab\":{\"a\":0,\"b\":1},\"merges\":[]},\"pre_tokenizer\":"
                + "{\"type\":\"Split\",\"pattern\":{\"String\":\"_\"},\"behavior\":\"Removed\"}}");
        assertThat(tokenizer.encode("ab", false)).containsExactly(2);
        assertThat(tokenizer.encode("ab_", false)).containsExactly(0, 1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"f32", "f16", "q8_0", "q4_0"})
    void storiesPromptsGiveTheGoldenIds(String type) {
        Tokenizer tokenizer =
                Tokenizers.open(Shared.require("external/models/stories260K/stories260K-" + type + ".gguf"));
        Json golden = Json.read(Shared.require("external/models/stories260K/golden.json"));
        for (Json one : golden.get("cases").list()) {
            String prompt = one.get("prompt").string();
            List<Integer> expected =
                    one.get("ids").list().stream().map(id -> id.integer(0, 511)).toList();
            int[] ids = tokenizer.withSpecials(tokenizer.encode(prompt, false));
            assertThat(ids)
                    .as(prompt)
                    .containsExactly(expected.stream().mapToInt(i -> i).toArray());
        }
    }

    private static String added(int id, String text) {
        return "{\"id\":" + id + ",\"content\":\"" + text + "\",\"special\":true}";
    }

    private static Tokenizer json(String json) {
        return HfTokenizer.read(
                Json.parse("tokenizer.json", json.getBytes(StandardCharsets.UTF_8)), HfConfig.read(null));
    }
}
