package dev.dalang.trust.redact;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RestorerTest {

    private static final RedactionSettings REDACT =
            new RedactionSettings(java.util.Map.of(), Action.REDACT, Action.REPORT, Set.of("foo", "23"), Set.of());

    /** Redacted and restored, whole or in pieces of any size, a text is itself again. */
    @Property(tries = 400)
    void identity(@ForAll("texts") String text, @ForAll @IntRange(min = 1, max = 9) int piece) {
        Redactor redactor = new Redactor(REDACT);
        String redacted = redactor.redact(text);
        assertThat(redactor.restore(redacted)).isEqualTo(text);
        Restorer stream = Restorer.ofText(redactor.placeholders());
        StringBuilder all = new StringBuilder();
        for (int i = 0; i < redacted.length(); i += piece) {
            all.append(stream.accept(redacted.substring(i, Math.min(redacted.length(), i + piece))));
        }
        assertThat(all.append(stream.finish()).toString()).isEqualTo(text);
    }

    /** Every stretch that was found is a placeholder afterwards, and what stands between is as it was. */
    @Property(tries = 200)
    void whatIsFoundIsReplaced(@ForAll("texts") String text) {
        String redacted = new Redactor(REDACT).redact(text);
        int from = 0;
        int at = 0;
        for (Finding f : Detectors.find(text, REDACT.words())) {
            String between = text.substring(from, f.start());
            assertThat(redacted)
                    .startsWith(
                            redacted.substring(0, at) + between + "[" + f.kind().label() + "_");
            at = redacted.indexOf(']', at + between.length()) + 1;
            from = f.end();
        }
        assertThat(redacted.substring(at)).isEqualTo(text.substring(from));
    }

    /** Values, placeholders and pieces of them, brackets, marks, and any characters at all, thrown together. */
    @Provide
    Arbitrary<String> texts() {
        List<String> pieces = new ArrayList<>(List.of(
                "a@example.com",
                "b.c@example.org",
                "4111 1111 1111 1111",
                "DE89370400440532013000",
                "+49 30 12345678",
                "10.1.2.3",
                "Anna Schmidt",
                "my name is ",
                "password=hunter2!",
                "foo",
                "23",
                "[EMAIL_1]",
                "[EMAIL_2]",
                "EMAIL_1",
                "[email 1]",
                "EMAIL_",
                "[",
                "]",
                "[[",
                "\\",
                "\\[EMAIL\\_1\\]",
                "%5BEMAIL_1%5D",
                "[CARD_1",
                "SECRET_1",
                "KEY-1",
                "[NAME_",
                "1",
                "12",
                "_",
                " ",
                "\n",
                ", ",
                "\"",
                "{",
                "}",
                "é",
                "😀",
                "ID 1",
                "IP_1x"));
        Arbitrary<String> known = Arbitraries.of(pieces);
        return Arbitraries.frequencyOf(
                        net.jqwik.api.Tuple.of(8, known),
                        net.jqwik.api.Tuple.of(1, Arbitraries.strings().ofMaxLength(6)))
                .list()
                .ofMaxSize(24)
                .map(l -> String.join("", l));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[EMAIL_1]",
                "[email_1]",
                "[EMAIL 1]",
                "[EMAIL-1]",
                "[EMAIL1]",
                "[ EMAIL_1 ]",
                "[EMAIL\\_1]",
                "\\[EMAIL\\_1\\]",
                "EMAIL_1",
                "EMAIL\\_1"
            })
    void formsThatModelsWrite(String form) {
        Redactor redactor = new Redactor(REDACT);
        assertThat(redactor.redact("a@example.com")).isEqualTo("[EMAIL_1]");
        assertThat(redactor.restore("Write to " + form + ".")).isEqualTo("Write to a@example.com.");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[EMAIL_2]",
                "EMAIL_10",
                "XEMAIL_1",
                "EMAIL_1x",
                "email_1",
                "[MAIL_1]",
                "[EMAIL_01]",
                "[EMAIL_1",
                "[EMAIL_"
            })
    void whatIsNoPlaceholderStays(String form) {
        Redactor redactor = new Redactor(REDACT);
        redactor.redact("a@example.com");
        String restored = redactor.restore(form + " ");
        assertThat(restored).isEqualTo(form.equals("[EMAIL_1") ? "[a@example.com " : form + " ");
    }

    @Test
    void anAddressGetsItsEscapes() {
        Redactor redactor = new Redactor(REDACT);
        redactor.redact("a+b@example.com");
        assertThat(redactor.restore("https://x.example/?to=%5BEMAIL_1%5D"))
                .isEqualTo("https://x.example/?to=a%2Bb%40example.com");
    }

    @Test
    void whatTheRequestSaysItselfIsNeverGivenOut() {
        Redactor redactor = new Redactor(REDACT);
        assertThat(redactor.redact("[EMAIL_1] is what I call a@example.com"))
                .isEqualTo("[EMAIL_1] is what I call [EMAIL_2]");
    }

    @Test
    void oneValueHasOnePlaceholder() {
        Redactor redactor = new Redactor(REDACT);
        assertThat(redactor.redact("a@example.com, b@example.com, a@example.com"))
                .isEqualTo("[EMAIL_1], [EMAIL_2], [EMAIL_1]");
        assertThat(redactor.report().header()).isEqualTo("email=3");
    }

    @Test
    void onlyWhatMayBeAPlaceholderIsHeldBack() {
        Redactor redactor = new Redactor(REDACT);
        redactor.redact("a@example.com");
        Restorer stream = Restorer.ofText(redactor.placeholders());
        assertThat(stream.accept("Hello [EM")).isEqualTo("Hello ");
        assertThat(stream.accept("AIL")).isEmpty();
        assertThat(stream.accept("_1")).isEmpty();
        assertThat(stream.accept("] and [no")).isEqualTo("a@example.com and [no");
        assertThat(stream.finish()).isEmpty();
    }
}
