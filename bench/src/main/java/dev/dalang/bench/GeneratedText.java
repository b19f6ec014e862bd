package dev.dalang.bench;

import dev.dalang.engine.format.Metadata;
import dev.dalang.engine.format.Metadata.Value;
import dev.dalang.engine.tokenizer.Tokenizer;
import dev.dalang.engine.tokenizer.Tokenizers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/**
 * A language made up of syllables, its words used as often as their rank allows (Zipf 1949), texts in it, and
 * vocabularies learnt from it by merging the most frequent pair (Sennrich et al. 2016).
 */
final class GeneratedText {

    private static final int WORDS = 3000;
    private static final int MERGES = 3000;

    /** U+0120, how byte-level vocabularies write a space. */
    private static final String BYTE_SPACE = "\u0120";

    /** U+2581, how SentencePiece writes a space. */
    private static final String MARK_SPACE = "\u2581";

    private static final String[] STARTS = {"b", "d", "dr", "f", "g", "h", "k", "l", "m", "n", "p", "r", "s", "st", "t"
    };
    private static final String[] MIDDLES = {"a", "e", "i", "o", "u", "ai", "ea", "ou"};
    private static final String[] ENDS = {"", "", "l", "n", "r", "s", "ng"};

    private final Random random;
    private final List<String> words;

    GeneratedText(long seed) {
        random = new Random(seed);
        Set<String> made = new LinkedHashSet<>();
        while (made.size() < WORDS) {
            StringBuilder word = new StringBuilder();
            for (int i = 1 + random.nextInt(4); i > 0; i--) {
                word.append(any(STARTS)).append(any(MIDDLES)).append(any(ENDS));
            }
            made.add(word.toString());
        }
        words = List.copyOf(made);
    }

    private String any(String[] parts) {
        return parts[random.nextInt(parts.length)];
    }

    /** A text of so many words, each after a space but the first. */
    String words(int count) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < count; i++) {
            int rank = (int) Math.pow(WORDS, random.nextDouble()) - 1;
            text.append(i == 0 ? "" : " ").append(words.get(rank));
            if (random.nextInt(12) == 0) text.append('.');
        }
        return text.toString();
    }

    Tokenizer tokenizer(Tokenizing.Kind kind) {
        return Tokenizers.fromGguf(
                new Metadata("generated", kind == Tokenizing.Kind.BYTE_PAIRS ? bytePairs() : sentencePiece()));
    }

    private Map<String, Value> bytePairs() {
        Set<String> tokens = new LinkedHashSet<>();
        int other = 256;
        for (int b = 0; b < 256; b++) {
            boolean visible = b > ' ' && b < 0x7F || b > 0xA0 && b != 0xAD;
            tokens.add(String.valueOf((char) (visible ? b : other++)));
        }
        List<String[]> merges = merges(BYTE_SPACE);
        for (String[] pair : merges) tokens.add(pair[0] + pair[1]);
        Map<String, Value> values = new LinkedHashMap<>();
        values.put("tokenizer.ggml.model", string("gpt2"));
        values.put("tokenizer.ggml.pre", string("llama-bpe"));
        values.put(
                "tokenizer.ggml.merges",
                strings(merges.stream().map(p -> p[0] + " " + p[1]).toList()));
        return with(values, List.copyOf(tokens), new long[tokens.size()], 1);
    }

    private Map<String, Value> sentencePiece() {
        Set<String> tokens = new LinkedHashSet<>(List.of("<unk>", "<s>", "</s>"));
        for (int b = 0; b < 256; b++) tokens.add(String.format(Locale.ROOT, "<0x%02X>", b));
        long[] types = new long[tokens.size() + MERGES + 100];
        types[0] = 2;
        types[1] = 3;
        types[2] = 3;
        Arrays.fill(types, 3, tokens.size(), 6);
        int first = tokens.size();
        // A pair is merged by the score of what comes of it, so that merges come before letters.
        for (String[] pair : merges(MARK_SPACE)) tokens.add(pair[0] + pair[1]);
        tokens.add(MARK_SPACE);
        tokens.add(".");
        for (char c = 'a'; c <= 'z'; c++) tokens.add(String.valueOf(c));
        double[] scores = new double[tokens.size()];
        for (int i = first; i < scores.length; i++) scores[i] = first - i;
        Map<String, Value> values = new LinkedHashMap<>();
        values.put("tokenizer.ggml.model", string("llama"));
        values.put("tokenizer.ggml.scores", new Value(Metadata.Type.ARRAY, Metadata.Type.FLOAT32, scores));
        return with(values, List.copyOf(tokens), Arrays.copyOf(types, tokens.size()), 1);
    }

    /** @param ordinary the type of tokens that have none yet */
    private static Map<String, Value> with(
            Map<String, Value> values, List<String> tokens, long[] types, long ordinary) {
        for (int i = 0; i < types.length; i++) if (types[i] == 0) types[i] = ordinary;
        values.put("tokenizer.ggml.tokens", strings(tokens));
        values.put("tokenizer.ggml.token_type", new Value(Metadata.Type.ARRAY, Metadata.Type.INT32, types));
        return values;
    }

    private static Value string(String value) {
        return new Value(Metadata.Type.STRING, null, value);
    }

    private static Value strings(List<String> values) {
        return new Value(Metadata.Type.ARRAY, Metadata.Type.STRING, values.toArray(String[]::new));
    }

    /** A word in parts, and how often it is used. */
    private record Parts(List<String> parts, int uses) {}

    /** The pairs to merge, most frequent first; a word begins with the space before it. */
    private List<String[]> merges(String space) {
        List<Parts> left = new ArrayList<>();
        for (int rank = 0; rank < WORDS; rank++) {
            List<String> parts = new ArrayList<>(List.of(space));
            for (char c : words.get(rank).toCharArray()) parts.add(String.valueOf(c));
            left.add(new Parts(parts, 1 + WORDS / (rank + 1)));
        }
        List<String[]> merges = new ArrayList<>();
        while (merges.size() < MERGES) {
            Map<String, Integer> uses = new HashMap<>();
            String best = "";
            for (Parts p : left) {
                for (int i = 0; i + 1 < p.parts.size(); i++) {
                    String pair = p.parts.get(i) + " " + p.parts.get(i + 1);
                    if (uses.merge(pair, p.uses, Integer::sum) > uses.getOrDefault(best, 0)) best = pair;
                }
            }
            if (best.isEmpty()) return merges;
            int at = best.indexOf(' ');
            String[] pair = {best.substring(0, at), best.substring(at + 1)};
            merges.add(pair);
            for (Parts p : left) merge(p.parts, pair);
            left.removeIf(p -> p.parts.size() == 1);
        }
        return merges;
    }

    private static void merge(List<String> parts, String[] pair) {
        for (int i = 0; i + 1 < parts.size(); i++) {
            if (parts.get(i).equals(pair[0]) && parts.get(i + 1).equals(pair[1])) {
                parts.set(i, pair[0] + pair[1]);
                parts.remove(i + 1);
            }
        }
    }
}
