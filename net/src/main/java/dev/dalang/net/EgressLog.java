package dev.dalang.net;

import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A file that says of every connection when, why, where to and what came of it: one JSON object a line, only added to.
 * Addresses are written without their query, where signed links keep their secrets; headers are not written at all.
 *
 * <p>Each request has a line with {@code "event":"open"} before anything is sent and one with {@code "close"}; what is
 * refused has one with {@code "refused"}, and a name that is not known one with {@code "unknown"}. A log that cannot be written stops the request: what is not recorded does not
 * happen. A file of 16 MiB is moved to {@code NAME.1}; four such are kept.
 */
public final class EgressLog {
    private static final Set<StandardOpenOption> APPEND =
            Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND);

    /** Some hundred thousand requests in all; nobody looks further back, and no disk should fill with it. */
    private static final long BYTES_MAX = 16 << 20;

    private static final int OLDER_FILES = 4;

    private static final FileAttribute<?>[] OF_FILE = permissions("rw-------");
    private static final FileAttribute<?>[] OF_FOLDER = permissions("rwx------");

    private final Path file;
    private final LogRotation rotation;

    public EgressLog(Path file) {
        this(file, BYTES_MAX, OLDER_FILES);
    }

    /**
     * @param bytesMax the file's length before it is moved to {@code NAME.1}
     * @param older how many moved files are kept
     */
    EgressLog(Path file, long bytesMax, int older) {
        this.file = file;
        rotation = new LogRotation(file, bytesMax, older);
    }

    /** The files of the log at {@code file} that exist, the oldest first. */
    public static List<Path> files(Path file) {
        return LogRotation.files(file, OLDER_FILES);
    }

    public Path file() {
        return file;
    }

    /** The line of an event; values are strings, whole numbers or null. */
    void write(String event, String id, Map<String, @Nullable Object> facts) throws IOException {
        Map<String, @Nullable Object> line = new LinkedHashMap<>();
        line.put("at", Instant.now().toString());
        line.put("event", event);
        line.put("id", id);
        line.putAll(facts);
        append(json(line) + "\n");
    }

    /** An address without user, query and fragment. */
    static String shown(URI address) {
        String path = address.getRawPath() == null ? "" : address.getRawPath();
        String port = address.getPort() < 0 ? "" : ":" + address.getPort();
        return address.getScheme() + "://" + address.getHost() + port + path;
    }

    private synchronized void append(String line) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8));
        rotation.before(bytes.remaining());
        // One write of one line: lines of several processes do not mix.
        try (FileChannel channel = opened()) {
            while (bytes.hasRemaining()) channel.write(bytes);
        }
    }

    private FileChannel opened() throws IOException {
        try {
            return FileChannel.open(file, APPEND, OF_FILE);
        } catch (NoSuchFileException e) {
            Path folder = file.toAbsolutePath().getParent();
            if (folder == null) throw e;
            Files.createDirectories(folder, OF_FOLDER);
            return FileChannel.open(file, APPEND, OF_FILE);
        }
    }

    private static FileAttribute<?>[] permissions(String permissions) {
        return FileSystems.getDefault().supportedFileAttributeViews().contains("posix")
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
                }
                : new FileAttribute<?>[0];
    }

    private static String json(Map<String, @Nullable Object> facts) {
        StringBuilder out = new StringBuilder("{");
        facts.forEach((key, value) -> {
            if (out.length() > 1) out.append(',');
            quote(key, out);
            out.append(':');
            if (value instanceof Number || value == null) out.append(value);
            else quote(value.toString(), out);
        });
        return out.append('}').toString();
    }

    private static void quote(String text, StringBuilder out) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') out.append('\\').append(c);
            else if (c < ' ' || c == 0x7f || Character.isSurrogate(c)) out.append(String.format("\\u%04x", (int) c));
            else out.append(c);
        }
        out.append('"');
    }
}
