package dev.dalang.gateway.provider;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.gateway.provider.wire.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The providers that were added, in {@code providers.json}; keys are not in it. */
final class ProviderFile {
    private static final int MAX_BYTES = 1 << 20;

    private final Path file;

    ProviderFile(Path home) {
        this.file = home.resolve("providers.json");
    }

    Path file() {
        return file;
    }

    /** By name, in the order of the file. @throws DalangException naming what is wrong with the file */
    Map<String, ProviderConfig> read() {
        Map<String, ProviderConfig> all = new LinkedHashMap<>();
        if (!Files.exists(file)) return all;
        String text;
        try {
            if (Files.size(file) > MAX_BYTES) throw wrong("is longer than " + MAX_BYTES + " bytes");
            text = Files.readString(file);
        } catch (IOException e) {
            throw storage(e);
        }
        JsonNode json = Json.parse(text);
        if (json == null || !json.path("providers").isObject()) throw wrong("holds no JSON object \"providers\"");
        json.path("providers").properties().forEach(e -> all.put(e.getKey(), config(e.getKey(), e.getValue())));
        return all;
    }

    private ProviderConfig config(String name, JsonNode json) {
        ProviderKind kind = ProviderKind.of(Json.text(json, "kind", ""));
        if (kind == null) throw wrong("gives " + name + " no known kind");
        SortedMap<String, String> options = new TreeMap<>();
        json.path("options")
                .properties()
                .forEach(e -> options.put(e.getKey(), e.getValue().asString("")));
        try {
            return new ProviderConfig(
                    name,
                    kind,
                    KnownProviders.address(Json.text(json, "address", ""), "address"),
                    Json.text(json, "flavour", "openai-compatible"),
                    KeySource.of(Json.text(json, "key", "")),
                    options);
        } catch (DalangException e) {
            throw wrong("cannot be used: " + e.failure().message());
        }
    }

    void write(Collection<ProviderConfig> all) {
        ObjectNode json = Json.object();
        ObjectNode providers = json.putObject("providers");
        for (ProviderConfig c : all) {
            ObjectNode at = providers.putObject(c.name()).put("kind", c.kind().word());
            at.put("address", c.address().toString());
            if (c.kind() == ProviderKind.OPENAI_COMPATIBLE) at.put("flavour", c.flavour());
            at.put("key", c.key().word());
            if (c.options().isEmpty()) continue;
            ObjectNode options = at.putObject("options");
            c.options().forEach(options::put);
        }
        try {
            Path folder = file.toAbsolutePath().getParent();
            if (folder == null) throw wrong("has no folder");
            Files.createDirectories(folder, Keys.permissions("rwx------"));
            Path fresh = Files.createTempFile(folder, "providers", ".new", Keys.permissions("rw-------"));
            Files.writeString(fresh, json.toPrettyString() + "\n");
            Files.move(fresh, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw storage(e);
        }
    }

    private DalangException wrong(String what) {
        return DalangException.invalidRequest(file + " " + what, null);
    }

    private DalangException storage(IOException e) {
        return new DalangException(
                new Failure.Storage(file + " cannot be used (" + e.getClass().getSimpleName() + ")", file.toString()),
                e);
    }
}
