package dev.dalang.mini;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Questions about countries. */
final class CountryTurns {

    /** Kinds of facts that one country alone answers, and how often each is asked. */
    private static final List<String> FACTS = List.of(
            "capital",
            "continent",
            "currency",
            "languages",
            "people",
            "area",
            "neighbours",
            "coast",
            "landlocked",
            "domain",
            "summit",
            "adjective",
            "about");

    private static final int[] FACT_WEIGHTS = {17, 11, 14, 13, 11, 5, 8, 5, 4, 5, 5, 4, 3};

    /** All others, which begin where {@link #FACTS} end. */
    private static final List<String> OTHERS = List.of(
            "capital.which",
            "capital.check",
            "continent.check",
            "currency.which",
            "neighbours.check",
            "domain.which",
            "list",
            "more",
            "crowd");

    private static final int[] OTHER_WEIGHTS = {56, 20, 12, 6, 6, 5, 5, 3, 3};
    private static final int OTHERS_OF_HUNDRED = 28;

    /** Of a hundred long names so many are not spelt as they should be. */
    private static final int SLIPS_OF_HUNDRED = 4;

    private static final int LONG_NAME = 7;

    private static final List<String> CONTINENTS =
            List.of("Africa", "Asia", "Europe", "North America", "South America", "Oceania");

    private final PhraseBook book;
    private final WordLists words;
    private final List<Country> all;
    private final List<Country> countries;
    private final Map<String, List<Country>> byCurrency = new HashMap<>();

    CountryTurns(PhraseBook book, WordLists words, Countries countries) {
        this.book = book;
        this.words = words;
        this.all = countries.all();
        this.countries = all.stream().filter(c -> !c.territory()).toList();
        for (Country c : all)
            byCurrency.computeIfAbsent(c.currency(), m -> new ArrayList<>()).add(c);
    }

    /** A question out of nothing. */
    Turn any(RandomGenerator random) {
        Turn turn = null;
        while (turn == null) {
            turn = Draw.chance(OTHERS_OF_HUNDRED, random)
                    ? other(OTHERS.get(Draw.weighted(OTHER_WEIGHTS, random)), random)
                    : fact(fact(random), country(random), "", random);
        }
        return turn;
    }

    /** A question about a country as if it had been named before. */
    String dangling(RandomGenerator random) {
        while (true) {
            String topic = fact(random);
            if (!topic.equals("about")) return ask(book.topic(topic + ".follow"), Map.of(), random);
        }
    }

    /** A question that goes on from another about a country. */
    Turn next(Turn before, RandomGenerator random) {
        boolean same = FACTS.contains(before.topic()) && Draw.chance(40, random);
        Turn turn = null;
        while (turn == null) {
            if (same) {
                Country c = country(random);
                String answer = CountryFacts.answer(before.topic(), c);
                if (answer != null)
                    turn = new Turn(ask(book.topic("same"), slots(c, random), random), answer, before.topic(), c);
            } else {
                String topic = fact(random);
                if (!topic.equals("about") && !topic.equals(before.topic())) {
                    turn = fact(topic, Objects.requireNonNull(before.country()), ".follow", random);
                }
            }
        }
        return turn;
    }

    private static String fact(RandomGenerator random) {
        return FACTS.get(Draw.weighted(FACT_WEIGHTS, random));
    }

    /** Territories half as often as countries. */
    private Country country(RandomGenerator random) {
        Country c = Draw.from(all, random);
        return c.territory() && Draw.chance(50, random) ? Draw.from(countries, random) : c;
    }

    private @Nullable Turn fact(String topic, Country c, String form, RandomGenerator random) {
        String answer = CountryFacts.answer(topic, c);
        return answer == null
                ? null
                : new Turn(ask(book.topic(topic + form), slots(c, random), random), answer, topic, c);
    }

    /** The name, and two continents of which one is right. */
    private static Map<String, String> slots(Country c, RandomGenerator random) {
        Map<String, String> slots = new HashMap<>();
        String name = c.anyName(random);
        // Short names differ in few letters as it is: Mali and Malawi, Niger and Nigeria.
        boolean slipped = name.length() > LONG_NAME && Draw.chance(SLIPS_OF_HUNDRED, random);
        slots.put("X", slipped ? Asker.slip(name, random) : name);
        String right = c.continent().split(" and ")[0];
        String other = Draw.from(CONTINENTS, random);
        boolean first = random.nextBoolean();
        slots.put("C", first ? right : other);
        slots.put("C2", first ? other : right);
        return slots;
    }

    private String ask(PhraseBook.Topic topic, Map<String, String> slots, RandomGenerator random) {
        return asked(topic.ask(random), slots, random);
    }

    private String asked(String phrase, Map<String, String> slots, RandomGenerator random) {
        return Asker.ask(phrase, name -> slots.containsKey(name) ? slots.get(name) : words.draw(name, random), random);
    }

    private @Nullable Turn other(String topic, RandomGenerator random) {
        Country c = country(random);
        Country z = country(random);
        Map<String, String> slots = slots(c, random);
        slots.put("Z", z.anyName(random));
        PhraseBook.Topic phrases = book.topic(topic);
        String answer = null;
        switch (topic) {
            case "capital.which" -> {
                answer = CountryFacts.whose(c);
                if (answer != null) slots.put("Y", city(c, random));
            }
            case "capital.check" -> {
                if (c.capital() == null) return null;
                Country other = Draw.chance(50, random) ? c : sameContinent(c, random);
                if (other.capital() == null) return null;
                slots.put("Y", city(other, random));
                answer = checked(c, other.capital());
            }
            case "continent.check" -> {
                String asked = Draw.chance(50, random) ? c.continent() : Draw.from(CONTINENTS, random);
                if (asked.contains(" and ")) return null;
                slots.put("C", asked);
                answer = (c.has(asked) ? "Yes, " : "No, ") + lower(CountryFacts.continent(c));
            }
            case "currency.which" -> {
                List<Country> users = byCurrency.getOrDefault(c.currency(), List.of());
                if (users.size() != 1) return null;
                slots.put("M", Draw.chance(30, random) ? Text.plain(c.currency()) : c.currency());
                answer = "The " + c.currency() + " is the currency of " + c.name() + ".";
            }
            case "neighbours.check" -> {
                List<String> near = c.neighbours();
                if (near == null) return null;
                Country other = near.isEmpty() || Draw.chance(45, random)
                        ? sameContinent(c, random)
                        : named(Draw.from(near, random));
                if (other == c || other.neighbours() == null) return null;
                slots.put("Z", other.anyName(random));
                answer = CountryFacts.border(c, other, near.contains(other.name()));
            }
            case "domain.which" -> {
                if (c.domain() == null) return null;
                slots.put("D", c.domain());
                answer = c.domain() + " is the internet code of " + c.name() + ".";
            }
            case "list" -> {
                String continent = Draw.from(CONTINENTS, random);
                int n = 2 + random.nextInt(4);
                slots.put("C", continent);
                slots.put("N", Draw.chance(60, random) ? Text.words(n) : Integer.toString(n));
                answer = listed(continent, n, random);
            }
            case "more", "crowd" -> {
                boolean area = topic.equals("more");
                long a = area ? c.area() : c.people();
                long b = area ? z.area() : z.people();
                // Near sizes would teach a guess.
                if (c == z || a == 0 || b == 0 || Math.max(a, b) < 3 * Math.min(a, b)) return null;
                String phrase = phrases.ask(random);
                boolean yesNo = phrase.matches("(?:is|does|has) .*");
                String says = CountryFacts.more(a > b ? c : z, a > b ? z : c, area);
                String whole = yesNo ? (a > b ? "Yes, " : "No, ") + says : Text.sentence(says);
                return new Turn(asked(phrase, slots, random), whole, topic, null);
            }
            default -> throw new IllegalArgumentException(topic);
        }
        return answer == null
                ? null
                : new Turn(ask(phrases, slots, random), answer, topic, topic.equals("list") ? null : c);
    }

    private static String checked(Country c, String city) {
        String truth = CountryFacts.capital(c);
        boolean right = city.equals(c.capital());
        if (c.capitalNote() != null) return truth;
        return right ? "Yes, " + city + " is the capital of " + c.name() + "." : "No, " + lower(truth);
    }

    /** The article of a name that begins a sentence goes back to small. */
    private static String lower(String sentence) {
        return sentence.startsWith("The ") ? "t" + sentence.substring(1) : sentence;
    }

    private static String city(Country c, RandomGenerator random) {
        String capital = Objects.requireNonNull(c.capital());
        return Draw.chance(40, random) ? Text.plain(capital) : capital;
    }

    private Country sameContinent(Country c, RandomGenerator random) {
        for (int i = 0; i < 20; i++) {
            Country other = country(random);
            boolean mentioned = c.capitalNote() != null
                    && other.capital() != null
                    && c.capitalNote().contains(other.capital());
            if (other != c
                    && !mentioned
                    && (i > 10 || other.continent().equals(c.continent()) || Draw.chance(20, random))) return other;
        }
        return c;
    }

    private Country named(String name) {
        return all.stream().filter(c -> c.name().equals(name)).findFirst().orElseThrow();
    }

    private String listed(String continent, int n, RandomGenerator random) {
        List<Country> from =
                new ArrayList<>(countries.stream().filter(c -> c.has(continent)).toList());
        List<String> names = new ArrayList<>();
        while (names.size() < n && !from.isEmpty())
            names.add(from.remove(random.nextInt(from.size())).name());
        return Text.sentence(Text.words(n)) + " countries in " + continent + " are " + Text.list(names) + ".";
    }
}
