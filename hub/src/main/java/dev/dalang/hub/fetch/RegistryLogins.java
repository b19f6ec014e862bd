package dev.dalang.hub.fetch;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.hub.json.Json;
import dev.dalang.hub.json.JsonObject;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Names and passwords for registries: our own file, {@code registries.json}, readable by its owner alone and in the form of
 * Docker's; then Docker's {@code config.json} with the helpers that it names. They are looked for only when a registry asks,
 * and go to that registry alone.
 *
 * @see <a href="https://docs.docker.com/reference/cli/docker/login/">docker login</a>
 */
public final class RegistryLogins {
    private static final int MAX_BYTES = 1_000_000;

    /** What Docker's own registry is called in its file. */
    private static final String DOCKER_KEY = "https://index.docker.io/v1/";

    private final Path own;
    private final @Nullable Path docker;
    private final CredentialHelper helper;

    /**
     * @param user empty for an identity token
     * @param secret a password, an access token, or an identity token, which a registry's server of tokens trades for one of
     *     minutes
     * @param from the file or program that it comes from
     */
    public record Login(String user, String secret, String from) {

        static Login identityToken(String token, String from) {
            return new Login("", token, from);
        }

        boolean isIdentityToken() {
            return user.isEmpty();
        }

        /** The header's value (RFC 7617). */
        String basic() {
            return "Basic "
                    + Base64.getEncoder().encodeToString((user + ":" + secret).getBytes(StandardCharsets.UTF_8));
        }

        /** Without the secret. */
        @Override
        public String toString() {
            return (isIdentityToken() ? "identity token" : user) + " (" + from + ")";
        }
    }

    RegistryLogins(Path own, @Nullable Path docker, CredentialHelper helper) {
        this.own = own;
        this.docker = docker;
        this.helper = helper;
    }

    /**
     * @param home where Dalang's state lives
     * @param environment for {@code DOCKER_CONFIG} and {@code HOME}
     */
    public static RegistryLogins of(Path home, Map<String, String> environment) {
        String folder = environment.get("DOCKER_CONFIG");
        String user = environment.get("HOME");
        Path docker = folder != null && !folder.isBlank()
                ? Path.of(folder, "config.json")
                : user != null && !user.isBlank() ? Path.of(user, ".docker", "config.json") : null;
        return new RegistryLogins(home.resolve("registries.json"), docker, new CredentialHelper(environment));
    }

    /** The login for a registry ({@code host} or {@code host:port}), where there is one. */
    public Optional<Login> find(String registry) {
        JsonObject ours = read(own);
        Optional<Login> login = ours == null ? Optional.empty() : auth(ours, registry, own);
        if (login.isPresent() || docker == null) return login;
        JsonObject theirs = read(docker);
        if (theirs == null) return Optional.empty();
        for (String key : keys(registry)) {
            String program = helper(theirs, key);
            if (program != null) login = helper.get(program, key);
            if (login.isPresent()) return login;
        }
        return auth(theirs, registry, docker);
    }

    /** Remembers a login in our own file. */
    public void save(String registry, String user, String password) {
        if (user.isEmpty() || user.indexOf(':') >= 0 || password.isEmpty()) {
            throw DalangException.invalidRequest("a login needs a name without a colon, and a password", null);
        }
        Map<String, Object> auths = auths();
        String encoded = Base64.getEncoder().encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8));
        auths.put(registry, Map.of("auth", encoded));
        write(auths);
    }

    /** Forgets what {@link #save} remembered; false when there was nothing. Docker's own file is left to Docker. */
    public boolean remove(String registry) {
        Map<String, Object> auths = auths();
        if (auths.remove(registry) == null) return false;
        write(auths);
        return true;
    }

    private Map<String, Object> auths() {
        Map<String, Object> auths = new LinkedHashMap<>();
        JsonObject file = read(own);
        JsonObject there = file == null ? null : file.objectOrNull("auths");
        if (there != null) there.members().forEach((k, v) -> auths.put(String.valueOf(k), v));
        return auths;
    }

    private void write(Map<String, Object> auths) {
        Path part = own.resolveSibling(own.getFileName() + ".new");
        try {
            Path folder = own.toAbsolutePath().getParent();
            if (folder != null) Files.createDirectories(folder);
            Files.deleteIfExists(part);
            Files.createFile(part, ownerOnly());
            try (FileChannel out = FileChannel.open(part, StandardOpenOption.WRITE)) {
                String json = Json.write(Map.of("auths", auths)) + "\n";
                ByteBuffer bytes = ByteBuffer.wrap(json.getBytes(StandardCharsets.UTF_8));
                while (bytes.hasRemaining()) out.write(bytes);
                out.force(true);
            }
            Files.move(part, own, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new DalangException(new Failure.Storage(own + ": " + e.getMessage(), own.toString()), e);
        }
    }

    private static FileAttribute<?>[] ownerOnly() {
        return FileSystems.getDefault().supportedFileAttributeViews().contains("posix")
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
                }
                : new FileAttribute<?>[0];
    }

    private static @Nullable JsonObject read(Path file) {
        try {
            if (!Files.isRegularFile(file)) return null;
            if (Files.size(file) > MAX_BYTES) throw new IOException("it is larger than a file of logins is");
            return Json.object(Files.readAllBytes(file), file.toString());
        } catch (IOException e) {
            throw new DalangException(new Failure.Storage(file + ": " + e.getMessage(), file.toString()), e);
        }
    }

    private static String[] keys(String registry) {
        return registry.equals(KnownHosts.DOCKER) || registry.equals("docker.io")
                ? new String[] {DOCKER_KEY, "index.docker.io", "docker.io", KnownHosts.DOCKER}
                : new String[] {registry, "https://" + registry, "https://" + registry + "/v2/"};
    }

    private static @Nullable String helper(JsonObject file, String key) {
        JsonObject helpers = file.objectOrNull("credHelpers");
        String own = helpers == null ? null : helpers.stringOrNull(key);
        return own != null ? own : file.stringOrNull("credsStore");
    }

    private static Optional<Login> auth(JsonObject file, String registry, Path from) {
        JsonObject auths = file.objectOrNull("auths");
        if (auths == null) return Optional.empty();
        for (String key : keys(registry)) {
            JsonObject entry = auths.objectOrNull(key);
            if (entry == null) continue;
            String token = entry.stringOrNull("identitytoken");
            if (token != null && !token.isEmpty()) return Optional.of(Login.identityToken(token, from.toString()));
            String encoded = entry.stringOrNull("auth");
            if (encoded == null || encoded.isEmpty()) continue;
            return Optional.of(decoded(encoded, registry, from));
        }
        return Optional.empty();
    }

    private static Login decoded(String encoded, String registry, Path from) {
        String pair;
        try {
            pair = new String(Base64.getDecoder().decode(encoded.strip()), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            pair = "";
        }
        int colon = pair.indexOf(':');
        if (colon < 1) {
            throw DalangException.invalidRequest(
                    from + ": the login for " + registry + " cannot be read; log in again", null);
        }
        return new Login(pair.substring(0, colon), pair.substring(colon + 1), from.toString());
    }
}
