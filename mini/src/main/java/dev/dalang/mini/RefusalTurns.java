package dev.dalang.mini;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.random.RandomGenerator;

/** Questions that Dalang Mini must not answer, for it does not know. */
final class RefusalTurns {

    private final PhraseBook book;
    private final WordLists words;
    private final SumTurns sums;
    private final Set<String> known;
    private final List<Country> countries;
    private final List<PhraseBook.Topic> topics = new ArrayList<>();
    private final int[] weights;

    RefusalTurns(PhraseBook book, WordLists words, SumTurns sums, TalkTurns talk, Countries countries) {
        this.known = talk.known();
        this.book = book;
        this.words = words;
        this.sums = sums;
        this.countries = countries.all();
        for (PhraseBook.Topic topic : book.topics("refuse.")) if (!topic.asks().isEmpty()) topics.add(topic);
        this.weights = topics.stream()
                .mapToInt(t -> switch (t.name()) {
                    case "refuse.places" -> 22;
                    case "refuse.country" -> 18;
                    case "refuse.things" -> 18;
                    case "refuse.school" -> 16;
                    case "refuse.city", "refuse.words" -> 5;
                    default -> 10;
                })
                .toArray();
    }

    Turn any(RandomGenerator random) {
        if (Draw.chance(12, random)) return sums.beyond(random);
        PhraseBook.Topic topic = topics.get(Draw.weighted(weights, random));
        String question = Asker.ask(topic.ask(random), slot -> fill(slot, random), random);
        return new Turn(question, book.topic("refuse.answers").answer(random), topic.name(), null);
    }

    /** A question that goes on from another about a country, but asks for what was not taught. */
    Turn next(Country country, RandomGenerator random) {
        String question = Asker.ask(book.topic("refusal.follow").ask(random), slot -> fill(slot, random), random);
        return new Turn(question, book.topic("refuse.answers").answer(random), "refusal.follow", country);
    }

    /** A question that goes on from one about a place that is not known. */
    Turn dangling(String question, RandomGenerator random) {
        return new Turn(question, book.topic("refuse.answers").answer(random), "refuse.places", null);
    }

    private String fill(String slot, RandomGenerator random) {
        return switch (slot) {
            case "X" -> Draw.from(countries, random).anyName(random);
            case "M" -> Draw.from(countries, random).currency();
            case "Y" -> capital(random);
            case "animal", "adj", "noun", "toy", "plant" -> unknown(slot, random);
            default -> words.draw(slot, random);
        };
    }

    /** A word that no question of {@code words.txt} is about. */
    private String unknown(String slot, RandomGenerator random) {
        while (true) {
            String word = words.draw(slot, random);
            if (!known.contains(word)) return word;
        }
    }

    private String capital(RandomGenerator random) {
        while (true) {
            Country c = Draw.from(countries, random);
            if (CountryFacts.whose(c) != null) return Objects.requireNonNull(c.capital());
        }
    }
}
