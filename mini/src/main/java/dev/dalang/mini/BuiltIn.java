package dev.dalang.mini;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.engine.format.AtomicFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.zip.CRC32C;

/**
 * The model that comes with Dalang. It is a resource of this module; the engine maps files, so it is written once below
 * the home folder, or where that cannot be written into a temporary file.
 */
public final class BuiltIn {

    /** What it is called by. */
    public static final String NAME = "dalang-mini";

    private static final String MODEL = "dalang-mini.gguf";
    /** Length, CRC-32C and SHA-256 of the model. */
    private static final String CHECK = "dalang-mini.check";

    private static final int DIGEST_SHOWN = 16;

    /** Opens the model's bytes. */
    @FunctionalInterface
    public interface Content {
        InputStream open() throws IOException;
    }

    private final Content content;
    private final String digest;
    private final long bytes;
    private final long checksum;
    /** What was found or written already, by home. */
    private final Map<Path, Path> files = new HashMap<>();

    /**
     * @param bytes length of the content
     * @param checksum CRC-32C of the content
     * @param digest SHA-256 of the content in hexadecimal letters
     */
    public BuiltIn(Content content, long bytes, long checksum, String digest) {
        this.content = content;
        this.bytes = bytes;
        this.checksum = checksum;
        this.digest = digest;
    }

    /** Nothing where this build has none. */
    public static Optional<BuiltIn> shipped() {
        if (BuiltIn.class.getResource(MODEL) == null) return Optional.empty();
        Content content = () -> {
            InputStream in = BuiltIn.class.getResourceAsStream(MODEL);
            if (in == null) throw new IOException("the resource " + MODEL + " is gone");
            return in;
        };
        String[] parts = PhraseBook.text(CHECK).strip().split(" ");
        return Optional.of(new BuiltIn(content, Long.parseLong(parts[0]), Long.parseLong(parts[1], 16), parts[2]));
    }

    /** The model card, Markdown. */
    public static String card() {
        return PhraseBook.text("CARD.md");
    }

    /** The length of the model's file. */
    public long bytes() {
        return bytes;
    }

    /** SHA-256 in hexadecimal letters. */
    public String digest() {
        return digest;
    }

    /**
     * The model's file, which holds what was shipped, byte for byte.
     *
     * @param home where Dalang's state lives; need not be writable
     * @throws DalangException (storage) if it can be written nowhere
     */
    public synchronized Path file(Path home) {
        return files.computeIfAbsent(home, this::made);
    }

    private Path made(Path home) {
        Path folder = home.resolve("builtin");
        Path file = folder.resolve(NAME + "-" + digest.substring(0, DIGEST_SHOWN) + ".gguf");
        if (isThere(file)) return file;
        try {
            Files.createDirectories(folder);
            write(file);
            removeOthers(folder, file);
            return file;
        } catch (IOException | DalangException e) {
            return temporary(e);
        }
    }

    private Path temporary(Exception why) {
        try {
            Path file = Files.createTempFile(NAME, ".gguf");
            file.toFile().deleteOnExit();
            write(file);
            return file;
        } catch (IOException e) {
            e.addSuppressed(why);
            throw new DalangException(
                    new Failure.Storage("the built-in model cannot be written anywhere: " + e.getMessage(), null), e);
        }
    }

    private void write(Path file) {
        AtomicFile.write(file, out -> {
            try (InputStream in = content.open()) {
                in.transferTo(out);
            }
        });
        if (!isWhole(file)) {
            throw new DalangException(new Failure.Internal("the built-in model is not what its digest says"));
        }
    }

    /** Those of earlier versions; whoever has one open keeps it. */
    private static void removeOthers(Path folder, Path file) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, NAME + "-*.{gguf,gguf.checked}")) {
            for (Path other : files) {
                if (!other.equals(file) && !other.equals(note(file))) Files.deleteIfExists(other);
            }
        }
    }

    /** Whether the file holds what it should: as it was when it was read last, or read now. */
    private boolean isThere(Path file) {
        try {
            String state = state(file);
            if (isNoted(file, state)) return true;
            // The digest takes a tenth of a second, so that it is left to the writing; damage shows in the sum too.
            CRC32C sum = new CRC32C();
            if (read(file, sum::update) != bytes || sum.getValue() != checksum) return false;
            remember(file, state);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** What changes when somebody writes to the file. */
    private static String state(Path file) throws IOException {
        BasicFileAttributes a = Files.readAttributes(file, BasicFileAttributes.class);
        return a.size() + " " + a.lastModifiedTime().to(TimeUnit.NANOSECONDS) + "\n";
    }

    private static boolean isNoted(Path file, String state) {
        try {
            return Files.readString(note(file)).equals(state);
        } catch (IOException e) {
            return false;
        }
    }

    /** Notes that the file was right in this state; where that cannot be written, it is read each time. */
    private static void remember(Path file, String state) {
        try {
            AtomicFile.write(note(file), out -> out.write(state.getBytes(StandardCharsets.UTF_8)));
        } catch (DalangException e) {
            // Then the next start takes a little longer.
        }
    }

    private static Path note(Path file) {
        return file.resolveSibling(file.getFileName() + ".checked");
    }

    private boolean isWhole(Path file) {
        try {
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            return read(file, sha::update) == bytes
                    && HexFormat.of().formatHex(sha.digest()).equals(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Hands out a file's bytes and says how many there were; -1 where it cannot be read. */
    private static long read(Path file, Consumer<ByteBuffer> to) {
        try (FileChannel channel = FileChannel.open(file)) {
            ByteBuffer buffer = ByteBuffer.allocate(1 << 18);
            long count = 0;
            for (int n; (n = channel.read(buffer)) >= 0; buffer.clear()) {
                count += n;
                to.accept(buffer.flip());
            }
            return count;
        } catch (IOException e) {
            return -1;
        }
    }
}
