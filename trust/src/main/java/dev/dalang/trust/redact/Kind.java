package dev.dalang.trust.redact;

import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What was found. The order is the rank: where two findings overlap, the kind that stands first names the whole. */
public enum Kind {
    PRIVATE_KEY("PEM", "private key"),
    CONNECTION("DSN", "connection string"),
    TOKEN("TOKEN", "web token"),
    API_KEY("KEY", "API key"),
    EMAIL("EMAIL", "e-mail address"),
    IBAN("IBAN", "bank account"),
    CARD("CARD", "payment card"),
    NATIONAL_ID("ID", "national id"),
    IP("IP", "IP address"),
    PHONE("PHONE", "phone number"),
    SECRET("SECRET", "secret"),
    ADDRESS("ADDRESS", "street address"),
    NAME("NAME", "name");

    private static final Map<String, Kind> BY_WORD =
            Stream.of(values()).collect(Collectors.toUnmodifiableMap(Kind::word, k -> k));

    private final String label;
    private final String noun;

    Kind(String label, String noun) {
        this.label = label;
        this.noun = noun;
    }

    /** The word of its placeholders: {@code EMAIL} in {@code [EMAIL_1]}. */
    public String label() {
        return label;
    }

    /** For programs, rules and headers: {@code national_id}. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The kind of this {@link #word}, or null. */
    public static @Nullable Kind of(String word) {
        return BY_WORD.get(word);
    }

    /** For people: {@code 1 national id}, {@code 2 e-mail addresses}. */
    public String counted(int n) {
        if (n == 1) return "1 " + noun;
        return n + " " + noun + (noun.endsWith("s") ? "es" : "s");
    }
}
