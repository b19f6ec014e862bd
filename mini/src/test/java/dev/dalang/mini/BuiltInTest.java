package dev.dalang.mini;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.dalang.api.DalangException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BuiltInTest {

    private static final byte[] BYTES = "what a model is made of".getBytes(java.nio.charset.StandardCharsets.UTF_8);

    @TempDir
    Path home;

    private final AtomicInteger opened = new AtomicInteger();

    /** As another process sees it. */
    private BuiltIn model() {
        return new BuiltIn(
                () -> {
                    opened.incrementAndGet();
                    return new ByteArrayInputStream(BYTES);
                },
                BYTES.length,
                crc32c(BYTES),
                sha256(BYTES));
    }

    private static long crc32c(byte[] bytes) {
        CRC32C sum = new CRC32C();
        sum.update(bytes);
        return sum.getValue();
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void itIsWrittenOnce() throws Exception {
        Path file = model().file(home);
        assertThat(file).startsWith(home).hasBinaryContent(BYTES);
        assertThat(model().file(home)).isEqualTo(file);
        assertThat(opened).hasValue(1);
    }

    @Test
    void aDamagedFileIsWrittenAnew() throws Exception {
        Path file = model().file(home);
        byte[] damaged = BYTES.clone();
        damaged[3] ^= 1;
        Files.write(file, damaged);
        assertThat(model().file(home)).isEqualTo(file).hasBinaryContent(BYTES);
        assertThat(opened).hasValue(2);
    }

    @Test
    void whatWasReadOnceIsReadAgainWhenItWasWrittenTo() throws Exception {
        Path file = model().file(home);
        assertThat(model().file(home)).isEqualTo(file); // read, and noted
        Path note = file.resolveSibling(file.getFileName() + ".checked");
        assertThat(note).exists();
        FileTime then = Files.getLastModifiedTime(file);
        byte[] damaged = BYTES.clone();
        damaged[3] ^= 1;
        Files.write(file, damaged);
        // The same length, and a time that differs as little as times do.
        Files.setLastModifiedTime(file, FileTime.from(then.toInstant().plusNanos(1_000)));
        assertThat(model().file(home)).hasBinaryContent(BYTES);
        assertThat(opened).hasValue(2);
        assertThat(model().file(home)).hasBinaryContent(BYTES);
        assertThat(opened).hasValue(2);
    }

    @Test
    void aNoteThatCannotBeKeptIsNoHindrance() throws Exception {
        Path file = model().file(home);
        Path note = Files.createDirectories(
                file.resolveSibling(file.getFileName() + ".checked").resolve("in-the-way"));
        assertThat(model().file(home)).isEqualTo(file);
        assertThat(note).exists();
        assertThat(opened).hasValue(1);
    }

    @Test
    void thatOfAnEarlierVersionGoes() throws Exception {
        Path old = Files.createDirectories(home.resolve("builtin")).resolve("dalang-mini-0123456789abcdef.gguf");
        Path oldNote = old.resolveSibling(old.getFileName() + ".checked");
        Path other = old.resolveSibling("notes.txt");
        Files.writeString(old, "old");
        Files.writeString(oldNote, "3 4711");
        Files.writeString(other, "mine");
        Path file = model().file(home);
        assertThat(old).doesNotExist();
        assertThat(oldNote).doesNotExist();
        assertThat(other).exists();
        assertThat(file).exists();
    }

    @Test
    void aHomeThatCannotBeWrittenIsNoHindrance() throws Exception {
        // A file in the place of the folder: nobody, not even root, can write below it.
        Path blocked = Files.writeString(home.resolve("blocked"), "");
        Path file = model().file(blocked);
        assertThat(file).exists().hasBinaryContent(BYTES);
        assertThat(file.startsWith(home)).isFalse();
        Files.delete(file);
    }

    @Test
    void contentThatIsNotWhatItShouldBeIsRefused() {
        BuiltIn wrong =
                new BuiltIn(() -> new ByteArrayInputStream(BYTES), BYTES.length, crc32c(BYTES), sha256(new byte[1]));
        assertThatThrownBy(() -> wrong.file(home))
                .isInstanceOf(DalangException.class)
                .hasMessageContaining("digest");
        BuiltIn gone = new BuiltIn(
                () -> {
                    throw new IOException("gone");
                },
                BYTES.length,
                crc32c(BYTES),
                sha256(BYTES));
        assertThatThrownBy(() -> gone.file(home))
                .isInstanceOf(DalangException.class)
                .hasMessageContaining("gone");
    }

    @Test
    void whatIsShippedIsWhatItsDigestSays() {
        BuiltIn shipped = BuiltIn.shipped().orElse(null);
        assumeTrue(shipped != null, "this build has no built-in model");
        assertThat(shipped.file(home)).exists().startsWith(home).hasSize(shipped.bytes());
    }

    @Test
    void theCardIsThere() {
        assertThat(BuiltIn.card()).startsWith("# Dalang Mini");
    }
}
