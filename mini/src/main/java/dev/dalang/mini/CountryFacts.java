package dev.dalang.mini;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What Dalang Mini says of a country: one sentence for each kind of fact, always the same. */
final class CountryFacts {

    private static final Set<String> PLURAL = Set.of(
            "Netherlands",
            "Philippines",
            "Bahamas",
            "Maldives",
            "Comoros",
            "Seychelles",
            "United States",
            "United Arab Emirates");

    private CountryFacts() {}

    /** The answer to a question of this kind; null where the factbook does not tell. */
    static @Nullable String answer(String topic, Country c) {
        return switch (topic) {
            case "capital" -> capital(c);
            case "continent" -> continent(c);
            case "currency" -> "The currency of " + c.name() + " is the " + c.currency() + ".";
            case "languages" -> languages(c);
            case "people" ->
                c.people() == 0 ? null : c.nameFirst() + has(c) + "about " + Text.rounded(c.people()) + " people.";
            case "area" ->
                c.area() == 0
                        ? null
                        : c.nameFirst() + has(c) + "an area of about " + Text.rounded(c.area()) + " square kilometres.";
            case "neighbours" -> neighbours(c);
            case "coast" -> coast(c);
            case "landlocked" -> landlocked(c);
            case "domain" -> c.domain() == null ? null : "The internet code of " + c.name() + " is " + c.domain() + ".";
            case "summit" ->
                c.summit() == null
                        ? null
                        : "The highest point of " + c.name() + " is " + c.summit() + ", at "
                                + Text.grouped(c.summitHeight()) + " metres.";
            case "adjective" ->
                c.adjective() == null ? null : "Someone from " + c.name() + " is " + c.adjective() + ".";
            case "about" -> about(c);
            default -> throw new IllegalArgumentException(topic);
        };
    }

    static String capital(Country c) {
        if (c.capitalNote() != null) return c.capitalNote();
        return "The capital of " + c.name() + " is " + end(c.capital());
    }

    /** With a full stop, unless the name has one of its own. */
    private static String end(@Nullable String name) {
        return name == null ? "" : name.endsWith(".") ? name : name + ".";
    }

    private static boolean plural(Country c) {
        return c.name().endsWith("Islands") || PLURAL.contains(c.shortName());
    }

    private static String is(Country c) {
        return plural(c) ? " are " : " is ";
    }

    private static String has(Country c) {
        return plural(c) ? " have " : " has ";
    }

    static String continent(Country c) {
        String where = c.nameFirst() + is(c) + "in " + c.continent();
        return c.region() == null ? where + "." : where + ", in " + c.region() + ".";
    }

    private static String languages(Country c) {
        return c.languages().size() == 1
                ? "The main language of " + c.name() + " is " + c.languages().getFirst() + "."
                : "The main languages of " + c.name() + " are " + Text.list(c.languages()) + ".";
    }

    private static @Nullable String neighbours(Country c) {
        if (c.neighbours() == null) return null;
        String verb = plural(c) ? " border " : " borders ";
        if (c.neighbours().isEmpty()) return c.nameFirst() + verb + "no other country.";
        return c.nameFirst() + verb + Text.list(c.neighbours()) + ".";
    }

    private static @Nullable String coast(Country c) {
        if (c.coast() < 0) return null;
        return c.coast() > 0
                ? "Yes, " + c.name() + has(c) + "a coast."
                : "No, " + c.name() + has(c) + "no coast: it is landlocked.";
    }

    private static @Nullable String landlocked(Country c) {
        if (c.coast() < 0) return null;
        return c.coast() > 0
                ? "No, " + c.name() + is(c) + "not landlocked: there is a coast."
                : "Yes, " + c.name() + is(c) + "landlocked: there is no coast.";
    }

    private static String about(Country c) {
        List<String> parts = new ArrayList<>();
        if (c.capital() != null) parts.add("its capital is " + c.capital());
        parts.add("its currency is the " + c.currency());
        if (c.people() > 0) parts.add("it has about " + Text.rounded(c.people()) + " people");
        return continent(c) + " " + Text.sentence(Text.list(parts)) + ".";
    }

    /** Whether one country borders another, as a sentence. */
    static String border(Country c, Country other, boolean does) {
        return does
                ? "Yes, " + c.name() + (plural(c) ? " border " : " borders ") + other.name() + "."
                : "No, " + c.name() + (plural(c) ? " do" : " does") + " not border " + other.name() + ".";
    }

    /** Which of two is more, of area or people, in the middle of a sentence. */
    static String more(Country more, Country less, boolean area) {
        return more.name() + (area ? is(more) + "larger than " : has(more) + "more people than ") + less.name() + ".";
    }

    /** "Nairobi is the capital of Kenya."; null for a city that is called like its country, or shares the honour. */
    static @Nullable String whose(Country c) {
        if (c.capital() == null || c.isCalled(c.capital())) return null;
        return c.capital() + " is the capital of " + c.name() + ".";
    }
}
