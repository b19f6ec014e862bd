package dev.dalang.train.tokenizer;

import dev.dalang.engine.tokenizer.BytePieces;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Learns the merges of a byte-level vocabulary from text: the pair of neighbouring tokens that occurs most often becomes
 * a token, again and again (Sennrich, Haddow, Birch 2016, "Neural Machine Translation of Rare Words with Subword
 * Units"). Of pairs that occur equally often the one of the smaller ids wins, left id first, which is also the order of
 * Hugging Face's {@code tokenizers}; so the same texts give the same vocabulary.
 *
 * <p>Add the texts, then {@link #train}. Not for several threads.
 */
public final class BytePairTrainer {

    private static final class Count {
        long n;
    }

    private final VocabularySettings settings;
    private final BytePieces pieces;
    /** How often each piece occurs, in the order of their first occurrence. */
    private final Map<String, Count> words = new LinkedHashMap<>();

    /** @throws dev.dalang.api.DalangException if the settings name pieces that are not known */
    public BytePairTrainer(VocabularySettings settings) {
        this.settings = settings;
        this.pieces = BytePieces.named(settings.pre());
    }

    /** Counts the pieces of a text. */
    public void add(String text) {
        pieces.cut(text, piece -> words.computeIfAbsent(piece, p -> new Count()).n++);
    }

    /**
     * The vocabulary: special tokens, then the 256 bytes, then what merges make, at most as many as were asked for; fewer
     * where no pair is frequent enough any more.
     */
    public ByteLevelVocabulary train() {
        List<String> tokens = new ArrayList<>(settings.specials());
        tokens.addAll(BytePieces.alphabet());
        Map<String, Integer> ids = HashMap.newHashMap(settings.size());
        for (int id = settings.specials().size(); id < tokens.size(); id++) ids.put(tokens.get(id), id);
        List<String> merges = new ArrayList<>();
        PairQueue pairs = new PairQueue(counted(ids));
        while (tokens.size() < settings.size()) {
            PairQueue.Pair pair = pairs.poll(settings.minimumFrequency());
            if (pair == null) break;
            String left = tokens.get(pair.left());
            String right = tokens.get(pair.right());
            String joined = left + right;
            Integer known = joined.length() > settings.longest() ? Integer.valueOf(-1) : ids.get(joined);
            if (known != null && known < 0) continue;
            int id = known == null ? tokens.size() : known;
            if (known == null) {
                ids.put(joined, id);
                tokens.add(joined);
            }
            merges.add(left + " " + right);
            pairs.merge(pair, id);
        }
        return new ByteLevelVocabulary(
                pieces.name(),
                tokens,
                merges,
                settings.roles(),
                settings.specials().size());
    }

    private List<Word> counted(Map<String, Integer> ids) {
        List<Word> list = new ArrayList<>(words.size());
        words.forEach((piece, count) -> {
            int[] letters = new int[piece.length()];
            for (int i = 0; i < letters.length; i++) {
                letters[i] = Objects.requireNonNull(ids.get(String.valueOf(piece.charAt(i))));
            }
            list.add(new Word(letters, count.n));
        });
        return list;
    }
}
