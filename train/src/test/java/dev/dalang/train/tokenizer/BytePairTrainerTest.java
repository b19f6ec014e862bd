package dev.dalang.train.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.api.DalangException;
import dev.dalang.engine.tokenizer.BytePieces;
import dev.dalang.engine.tokenizer.Tokenizer;
import dev.dalang.engine.tokenizer.Tokenizers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BytePairTrainerTest {

    private static final List<String> SPECIALS = List.of("<|end|>", "<|begin|>", "<|pad|>");
    private static final VocabularySettings.Roles ROLES =
            new VocabularySettings.Roles("<|begin|>", "<|end|>", "<|pad|>");

    @Test
    void theExampleOfThePaper() {
        // The words of Sennrich et al. 2016, counted by hand: er 9 times, lo and low 7, then ew before ne and Ġn, all
        // 6.
        ByteLevelVocabulary learned = train(
                settings("gpt-2", 268, 2, 32),
                "low ".repeat(5) + "lowest ".repeat(2) + "newer ".repeat(6) + "wider ".repeat(3));
        assertThat(learned.merges()).startsWith("e r", "l o", "lo w", "e w", "n ew");
    }

    @Test
    void everyMergeIsTheMostFrequentPairOfARecount() {
        Random random = new Random(11);
        for (int round = 0; round < 40; round++) {
            List<String> texts = new ArrayList<>();
            int letters = 2 + random.nextInt(4);
            for (int t = 0; t < 6; t++) {
                StringBuilder text = new StringBuilder();
                int length = random.nextInt(200);
                for (int i = 0; i < length; i++) {
                    text.append(random.nextInt(6) == 0 ? ' ' : (char) ('a' + random.nextInt(letters)));
                }
                texts.add(text.toString());
            }
            int size = 259 + random.nextInt(60);
            int minimum = 1 + random.nextInt(3);
            int longest = random.nextBoolean() ? 32 : 4;
            ByteLevelVocabulary learned =
                    train(settings("qwen2", size, minimum, longest), texts.toArray(new String[0]));
            assertThat(learned.merges()).as("round %d", round).isEqualTo(recounted(texts, size, minimum, longest));
        }
    }

    /** The definition, without any bookkeeping: all pairs are counted anew for every merge. */
    private static List<String> recounted(List<String> texts, int size, int minimum, int longest) {
        Map<List<String>, Integer> words = new LinkedHashMap<>();
        BytePieces pieces = BytePieces.named("qwen2");
        for (String text : texts) {
            pieces.cut(text, piece -> words.merge(List.of(piece.split("")), 1, Integer::sum));
        }
        List<String> tokens = new ArrayList<>(SPECIALS);
        tokens.addAll(BytePieces.alphabet());
        List<String> merges = new ArrayList<>();
        while (tokens.size() < size) {
            Map<List<String>, Integer> counts = new HashMap<>();
            words.forEach((word, n) -> {
                for (int i = 0; i + 1 < word.size(); i++) counts.merge(word.subList(i, i + 2), n, Integer::sum);
            });
            List<String> best = counts.entrySet().stream()
                    .filter(e -> e.getValue() >= minimum)
                    .filter(e -> String.join("", e.getKey()).length() <= longest)
                    .min(Comparator.<Map.Entry<List<String>, Integer>>comparingInt(e -> -e.getValue())
                            .thenComparingInt(e -> tokens.indexOf(e.getKey().get(0)))
                            .thenComparingInt(e -> tokens.indexOf(e.getKey().get(1))))
                    .map(e -> List.copyOf(e.getKey()))
                    .orElse(null);
            if (best == null) break;
            merges.add(best.get(0) + " " + best.get(1));
            String joined = best.get(0) + best.get(1);
            if (!tokens.contains(joined)) tokens.add(joined);
            Map<List<String>, Integer> next = new LinkedHashMap<>();
            words.forEach((word, n) -> {
                List<String> merged = new ArrayList<>();
                for (int i = 0; i < word.size(); i++) {
                    boolean here = i + 1 < word.size() && word.subList(i, i + 2).equals(best);
                    merged.add(here ? joined : word.get(i));
                    if (here) i++;
                }
                next.merge(merged, n, Integer::sum);
            });
            words.clear();
            words.putAll(next);
        }
        return merges;
    }

    @Test
    void theEngineRunsWhatWasLearned(@TempDir Path folder) throws Exception {
        String text = "The capital of Kenya is Nairobi. 17 plus 25 is 42, isn't it? Brasília, São Tomé; 中文 🙂\n\n  end";
        ByteLevelVocabulary learned = train(settings("qwen2", 320, 1, 32), text.repeat(3));
        assertThat(learned.size()).isEqualTo(320);
        Tokenizer tokenizer = learned.tokenizer();
        assertThat(tokenizer.kind()).isEqualTo("byte-level BPE (qwen2)");
        int[] ids = tokenizer.encode(text, false);
        assertThat(ids.length).isLessThan(text.getBytes(java.nio.charset.StandardCharsets.UTF_8).length);
        assertThat(tokenizer.decode(ids, false)).isEqualTo(text);
        // Digits stand alone, whatever is frequent.
        assertThat(tokenizer.decode(new int[] {tokenizer.encode("4242", false)[0]}, false))
                .isEqualTo("4");
        assertThat(tokenizer.encode("4242", false)).hasSize(4);

        Files.writeString(folder.resolve("tokenizer.json"), learned.tokenizerJson());
        Tokenizer read = Tokenizers.fromFolder(folder);
        for (String s : List.of(text, "unseen wörds 0,5 %", "", " ", "a\n\nb <|end|> c")) {
            assertThat(read.encode(s, false)).isEqualTo(tokenizer.encode(s, false));
            assertThat(read.encode(s, true)).isEqualTo(tokenizer.encode(s, true));
            assertThat(read.withSpecials(read.encode(s, true)))
                    .isEqualTo(tokenizer.withSpecials(tokenizer.encode(s, true)));
        }
    }

    @Test
    void specialTokensComeFirstAndHaveTheirRoles() {
        Tokenizer tokenizer = train(settings("qwen2", 260, 1, 32), "ab").tokenizer();
        assertThat(tokenizer.token(0)).isEqualTo("<|end|>");
        assertThat(tokenizer.isEndOfGeneration(0)).isTrue();
        assertThat(tokenizer.isControl(1)).isTrue();
        assertThat(tokenizer.special().bos()).isEqualTo(1);
        assertThat(tokenizer.special().pad()).isEqualTo(2);
        assertThat(tokenizer.withSpecials(new int[] {7})).containsExactly(1, 7);
    }

    @Test
    void fewTextsGiveFewTokens() {
        ByteLevelVocabulary learned = train(settings("qwen2", 4096, 2, 32), "abab cd");
        assertThat(learned.merges()).containsExactly("a b");
        assertThat(learned.size()).isEqualTo(3 + 256 + 1);
    }

    @Test
    void settingsThatMakeNoSenseAreRefused() {
        assertThatThrownBy(() -> settings("qwen2", 200, 1, 32))
                .isInstanceOf(DalangException.class)
                .hasMessageContaining("259 tokens at least");
        assertThatThrownBy(() -> settings("qwen2", 300, 0, 32)).hasMessageContaining("once at least");
        assertThatThrownBy(() -> new VocabularySettings("qwen2", 300, 1, 32, List.of("<|end|>"), ROLES))
                .hasMessageContaining("<|begin|> has a role");
        assertThatThrownBy(() -> new BytePairTrainer(settings("gemma4", 300, 1, 32)))
                .hasMessageContaining("not byte-level");
        assertThatThrownBy(() -> new BytePairTrainer(settings("nonsense", 300, 1, 32)))
                .hasMessageContaining("not known here");
    }

    private static VocabularySettings settings(String pre, int size, int minimum, int longest) {
        return new VocabularySettings(pre, size, minimum, longest, SPECIALS, ROLES);
    }

    private static ByteLevelVocabulary train(VocabularySettings settings, String... texts) {
        BytePairTrainer trainer = new BytePairTrainer(settings);
        for (String text : texts) trainer.add(text);
        return trainer.train();
    }
}
