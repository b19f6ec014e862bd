package dev.dalang.bench.load;

import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The server that is asked. */
final class Target {

    @Option(
            names = "--url",
            paramLabel = "URL",
            required = true,
            description = "The server, like http://127.0.0.1:8080 or https://host/v1.")
    @SuppressWarnings("NullAway.Init") // picocli's
    URI url;

    @Option(names = "--key", paramLabel = "KEY", description = "Its key.")
    @Nullable
    String key;

    @Option(names = "--key-file", paramLabel = "FILE", description = "A file that holds its key.")
    @Nullable
    Path keyFile;

    @Option(names = "--model", paramLabel = "NAME", description = "The model to ask for. Default: ${DEFAULT-VALUE}.")
    String model = "default";

    @Option(names = "--timeout", paramLabel = "SECONDS", description = "For a whole answer. Default: ${DEFAULT-VALUE}.")
    int timeoutSeconds = 600;

    /** Below the version, which the address may name or not. */
    URI at(String path) {
        String text = url.toString();
        while (text.endsWith("/")) text = text.substring(0, text.length() - 1);
        return URI.create((text.endsWith("/v1") ? text : text + "/v1") + path);
    }

    /** Beside the versions. */
    URI root(String path) {
        String text = url.toString().replaceFirst("(/v1)?/*$", "");
        return URI.create(text + path);
    }

    HttpRequest.Builder request(URI at) {
        HttpRequest.Builder b = HttpRequest.newBuilder(at).timeout(Duration.ofSeconds(timeoutSeconds));
        String secret = secret();
        return secret == null ? b : b.header("Authorization", "Bearer " + secret);
    }

    @Nullable
    String secret() {
        try {
            return keyFile == null ? key : Files.readString(keyFile).strip();
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException("--key-file", e);
        }
    }
}
