package dev.dalang.hub.catalogue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.api.DalangException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which edition is used, and what a signature must withstand. */
class CataloguesTest {

    @TempDir
    Path home;

    private final KeyPair key = Signatures.newKey();
    private final Signatures trusted = new Signatures(
            List.of(Base64.getEncoder().encodeToString(key.getPublic().getEncoded())));

    private static byte[] edition(long serial) {
        return ("""
                {"schema": 1, "serial": %d, "date": "2027-01-01",
                 "sources": [{"id": "a", "title": "A", "url": "https://example.com", "read": "2027-01-01"}],
                 "models": [{"name": "tiny:1b", "title": "Tiny", "publisher": "Someone", "family": "Tiny",
                   "access": "open", "architecture": "llama", "licence": "MIT", "weights": "hf.co/some/tiny",
                   "sources": [{"facts": ["licence"], "source": "a", "at": "page", "verified": true}]}]}
                """.formatted(serial)).getBytes(StandardCharsets.UTF_8);
    }

    private byte[] signed(byte[] content) {
        return Signatures.sign(content, key.getPrivate(), key.getPublic());
    }

    @Test
    void aNewerEditionIsUsedFromThenOn() {
        byte[] json = edition(9_999_999_999L);
        Catalogues.Loaded taken = new Catalogues(home, trusted).update(json, signed(json), "the test");
        assertThat(taken.catalogue().find("tiny:1b")).isPresent();
        Catalogues.Loaded again = new Catalogues(home, trusted).current();
        assertThat(again.updated()).isTrue();
        assertThat(again.digest()).isEqualTo(taken.digest()).startsWith("sha256:");
    }

    @Test
    void anOlderEditionIsRefused() {
        byte[] json = edition(5);
        assertThatThrownBy(() -> new Catalogues(home, trusted).update(json, signed(json), "the test"))
                .isInstanceOf(DalangException.class)
                .hasMessageContaining("edition 5 is older than the one in use");
        assertThat(home.resolve("catalogue")).doesNotExist();
    }

    @Test
    void anotherKeyIsRefused() {
        byte[] json = edition(9_999_999_999L);
        KeyPair other = Signatures.newKey();
        byte[] signature = Signatures.sign(json, other.getPrivate(), other.getPublic());
        assertThatThrownBy(() -> new Catalogues(home, trusted).update(json, signature, "the test"))
                .hasMessageContaining("which is not trusted");
    }

    @Test
    void aChangedByteIsSeen() {
        byte[] json = edition(9_999_999_999L);
        byte[] signature = signed(json);
        json[json.length / 2] ^= 1;
        assertThatThrownBy(() -> new Catalogues(home, trusted).update(json, signature, "the test"))
                .hasMessageContaining("changed after it was signed");
    }

    @Test
    void aSignatureForSomethingElseDoesNotFit() {
        byte[] json = edition(9_999_999_999L);
        String line = new String(signed(json), StandardCharsets.US_ASCII);
        for (String bad : List.of("", "x", line.replace("dalang-catalogue-v1", "other-v1"), line.strip() + "AA x")) {
            assertThatThrownBy(() -> trusted.check(json, bad.getBytes(StandardCharsets.US_ASCII), "the test"))
                    .isInstanceOf(DalangException.class)
                    .hasMessageContaining("format");
        }
        String damaged = line.strip().substring(0, line.length() - 10) + "!!";
        assertThatThrownBy(() -> trusted.check(json, damaged.getBytes(StandardCharsets.US_ASCII), "the test"))
                .hasMessageContaining("damaged");
    }

    @Test
    void aBrokenEditionAtHomeIsNotUsedAndThatIsSaid() throws IOException {
        byte[] json = edition(9_999_999_999L);
        new Catalogues(home, trusted).update(json, signed(json), "the test");
        Path file = home.resolve("catalogue").resolve(Catalogues.FILE);
        Files.writeString(file, Files.readString(file).replace("Tiny", "Evil"));
        Catalogues.Loaded used = new Catalogues(home, trusted).current();
        assertThat(used.updated()).isFalse();
        assertThat(used.warning()).contains("changed after it was signed").contains("the catalogue of this build");
    }

    @Test
    void keysSurviveBeingWritten() {
        KeyPair read = Signatures.decode(Signatures.encode(key));
        byte[] content = {1, 2, 3};
        assertThat(trusted.check(content, Signatures.sign(content, read.getPrivate(), read.getPublic()), "it"))
                .isEqualTo(Signatures.id(key.getPublic()));
        assertThatThrownBy(() -> Signatures.decode("one line")).hasMessageContaining("two lines");
        assertThatThrownBy(() -> Signatures.decode("a\nb")).hasMessageContaining("Ed25519");
    }
}
