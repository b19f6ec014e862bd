package dev.dalang.mini;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What goes into the slots of the phrases: words of the project's own, and of the word lists of github.com/dariusk/corpora
 * (CC0), without those that mean a country, a capital or a topic that Dalang Mini knows.
 */
final class WordLists {

    private static final Predicate<String> WORD = Pattern.compile("[a-z]{3,12}").asMatchPredicate();
    private static final Predicate<String> NAME =
            Pattern.compile("\\p{Lu}[\\p{L}'.-]+(?: [\\p{L}'.-]+){0,3}").asMatchPredicate();

    /** Words that are questions of their own here, so that no answer may say that they are not known. */
    private static final Set<String> TAUGHT = Set.of(
            "joke",
            "story",
            "tale",
            "help",
            "hello",
            "thanks",
            "thank",
            "greeting",
            "capital",
            "continent",
            "currency",
            "language",
            "country",
            "sum",
            "plus",
            "minus",
            "dog",
            "cat",
            "model",
            "day",
            "week",
            "month",
            "year",
            "bye",
            "goodbye",
            "exit",
            "quit",
            "stop",
            "train",
            "search",
            "run",
            "pull",
            "list",
            "show",
            "fit",
            "tune",
            "count",
            "alphabet",
            "season",
            "rainbow",
            "population",
            "neighbour",
            "coast",
            "america",
            "good",
            "great",
            "perfect");

    private final Map<String, List<String>> lists = new LinkedHashMap<>();

    private WordLists() {}

    /**
     * @param folder of dariusk/corpora
     * @throws dev.dalang.api.DalangException that names the list which is missing
     */
    static WordLists read(Path folder, Countries countries) {
        WordLists words = own();
        Set<String> rude = new HashSet<>(words.strings(folder, "words/expletives.json", ""));
        Set<String> known = known(countries);
        Predicate<String> free = s -> !known.contains(key(s)) && !rude.contains(s.toLowerCase(Locale.ROOT));
        record Source(String kind, String file, String field, Predicate<String> form) {}
        List<Source> sources = List.of(
                new Source("noun", "words/nouns", "", WORD.and(s -> !TAUGHT.contains(s))),
                new Source("noun", "animals/common", "", WORD.and(s -> !TAUGHT.contains(s))),
                new Source("adj", "words/adjs", "", WORD),
                new Source("verb", "words/infinitive_verbs", "", WORD.and(s -> !TAUGHT.contains(s))),
                new Source("animal", "animals/common", "", WORD),
                new Source("object", "objects/objects", "", WordLists::isShort),
                new Source("object", "technology/appliances", "", WordLists::isShort),
                new Source("object", "objects/clothing", "", WordLists::isShort),
                new Source("food", "foods/fruits", "", WordLists::isShort),
                new Source("food", "foods/vegetables", "", WordLists::isShort),
                new Source("food", "foods/breads_and_pastries", "", WordLists::isShort),
                new Source("food", "foods/menuItems", "", WordLists::isShort),
                new Source("food", "foods/condiments", "", WordLists::isShort),
                new Source("first", "humans/firstNames", "", NAME),
                new Source("last", "humans/lastNames", "", NAME),
                new Source("person", "humans/scientists", "", NAME),
                new Source("person", "humans/celebrities", "", NAME),
                new Source("person", "humans/britishActors", "", NAME),
                new Source("person", "humans/authors", "", NAME),
                new Source("person", "humans/tolkienCharacterNames", "", NAME),
                new Source("person", "mythology/greek_gods", "", NAME),
                new Source("town", "geography/us_cities", "city", NAME),
                new Source("town", "geography/english_towns_cities", "", NAME),
                new Source("town", "geography/norwegian_cities", "city", NAME),
                new Source("town", "geography/canadian_municipalities", "", NAME),
                new Source("state", "geography/us_state_capitals", "state", NAME),
                new Source("state", "geography/us_state_capitals", "capital", NAME),
                new Source("planet", "science/planets", "name", NAME),
                new Source("minor", "science/minor_planets", "", WordLists::isShort),
                new Source("river", "geography/rivers", "name", NAME),
                new Source("sea", "geography/oceans", "name", NAME),
                new Source("disease", "medicine/diseases", "", WordLists::isShort),
                new Source("symptom", "medicine/symptoms", "", WordLists::isShort),
                new Source("sport", "sports/sports", "", WordLists::isShort),
                new Source("work", "film-tv/popular-movies", "", WordLists::isShort),
                new Source("work", "film-tv/tv_shows", "", WordLists::isShort),
                new Source("subject", "books/academic_subjects", "", WordLists::isShort),
                new Source("proglang", "technology/programming_languages", "", WordLists::isShort),
                new Source("element", "science/elements", "name", NAME),
                new Source("god", "mythology/greek_gods", "", NAME),
                new Source("god", "mythology/norse_gods", "", NAME),
                new Source("god", "mythology/roman_deities", "", NAME),
                new Source("instrument", "music/instruments", "", WordLists::isShort),
                new Source("genre", "music/genres", "", WordLists::isShort),
                new Source("occupation", "humans/occupations", "", WordLists::isShort),
                new Source("plant", "plants/flowers", "", WordLists::isShort),
                new Source("tech", "technology/new_technologies", "", WordLists::isShort),
                new Source("tech", "technology/computer_sciences", "", WordLists::isShort),
                new Source("game", "games/board_games", "", WordLists::isShort),
                new Source("proverb", "words/proverbs", "", s -> s.length() < 70 && s.length() > 10));
        for (Source source : sources) {
            List<String> found = words.strings(folder, source.file + ".json", source.field).stream()
                    .map(s -> tidy(source.kind, s))
                    .filter(source.form.and(free))
                    .distinct()
                    .toList();
            words.lists.merge(source.kind, found, WordLists::joined);
        }
        words.lists.put("dinner", words.list("food").stream().filter(WORD).toList());
        words.lists.put("toy", words.list("object").stream().filter(WORD).toList());
        words.lists.put(
                "name", words.list("first").stream().filter(s -> s.length() < 7).toList());
        return words;
    }

    /** The project's own words, and these. */
    static WordLists of(Map<String, List<String>> lists) {
        WordLists words = own();
        words.lists.putAll(lists);
        return words;
    }

    private static WordLists own() {
        WordLists words = new WordLists();
        for (String line : PhraseBook.text("lists.txt").split("\n")) {
            if (line.isBlank() || line.startsWith("#")) continue;
            int colon = line.indexOf(':');
            List<String> list = Arrays.stream(line.substring(colon + 1).split(";", -1))
                    .map(String::strip)
                    .toList();
            words.lists.put(line.substring(0, colon), list);
        }
        return words;
    }

    private static Set<String> known(Countries countries) {
        Set<String> known = new HashSet<>();
        for (Country c : countries.all()) {
            known.add(key(c.name()));
            c.aliases().forEach(a -> known.add(key(a)));
            if (c.capital() != null) known.add(key(c.capital()));
        }
        return known;
    }

    private static String key(String name) {
        String plain = Text.plain(name).toLowerCase(Locale.ROOT);
        return plain.startsWith("the ") ? plain.substring(4) : plain;
    }

    private static String tidy(String kind, String s) {
        return switch (kind) {
            case "work" -> s.replaceAll(" \\([0-9]{4}\\)$", "");
            case "minor" -> s.replaceAll("^[0-9]+ ", "");
            case "sport", "subject", "food", "disease", "symptom", "genre", "tech", "occupation" ->
                s.toLowerCase(Locale.ROOT);
            default -> s;
        };
    }

    /** All strings of a file; of objects only those of the field, where one is named. */
    private List<String> strings(Path folder, String file, String field) {
        Set<String> found = new LinkedHashSet<>();
        Object tree = JsonTree.read(folder.resolve(file));
        collect(tree, field, field.isEmpty(), found);
        return List.copyOf(found);
    }

    private static void collect(@Nullable Object tree, String field, boolean take, Set<String> to) {
        switch (tree) {
            case String s -> {
                if (take) to.add(s.strip());
            }
            case List<?> list -> list.forEach(t -> collect(t, field, take, to));
            case Map<?, ?> map ->
                map.forEach((k, v) -> {
                    boolean about = k.equals("description") || k.equals("source") || k.equals("sources");
                    boolean wanted = field.isEmpty() ? !about : field.equals(k);
                    collect(v, field, wanted, to);
                });
            case null, default -> {}
        }
    }

    private static List<String> joined(List<String> a, List<String> b) {
        Set<String> all = new LinkedHashSet<>(a);
        all.addAll(b);
        return List.copyOf(all);
    }

    List<String> list(String kind) {
        List<String> list = lists.get(kind);
        if (list == null || list.isEmpty()) throw new IllegalStateException("there are no words for {" + kind + "}");
        return list;
    }

    /** A word for a slot. */
    String draw(String kind, RandomGenerator random) {
        return switch (kind) {
            case "person" ->
                Draw.chance(40, random)
                        ? Draw.from(list("first"), random) + " " + Draw.from(list("last"), random)
                        : Draw.from(list("person"), random);
            case "city" -> Draw.from(list("town"), random);
            case "place" -> place(random);
            case "year" -> Integer.toString(1000 + random.nextInt(1050));
            case "A", "B" -> Integer.toString(random.nextInt(100));
            case "L" -> Integer.toString(100 + random.nextInt(Draw.chance(50, random) ? 900 : 99_900));
            case "G" -> Draw.from(list("language"), random);
            case "F", "F2" -> Draw.from(list("name"), random);
            case "animal2", "W" -> Draw.from(list("animal"), random);
            default -> Draw.from(list(kind), random);
        };
    }

    /** A place that is no country: invented, a town, a region, a celestial body. */
    private String place(RandomGenerator random) {
        return switch (Draw.weighted(new int[] {34, 8, 12, 14, 8, 4, 4, 3, 5, 5, 3}, random)) {
            case 0 -> invented(random);
            case 1 -> Draw.from(list("fiction"), random);
            case 2 -> Draw.from(list("region"), random);
            case 3 -> Draw.from(list("town"), random);
            case 4 -> Draw.from(list("state"), random);
            case 5 -> Draw.from(list("planet"), random);
            case 6 -> Draw.from(list("minor"), random);
            case 7 -> "the " + Draw.from(list("river"), random);
            case 8 ->
                Draw.from(list("last"), random)
                        + Draw.from(List.of("land", "ia", " Island", " Islands", "ville", "burg", "stan"), random);
            case 9 ->
                Text.sentence(Draw.from(list("noun"), random))
                        + Draw.from(
                                List.of("land", "ia", "istan", " Republic", "ville", "opolis", "onia", " Islands"),
                                random);
            default -> "the " + Draw.from(list("sea"), random);
        };
    }

    private String invented(RandomGenerator random) {
        StringBuilder name = new StringBuilder();
        int syllables = 1 + random.nextInt(2);
        for (int i = 0; i < syllables; i++) {
            name.append(Draw.from(list("onset"), random)).append(Draw.from(list("vowel"), random));
            if (Draw.chance(60, random)) name.append(Draw.from(list("coda"), random));
        }
        if (Draw.chance(75, random)) name.append(Draw.from(list("ending"), random));
        String made = Text.sentence(name.toString());
        return switch (random.nextInt(12)) {
            case 0 -> "the Republic of " + made;
            case 1 -> "the Kingdom of " + made;
            case 2 ->
                Draw.from(List.of("North ", "South ", "New ", "East ", "West ", "Upper ", "Great "), random) + made;
            case 3 -> "the United States of " + made;
            case 4 -> "the " + made + " Islands";
            default -> made;
        };
    }

    private static boolean isShort(String s) {
        return s.length() >= 2 && s.length() <= 32;
    }
}
