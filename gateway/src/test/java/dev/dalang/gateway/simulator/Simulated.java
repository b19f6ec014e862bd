package dev.dalang.gateway.simulator;

import dev.dalang.api.ChatModel;
import dev.dalang.api.EmbeddingModel;
import dev.dalang.gateway.provider.Providers;
import dev.dalang.net.EgressLog;
import dev.dalang.net.Http;
import dev.dalang.net.NetSettings;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A user who has every kind of provider, all of them the simulator: {@code openai} (Chat), {@code responses},
 * {@code azure}, {@code azure-dated}, {@code anthropic}, {@code gemini}, {@code vertex}, {@code bedrock},
 * {@code bedrock-signed}, {@code cohere}, {@code mistral}, and one for each flavour of Chat Completions.
 */
public final class Simulated implements AutoCloseable {
    /** One for each wire. */
    public static final List<String> WIRES =
            List.of("openai", "responses", "azure-dated", "anthropic", "gemini", "bedrock", "cohere", "mistral");

    public final Simulator simulator = Simulator.start();
    public final Providers providers;
    public final Path log;
    private final Http http;

    public Simulated(Path home) {
        this(home, Map.of());
    }

    /** @param options of every provider, such as times */
    public Simulated(Path home, Map<String, String> options) {
        Map<String, String> environment = new HashMap<>(Map.of(
                "SIM_KEY",
                Simulator.KEY,
                "AWS_ACCESS_KEY_ID",
                Simulator.ACCESS_KEY,
                "AWS_SECRET_ACCESS_KEY",
                Simulator.KEY));
        providers = Providers.of(home, environment);
        add("openai", "openai", "/v1", null, options, Map.of("api", "chat"));
        add("responses", "openai", "/v1", null, options, Map.of("api", "responses"));
        add("openai-auto", "openai", "/v1", null, options, Map.of());
        add("azure", "azure", "", null, options, Map.of());
        add("azure-dated", "azure", "", null, options, Map.of("api-version", "2025-04-01-preview", "api", "chat"));
        add("anthropic", "anthropic", "/v1", null, options, Map.of());
        add("gemini", "gemini", "/v1beta", null, options, Map.of());
        add("vertex", "vertex", "/v1/projects/p/locations/global/publishers/google", null, options, Map.of());
        add("bedrock", "bedrock", "", null, options, Map.of());
        add("cohere", "cohere", "", null, options, Map.of());
        for (String flavour : Providers.flavours()) {
            String path = flavour.equals("mistral") ? "/mistral/v1" : "/v1";
            if (!flavour.equals("openai")) add(flavour, "openai-compatible", path, flavour, options, Map.of());
        }
        Map<String, String> signed = new HashMap<>(options);
        signed.put("region", "eu-central-1");
        signed.put("auth", "sigv4");
        providers.add(
                new Providers.Addition(
                        "bedrock-signed", "bedrock", simulator.at("").toString(), null, signed),
                null,
                "AWS_SECRET_ACCESS_KEY",
                false);
        log = home.resolve("egress.jsonl");
        http = new Http(providers.allow(NetSettings.of(Map.of())), new EgressLog(log));
    }

    private void add(
            String name,
            String kind,
            String path,
            String flavour,
            Map<String, String> options,
            Map<String, String> more) {
        Map<String, String> all = new HashMap<>(options);
        all.putAll(more);
        providers.add(
                new Providers.Addition(name, kind, simulator.at(path).toString(), flavour, all),
                null,
                "SIM_KEY",
                false);
    }

    public ChatModel chat(String model) {
        return providers.chat(model, http);
    }

    public EmbeddingModel embedding(String model) {
        return providers.embedding(model, http);
    }

    public Http http() {
        return http;
    }

    @Override
    public void close() {
        http.close();
        simulator.close();
    }
}
