package dev.dalang.trust.redact;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Texts that make backtracking patterns slow. A quarter of a megabyte of each takes milliseconds; what grows
 * with the square would not end before the limit, which is against hanging alone. */
class LinearTimeTest {

    @Test
    @Timeout(value = 10, unit = TimeUnit.MINUTES)
    void hostileTexts() {
        for (String piece : List.of(
                "a",
                "@",
                "a@",
                "a.a@a.",
                "1",
                "1 ",
                "1-",
                "0 ",
                "+",
                "+1",
                "(",
                "::",
                "1:",
                "://",
                "a://",
                "a:a@",
                "eyJ",
                "eyJ.",
                "-----BEGIN ",
                "-----BEGIN PRIVATE KEY-----",
                "password=",
                "password=\"",
                "Bearer ",
                "Anna ",
                "A. ",
                "von ",
                "Herr von der ",
                "1 Rue ",
                "Calle de ",
                "1 A ",
                "Jl. A ",
                "GB82 ",
                "999-99-",
                "[EMAIL_",
                "EMAIL_1",
                "%5B",
                "\\[",
                "sk-",
                ":AA",
                "é",
                "1.",
                "1.1.1.",
                "Am A 1 ",
                "\"",
                "Smith, ")) {
            String text = piece.repeat(250_000 / piece.length());
            Redactor redactor = new Redactor(RedactionSettings.all(Action.REDACT));
            String redacted = redactor.redact(text);
            assertThat(redactor.restore(redacted)).isEqualTo(text);
        }
    }
}
