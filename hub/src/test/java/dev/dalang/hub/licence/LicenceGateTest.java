package dev.dalang.hub.licence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.ledger.Acceptance;
import dev.dalang.ledger.Ledger;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Consents against a real ledger. */
class LicenceGateTest {

    private static final Instant NOW = Instant.parse("2026-11-25T10:00:00Z");

    @TempDir
    Path folder;

    private final Licences licences = Licences.bundled();
    private Ledger ledger;
    private final List<String> asked = new ArrayList<>();

    @BeforeEach
    void open() {
        ledger = Ledger.open(folder.resolve("ledger.db"));
    }

    @AfterEach
    void close() {
        ledger.close();
    }

    private LicenceGate gate(String policy) {
        return new LicenceGate(
                ledger.acceptances(), LicencePolicy.parse(policy, licences), Clock.fixed(NOW, ZoneOffset.UTC));
    }

    private LicenceGate.Subject subject(String text, String... names) {
        List<Licence> all = List.of(names).stream().map(licences::named).toList();
        return new LicenceGate.Subject("hf.co/a/b", all, text, "sha256:abc");
    }

    private LicenceGate.Consent answering(boolean yes) {
        return (subject, licence, text) -> {
            asked.add(licence.id() + ": " + text);
            return yes;
        };
    }

    @Test
    void aPermissiveLicenceAsksNobody() {
        gate("").pass(subject(null, "Apache-2.0"), "ann", Set.of(), answering(false));
        assertThat(asked).isEmpty();
        assertThat(ledger.acceptances().all()).isEmpty();
    }

    @Test
    void aConsentIsAskedForOncePerTextAndUserAndRecorded() {
        gate("").pass(subject("the text", "llama3.1"), "ann", Set.of(), answering(true));
        gate("").pass(subject("the text", "llama3.1"), "ann", Set.of(), answering(false));
        assertThat(asked).containsExactly("Llama-3.1: the text");
        assertThat(ledger.acceptances().all())
                .containsExactly(new Acceptance(
                        "ann", NOW, "Llama-3.1", LicenceGate.digest("the text"), "hf.co/a/b", "sha256:abc", "typed"));
        assertThatThrownBy(() -> gate("").pass(subject("the text", "llama3.1"), "bob", Set.of(), answering(false)))
                .hasMessageContaining("must be accepted first");
        assertThatThrownBy(() -> gate("").pass(subject("a new text", "llama3.1"), "ann", Set.of(), answering(false)))
                .hasMessageContaining("--accept-licence Llama-3.1");
    }

    @Test
    void withoutAnybodyToAskTheFlagIsNeeded() {
        assertThatThrownBy(() ->
                        gate("").pass(subject(null, "Gemma"), "ann", Set.of("Llama-3.1"), LicenceGate.Consent.NOBODY))
                .isInstanceOfSatisfying(
                        DalangException.class,
                        e -> assertThat(e.failure()).isInstanceOf(Failure.ModelUnavailable.class));
        gate("").pass(subject(null, "Gemma"), "ann", Set.of("gemma"), LicenceGate.Consent.NOBODY);
        assertThat(ledger.acceptances().all()).extracting(Acceptance::how).containsExactly("--accept-licence");
    }

    /** A fine-tune of Llama under MIT is under both. */
    @Test
    void everyLicenceThatFollowsMustBeAccepted() {
        LicenceGate.Subject both = subject("MIT text", "MIT", "Llama-3.1");
        assertThatThrownBy(() -> gate("").pass(both, "ann", Set.of(), LicenceGate.Consent.NOBODY))
                .hasMessageContaining("Llama 3.1");
        gate("").pass(both, "ann", Set.of(), answering(true));
        assertThat(asked).hasSize(1).allMatch(a -> a.startsWith("Llama-3.1: Llama 3.1 Community License"));
    }

    @Test
    void aRuleRefusesThoughAllIsAccepted() {
        assertThatThrownBy(() -> gate("no-non-commercial")
                        .pass(subject(null, "cc-by-nc-4.0"), "ann", Set.of("CC-BY-NC-4.0"), answering(true)))
                .isInstanceOfSatisfying(
                        DalangException.class,
                        e -> assertThat(e.failure()).isInstanceOf(Failure.ModelUnavailable.class))
                .hasMessageContaining("rule no-non-commercial");
        assertThat(ledger.acceptances().all()).isEmpty();
    }
}
