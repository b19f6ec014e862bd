package dev.dalang.hub.catalogue;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.hub.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * The catalogue in use: the one that came with this build, or a newer one that the user fetched to
 * {@code $DALANG_HOME/catalogue}. Both are signed; one whose signature fails is not used, and that is said.
 */
public final class Catalogues {

    public static final String FILE = "catalogue.json";
    public static final String SIGNATURE = "catalogue.json.sig";

    /** Real ones have less than a megabyte. */
    public static final int MAX_BYTES = 32 << 20;

    /**
     * @param digest {@code sha256:…} of the file, so that an answer can name its edition
     * @param key that signed it
     * @param updated whether it was fetched after this build
     * @param warning why a fetched one is not in use, or null
     */
    public record Loaded(
            Catalogue catalogue,
            String digest,
            String key,
            boolean updated,
            @Nullable String warning) {}

    private final Path folder;
    private final Signatures signatures;
    private @Nullable Loaded loaded;

    public Catalogues(Path home, Signatures signatures) {
        this.folder = home.resolve("catalogue");
        this.signatures = signatures;
    }

    /** The newest catalogue whose signature holds. */
    public Loaded current() {
        if (loaded == null) loaded = load();
        return loaded;
    }

    private Loaded load() {
        Loaded bundled =
                open(resource(FILE), resource(SIGNATURE), "the catalogue of this build", Signatures.ofProject(), false);
        Path file = folder.resolve(FILE);
        if (!Files.exists(file)) return bundled;
        try {
            Loaded fetched = open(read(file), read(folder.resolve(SIGNATURE)), file.toString(), signatures, true);
            if (fetched.catalogue().serial() > bundled.catalogue().serial()) return fetched;
            return bundled;
        } catch (DalangException e) {
            return new Loaded(
                    bundled.catalogue(),
                    bundled.digest(),
                    bundled.key(),
                    false,
                    e.failure().message() + "; the catalogue of this build is used instead");
        }
    }

    /** Checks and reads a catalogue. */
    public Loaded open(byte[] json, byte[] signature, String what) {
        return open(json, signature, what, signatures, true);
    }

    private static Loaded open(byte[] json, byte[] signature, String what, Signatures trusted, boolean updated) {
        String key = trusted.check(json, signature, what);
        return new Loaded(CatalogueReader.read(Json.parse(json, what)), digest(json), key, updated, null);
    }

    /**
     * Takes a newer catalogue into use.
     *
     * @return what is in use now
     * @throws DalangException when the signature does not hold, or it is older than the one in use: nobody can bring back
     *     an old one with its mistakes
     */
    public Loaded update(byte[] json, byte[] signature, String what) {
        Loaded fresh = open(json, signature, what);
        long have = current().catalogue().serial();
        if (fresh.catalogue().serial() < have) {
            throw DalangException.invalidRequest(
                    what + ": edition " + fresh.catalogue().serial() + " is older than the one in use, " + have,
                    "catalogue");
        }
        if (fresh.catalogue().serial() == have) return current();
        try {
            Files.createDirectories(folder);
            // The signature last: a file without its signature is not used.
            Files.deleteIfExists(folder.resolve(SIGNATURE));
            write(folder.resolve(FILE), json);
            write(folder.resolve(SIGNATURE), signature);
        } catch (IOException e) {
            throw storage(folder, e);
        }
        loaded = fresh;
        return fresh;
    }

    private static void write(Path file, byte[] bytes) throws IOException {
        Path part = file.resolveSibling(file.getFileName() + ".part");
        Files.write(part, bytes);
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static byte[] read(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MAX_BYTES + 1);
            if (bytes.length > MAX_BYTES) throw DalangException.invalidRequest(file + " is too large", "catalogue");
            return bytes;
        } catch (NoSuchFileException e) {
            throw DalangException.invalidRequest(file + " is missing", "catalogue");
        } catch (IOException e) {
            throw storage(file, e);
        }
    }

    private static byte[] resource(String name) {
        try (InputStream in = Catalogues.class.getResourceAsStream(name)) {
            if (in == null) throw new IllegalStateException("the build lacks " + name);
            return in.readAllBytes();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static DalangException storage(Path path, IOException e) {
        return new DalangException(new Failure.Storage(path + ": " + e.getMessage(), path.toString()), e);
    }

    static String digest(byte[] bytes) {
        try {
            return "sha256:"
                    + HexFormat.of()
                            .formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
