package dev.dalang.hub.store;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * The SHA-256 of some bytes. Names of blobs are made of these and of nothing else, so that no name from outside becomes a
 * path.
 *
 * @param hex 64 small hexadecimal digits
 */
public record Digest(String hex) {
    private static final Pattern HEX = Pattern.compile("[0-9a-f]{64}");
    private static final String PREFIX = "sha256:";
    private static final int BUFFER_BYTES = 1 << 18;

    /** @throws IllegalArgumentException unless it is 64 small hexadecimal digits */
    public Digest {
        if (!HEX.matcher(hex).matches()) throw new IllegalArgumentException("not a SHA-256");
    }

    /**
     * Reads {@code sha256:…} from outside.
     *
     * @param where names the place that said it, for the message
     * @throws DalangException (upstream) if it is anything else
     */
    public static Digest parse(String text, String where) {
        if (text.startsWith(PREFIX)
                && HEX.matcher(text.substring(PREFIX.length())).matches()) {
            return new Digest(text.substring(PREFIX.length()));
        }
        String shown = text.replaceAll("[^ -~]+", "?");
        throw new DalangException(new Failure.Upstream(
                where + " names a file by \"" + (shown.length() > 80 ? shown.substring(0, 80) + "…" : shown)
                        + "\", which is no sha256 digest; nothing was written",
                0));
    }

    public static Digest of(byte[] bytes) {
        MessageDigest sha = sha256();
        sha.update(bytes);
        return finish(sha);
    }

    public static Digest of(String text) {
        return of(text.getBytes(StandardCharsets.UTF_8));
    }

    public static Digest of(Path file) throws IOException {
        MessageDigest sha = sha256();
        byte[] buffer = new byte[BUFFER_BYTES];
        try (InputStream in = Files.newInputStream(file)) {
            for (int n; (n = in.read(buffer)) >= 0; ) sha.update(buffer, 0, n);
        }
        return finish(sha);
    }

    /** What was fed to a {@link #sha256()}. */
    public static Digest finish(MessageDigest sha) {
        return new Digest(HexFormat.of().formatHex(sha.digest()));
    }

    public static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e); // every JDK has it
        }
    }

    /** {@code sha256:…} */
    @Override
    public String toString() {
        return PREFIX + hex;
    }
}
