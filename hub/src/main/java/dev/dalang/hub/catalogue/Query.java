package dev.dalang.hub.catalogue;

import dev.dalang.hub.catalogue.CatalogueModel.Access;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What somebody looks for in the catalogue. Words may be a question: "can I download ChatGPT?" looks for {@code chatgpt}.
 *
 * @param words each must occur somewhere in a model's name, title, publisher, family, aliases, capabilities or languages;
 *     where no model has them all, those with the most are found
 * @param task a capability, or {@code chat} for all
 * @param language an ISO 639-1 code
 * @param minParameters of all, not of the active ones
 * @param access which may be; none for all
 */
public record Query(
        List<String> words,
        @Nullable String task,
        @Nullable String language,
        @Nullable Long minParameters,
        @Nullable Long maxParameters,
        Set<Access> access) {

    private static final Set<String> FILLER = Set.of(
            ("a all am an and any are be can chat could do does download downloadable downloading for free from get give"
                            + " good have here how i in is it like llm local locally machine may me model models my near of"
                            + " offline on open or own please run running should something that the there to use want we"
                            + " what where which with would you your")
                    .split(" "));

    private static final Map<String, String> SYNONYMS = Map.ofEntries(
            Map.entry("coding", "code"),
            Map.entry("programming", "code"),
            Map.entry("thinking", "reasoning"),
            Map.entry("images", "vision"),
            Map.entry("image", "vision"),
            Map.entry("multimodal", "vision"),
            Map.entry("agents", "tools"),
            Map.entry("agentic", "tools"),
            Map.entry("anthropic's", "anthropic"),
            Map.entry("openai's", "openai"));

    public Query {
        words = List.copyOf(words);
        access = Set.copyOf(access);
    }

    /** From what was typed, with the words that only make it a sentence left out. */
    public static List<String> words(List<String> typed) {
        List<String> words = new ArrayList<>();
        for (String phrase : typed) {
            for (String word : phrase.toLowerCase(Locale.ROOT).split("[\\s,;!?\"]+")) {
                String w = SYNONYMS.getOrDefault(word, word);
                if (!w.isEmpty() && !FILLER.contains(w)) words.add(w);
            }
        }
        return words;
    }

    /** Whether it was put as a question, so that a sentence is the right answer. */
    public static boolean isQuestion(List<String> typed) {
        String all = String.join(" ", typed).strip().toLowerCase(Locale.ROOT);
        return all.endsWith("?") || all.matches("(can|could|may|is|are|how|where|what|which|do|does) .*");
    }

    /** The same, downloadable or hosted. */
    public Query anywhere() {
        return new Query(words, task, language, minParameters, maxParameters, Set.of());
    }

    /** The same without {@link #wantedLanguage}. */
    public Query inAnyLanguage() {
        List<String> others =
                words.stream().filter(w -> languageCode(w) == null).toList();
        return new Query(others, task, null, minParameters, maxParameters, access);
    }

    /** The code of a language that is asked for, by itself or among the words; null where none is. */
    public @Nullable String wantedLanguage() {
        if (language != null) return language;
        return words.stream()
                .map(Query::languageCode)
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
    }

    /** Whether one of the words is of what this model is called, not of what it can do. */
    public boolean calls(CatalogueModel m) {
        return words.stream().anyMatch(w -> calledScore(m, w) > 0);
    }

    /** The models that fit, those that fit the words best first, then the newest. */
    public List<CatalogueModel> find(Catalogue catalogue, Predicate<CatalogueModel> further) {
        Map<CatalogueModel, Integer> scores = new HashMap<>();
        int most = 0;
        for (CatalogueModel m : catalogue.models()) {
            if (!keeps(m) || !further.test(m)) continue;
            int hits = 0;
            int score = 0;
            for (String word : words) {
                int s = score(m, word);
                if (s > 0) hits++;
                score += s;
            }
            if (!words.isEmpty() && hits == 0) continue;
            most = Math.max(most, hits);
            scores.put(m, hits * 1000 + score);
        }
        int least = most * 1000;
        return scores.entrySet().stream()
                .filter(e -> e.getValue() >= least)
                .sorted(Map.Entry.<CatalogueModel, Integer>comparingByValue(Comparator.reverseOrder())
                        .thenComparing(e -> e.getKey().released(), Comparator.nullsLast(Comparator.reverseOrder()))
                        .thenComparing(e -> e.getKey().name()))
                .map(Map.Entry::getKey)
                .toList();
    }

    /** Whether a model has what is asked for besides the words. */
    public boolean keeps(CatalogueModel m) {
        if (!access.isEmpty() && !access.contains(m.access())) return false;
        if (task != null && !task.equals("chat") && !m.capabilities().contains(task)) return false;
        if (language != null && !m.languages().contains(language)) return false;
        Long n = m.parameters();
        if (minParameters != null && (n == null || n < minParameters)) return false;
        return maxParameters == null || (n != null && n <= maxParameters);
    }

    private static int score(CatalogueModel m, String word) {
        int called = calledScore(m, word);
        if (called > 0) return called;
        if (m.capabilities().contains(word)) return 10;
        String code = languageCode(word);
        return code != null && m.languages().contains(code) ? 10 : 0;
    }

    private static int calledScore(CatalogueModel m, String word) {
        if (m.name().equals(word) || m.name().endsWith("/" + word)) return 100;
        if (m.aliases().contains(word)) return 60;
        String stem = m.name().replaceFirst("^[^/]*/", "").replaceFirst(":.*", "");
        if (stem.equals(word)) return 50;
        if (m.name().contains(word)) return 30;
        if (contains(m.title(), word) || contains(m.family(), word)) return 20;
        return contains(m.publisher(), word) ? 15 : 0;
    }

    private static boolean contains(String text, String word) {
        return text.toLowerCase(Locale.ROOT).contains(word);
    }

    /** The code of a language by its English name, or the code itself; null when it is none. */
    public static @Nullable String languageCode(String word) {
        return Languages.CODES.get(word.toLowerCase(Locale.ROOT));
    }

    /** Made when first asked for: names of all languages cost some milliseconds. */
    private static final class Languages {
        static final Map<String, String> CODES = new HashMap<>();

        static {
            for (String code : Locale.getISOLanguages()) {
                // The JDK lists some codes in an old spelling, such as "in" for Indonesian; the tag is the present one.
                String tag = Locale.of(code).toLanguageTag();
                CODES.put(tag, tag);
                CODES.put(Locale.of(code).getDisplayLanguage(Locale.ENGLISH).toLowerCase(Locale.ROOT), tag);
            }
        }
    }
}
