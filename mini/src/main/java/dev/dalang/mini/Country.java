package dev.dalang.mini;

import java.util.List;
import java.util.Locale;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What Dalang Mini learns of a country or territory.
 *
 * @param code of its file in the factbook
 * @param territory whether it belongs to another country
 * @param name with its article, as inside a sentence
 * @param continent one, or two joined by "and"
 * @param region within the continent, or null
 * @param capital null where there is none
 * @param capitalNote the sentence that tells what a name alone cannot, or null
 * @param aliases other names that people use
 * @param people how many, 0 where unknown
 * @param area square kilometres, 0 where unknown
 * @param coast length in kilometres, -1 where unknown, 0 for landlocked
 * @param domain the internet code, or null
 * @param summit the highest point, or null
 * @param summitHeight metres
 * @param adjective what its people are called, or null
 * @param neighbours names of the countries it borders on, with articles; null where not known
 */
record Country(
        String code,
        boolean territory,
        String name,
        String continent,
        @Nullable String region,
        @Nullable String capital,
        @Nullable String capitalNote,
        String currency,
        List<String> languages,
        List<String> aliases,
        long people,
        long area,
        long coast,
        @Nullable String domain,
        @Nullable String summit,
        long summitHeight,
        @Nullable String adjective,
        @Nullable List<String> neighbours) {

    /** The name at the start of a sentence. */
    String nameFirst() {
        return Text.sentence(name);
    }

    /** The name without its article. */
    String shortName() {
        return name.startsWith("the ") ? name.substring(4) : name;
    }

    boolean has(String continentName) {
        return continent.contains(continentName);
    }

    /** One of the names that people use. */
    String anyName(RandomGenerator random) {
        if (!aliases.isEmpty() && random.nextInt(100) < 40) return aliases.get(random.nextInt(aliases.size()));
        if (random.nextInt(100) < 25) return Text.plain(shortName());
        return random.nextInt(100) < 25 ? shortName() : name;
    }

    /** Whether a name that somebody uses means this country. */
    boolean isCalled(String other) {
        String wanted = key(other);
        return key(name).equals(wanted) || aliases.stream().anyMatch(a -> key(a).equals(wanted));
    }

    private static String key(String name) {
        String plain = Text.plain(name).toLowerCase(Locale.ROOT);
        return plain.startsWith("the ") ? plain.substring(4) : plain;
    }
}
