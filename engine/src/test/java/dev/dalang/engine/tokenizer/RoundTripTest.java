package dev.dalang.engine.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is encoded decodes to itself, in one go and id by id, whatever the text. */
class RoundTripTest {

    private static final Tokenizer SENTENCE_PIECE = TestVocabularies.sentencePieceTokenizer();
    private static final Tokenizer GPT2 = TestVocabularies.bytePairTokenizer("gpt-2");
    private static final List<String> KINDS = List.of(
            "default",
            "llama-bpe",
            "jais-2",
            "minicpm5",
            "deepseek-llm",
            "deepseek-coder",
            "deepseek-v3",
            "youtu",
            "falcon",
            "starcoder",
            "gpt-2",
            "qwen2",
            "qwen35",
            "laguna",
            "bloom",
            "viking",
            "tekken",
            "chameleon",
            "gpt-4o",
            "tiny_aya",
            "kimi-k2",
            "superbpe",
            "bailingmoe",
            "seed-coder",
            "afmoe",
            "exaone-moe");

    /** Any char sequence, unpaired surrogates included, with a liking for what tokenizers look at. */
    @Provide
    Arbitrary<String> texts() {
        Arbitrary<Character> any = Arbitraries.chars().all();
        Arbitrary<Character> likely = Arbitraries.of(
                'a', 'b', ' ', ' ', '\n', '\r', '\t', '1', '2', '\'', 's', '<', '|', '>', '▁', 'é', '中', '\u0301',
                '\uD83D', '\uDE00', '\u00A0', '.', 'T');
        return Arbitraries.oneOf(any, likely).list().ofMaxSize(60).map(list -> {
            StringBuilder text = new StringBuilder();
            list.forEach(text::append);
            return text.toString();
        });
    }

    @Property(tries = 2000)
    void byteLevelBpe(@ForAll("texts") String text) {
        check(GPT2, text, PipelineTokenizer.wellFormed(text));
    }

    @Property(tries = 2000)
    void sentencePieceWithByteFallback(@ForAll("texts") String text) {
        // U+2581 is how this kind writes a space: it is the one character that does not come back.
        check(SENTENCE_PIECE, text, PipelineTokenizer.wellFormed(text).replace('▁', ' '));
    }

    @Property(tries = 500)
    void everyWayToCutKeepsAllOfTheText(@ForAll("texts") String text) {
        String wellFormed = PipelineTokenizer.wellFormed(text);
        for (String kind : KINDS) {
            StringBuilder joined = new StringBuilder();
            cut(kind).split(wellFormed, true, (piece, start) -> {
                assertThat(piece).isNotEmpty();
                assertThat(start).isEqualTo(joined.isEmpty());
                joined.append(piece);
            });
            assertThat(joined.toString()).as(kind).isEqualTo(wellFormed);
        }
    }

    private static final Map<String, PreTokenizer> CUTS = new java.util.concurrent.ConcurrentHashMap<>();

    private static PreTokenizer cut(String kind) {
        return CUTS.computeIfAbsent(kind, name -> GgufPreTokenizer.named(name).compile());
    }

    private static void check(Tokenizer tokenizer, String text, String expected) {
        int[] ids = tokenizer.encode(text, false);
        assertThat(Arrays.stream(ids).noneMatch(tokenizer::isControl)).isTrue();
        assertThat(tokenizer.decode(ids, false)).isEqualTo(expected);
        StreamingDecoder decoder = tokenizer.decoder(false);
        StringBuilder streamed = new StringBuilder();
        for (int id : ids) {
            String part = decoder.feed(id);
            assertThat(PipelineTokenizer.wellFormed(part)).isEqualTo(part);
            streamed.append(part);
        }
        assertThat(streamed.append(decoder.flush()).toString()).isEqualTo(expected);
    }

    @Property(tries = 500)
    void anyIdsDecodeAlikeInOneGoAndOneByOne(@ForAll("ids") int[] ids) {
        for (Tokenizer tokenizer : List.of(GPT2, SENTENCE_PIECE)) {
            StreamingDecoder decoder = tokenizer.decoder(true);
            StringBuilder streamed = new StringBuilder();
            for (int id : ids) streamed.append(decoder.feed(id));
            streamed.append(decoder.flush());
            assertThat(streamed.toString()).isEqualTo(tokenizer.decode(ids, true));
        }
    }

    @Provide
    Arbitrary<int[]> ids() {
        return Arbitraries.integers()
                .between(0, GPT2.vocabularySize() - 1)
                .array(int[].class)
                .ofMaxSize(30);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"a", "b", " ", "\n", "\u0301", "1", "é", "中", "😀", "'", "aB", "a b ", " \n", "\u00A0", "<|"})
    @Timeout(60)
    void aMillionOfTheSame(String unit) {
        String text = unit.repeat(1_000_000 / unit.length());
        for (Tokenizer tokenizer : List.of(SENTENCE_PIECE, GPT2)) {
            assertThat(tokenizer.decode(tokenizer.encode(text, true), false)).isEqualTo(text);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", " ", "\n", "\u0301", "1", "中", "A", "'", "\u00A0", "a\u0301", " \n"})
    @Timeout(120)
    void everyWayToCutIsFastOnHalfAMillionOfTheSame(String unit) {
        String text = unit.repeat(500_000 / unit.length());
        for (String kind : KINDS) {
            long[] length = {0};
            cut(kind).split(text, true, (piece, start) -> length[0] += piece.length());
            assertThat(length[0]).as(kind).isEqualTo(text.length());
        }
    }
}
