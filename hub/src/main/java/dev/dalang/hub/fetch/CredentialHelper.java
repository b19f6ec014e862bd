package dev.dalang.hub.fetch;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.hub.json.Json;
import dev.dalang.hub.json.JsonObject;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The user's own programs that keep passwords for Docker, {@code docker-credential-NAME}: asked for one registry at a time,
 * when it wants a login. The name comes from the user's configuration and may not be a path.
 *
 * @see <a href="https://github.com/docker/docker-credential-helpers">docker-credential-helpers</a>
 */
final class CredentialHelper {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final int MAX_BYTES = 64_000;

    private final Map<String, String> environment;

    CredentialHelper(Map<String, String> environment) {
        this.environment = Map.copyOf(environment);
    }

    /** Empty when the helper knows of no login. */
    Optional<RegistryLogins.Login> get(String name, String registry) {
        if (!NAME.matcher(name).matches()) {
            throw DalangException.invalidRequest(
                    "Docker's configuration names the helper \"" + name.replaceAll("\\p{Cntrl}", "?")
                            + "\", which is no name of a program",
                    null);
        }
        Path program = program("docker-credential-" + name);
        if (program == null) return Optional.empty();
        try {
            Process process = new ProcessBuilder(program.toString(), "get")
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            try {
                return answer(process, program, registry);
            } finally {
                process.destroyForcibly();
            }
        } catch (IOException e) {
            throw failed(program, e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failed(program, "interrupted");
        }
    }

    private static Optional<RegistryLogins.Login> answer(Process process, Path program, String registry)
            throws IOException, InterruptedException {
        try (OutputStream in = process.getOutputStream()) {
            in.write(registry.getBytes(StandardCharsets.UTF_8));
        } catch (IOException didNotAskForWhom) {
            // A helper may answer and end without reading; what it says and its code count.
        }
        // A helper that asks a person may take its time, one that hangs may not take ours.
        Thread watch = Thread.ofVirtual().start(() -> {
            try {
                if (!process.waitFor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) process.destroyForcibly();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        byte[] out = process.getInputStream().readNBytes(MAX_BYTES);
        int code = process.waitFor();
        watch.interrupt();
        // "credentials not found" is an answer too.
        if (code != 0) return Optional.empty();
        JsonObject json = Json.object(out, "what " + program.getFileName() + " says");
        String user = json.string("Username");
        String secret = json.string("Secret");
        if (user.isEmpty() || secret.isEmpty()) return Optional.empty();
        // The helpers' word for "no name, and the secret is an identity token".
        if (user.equals("<token>")) return Optional.of(RegistryLogins.Login.identityToken(secret, program.toString()));
        return Optional.of(new RegistryLogins.Login(user, secret, program.toString()));
    }

    /** The program on the PATH, or null. */
    private @Nullable Path program(String name) {
        for (String folder : environment.getOrDefault("PATH", "").split(java.io.File.pathSeparator)) {
            if (folder.isEmpty()) continue;
            Path file = Path.of(folder, name);
            if (Files.isExecutable(file) && Files.isRegularFile(file)) return file;
        }
        return null;
    }

    private static DalangException failed(Path program, @Nullable String why) {
        return new DalangException(new Failure.Storage(program + " cannot be run: " + why, program.toString()));
    }
}
