package dev.dalang.hub.fetch;

import dev.dalang.net.HostRules;
import dev.dalang.net.NetSettings;
import java.net.URI;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The hosts that fetching may reach without being told: the hubs, and where they send for the bytes. */
public final class KnownHosts {
    static final String HUGGING_FACE = "huggingface.co";
    static final String OLLAMA = "registry.ollama.ai";
    static final String DOCKER = "registry-1.docker.io";
    static final String DOCKER_LOGIN = "auth.docker.io";

    private static final String HUBS = String.join(
            ",",
            HUGGING_FACE,
            "*.hf.co",
            "*.huggingface.co",
            OLLAMA,
            "dd20bb891979d25aebc8bec07b2b3bbc.r2.cloudflarestorage.com",
            DOCKER,
            DOCKER_LOGIN,
            "production.cloudflare.docker.com",
            "docker-images-prod.6aa30f8b08e16409b46e0173d6de2f56.r2.cloudflarestorage.com");

    private KnownHosts() {}

    /** Of the hubs, and of the mirror that {@code HF_ENDPOINT} names. */
    public static HostRules of(Map<String, String> environment) {
        return HostRules.parse(HUBS).and(NetSettings.hostOf(huggingFace(environment)));
    }

    /** The host of an address or registry that the user named in a command. */
    public static HostRules of(Source source) {
        return switch (source) {
            case Source.HuggingFace h -> HostRules.none();
            case Source.Ollama o -> NetSettings.hostOf(URI.create("https://" + o.host()));
            case Source.Oci o -> NetSettings.hostOf(URI.create("https://" + o.host()));
            case Source.Url u -> NetSettings.hostOf(u.address());
        };
    }

    /** Hugging Face, or its mirror; without a slash at the end. */
    static URI huggingFace(Map<String, String> environment) {
        @Nullable String mirror = environment.get("HF_ENDPOINT");
        String text = mirror == null || mirror.isBlank() ? "https://" + HUGGING_FACE : mirror.strip();
        try {
            URI uri = URI.create(text.replaceFirst("/+$", ""));
            if (uri.getHost() == null) throw new IllegalArgumentException("it has no host");
            return uri;
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "HF_ENDPOINT must be an address like https://" + HUGGING_FACE + ": " + e.getMessage(), e);
        }
    }
}
