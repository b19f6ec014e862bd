package dev.dalang.hub.store;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.hub.json.Json;
import dev.dalang.hub.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A model in the store: which files it has, by content, and where they came from.
 *
 * @param name in the store
 * @param origin where it came from
 * @param created when it came
 * @param files with names that occur once
 * @param facts what was known about it on arrival, like {@code licence} and {@code gated}; they follow copies
 */
public record Manifest(String name, Origin origin, Instant created, List<ModelFile> files, Map<String, String> facts) {

    private static final int SCHEMA = 1;
    private static final int MAX_NAME = 300;
    private static final Pattern NAME =
            Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*(?:[/:@][A-Za-z0-9][A-Za-z0-9._-]*)*");

    /**
     * Where a model came from.
     *
     * @param kind {@code huggingface}, {@code ollama}, {@code oci}, {@code url} or {@code local}
     * @param location repository, address or path
     * @param revision the commit or manifest digest that stood behind the name, where there is such
     */
    public record Origin(
            String kind, String location, @Nullable String revision) {}

    /** @param bytes its length */
    public record ModelFile(FileName name, Role role, Digest digest, long bytes) {}

    public Manifest {
        // Not all that may be read may be new: stores have names with two tags from before they were refused.
        if (!isName(name)) throw noName(name);
        files = List.copyOf(files);
        facts = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(facts));
        Set<String> names = new LinkedHashSet<>();
        for (ModelFile f : files) {
            if (!names.add(f.name().text().toLowerCase(java.util.Locale.ROOT))) {
                throw new DalangException(
                        new Failure.Upstream("the model " + name + " has two files named " + f.name(), 0));
            }
        }
    }

    /** @throws DalangException (invalid request) unless it looks like {@code owner/model:tag} */
    public static void checkName(String name) {
        if (!isName(name) || hasTwoTags(name)) throw noName(name);
    }

    /** {@code model:tag:tag}; before a slash a colon is a host's port, and after an at sign a digest's. */
    private static boolean hasTwoTags(String name) {
        String last = name.substring(name.lastIndexOf('/') + 1).replaceFirst("@.*", "");
        return last.indexOf(':') != last.lastIndexOf(':');
    }

    private static DalangException noName(String name) {
        String shown = name.replaceAll("[^ -~]+", "?");
        return DalangException.invalidRequest(
                "\"" + (shown.length() > 80 ? shown.substring(0, 80) + "…" : shown)
                        + "\" cannot be a model's name; names look like qwen3:4b or owner/model:Q4_K_M",
                "model");
    }

    static boolean isName(String name) {
        return name.length() <= MAX_NAME
                && !name.contains("..")
                && NAME.matcher(name).matches();
    }

    public Manifest named(String other, Instant when) {
        return new Manifest(other, origin, when, files, facts);
    }

    public long bytes() {
        return files.stream().mapToLong(ModelFile::bytes).sum();
    }

    public Set<Digest> digests() {
        Set<Digest> digests = new LinkedHashSet<>();
        for (ModelFile f : files) digests.add(f.digest());
        return digests;
    }

    /** The first file of a role. */
    public Optional<ModelFile> file(Role role) {
        return files.stream().filter(f -> f.role() == role).findFirst();
    }

    /** Changes when any file or name of a file does: which exact model produced an answer. */
    public Digest contentDigest() {
        StringBuilder all = new StringBuilder();
        files.stream().map(f -> f.name() + " " + f.digest() + "\n").sorted().forEach(all::append);
        return Digest.of(all.toString());
    }

    byte[] toJson() {
        Map<String, Object> out = new LinkedHashMap<>();
        out.put("schema", SCHEMA);
        out.put("name", name);
        Map<String, @Nullable Object> from = new LinkedHashMap<>();
        from.put("kind", origin.kind());
        from.put("location", origin.location());
        from.put("revision", origin.revision());
        out.put("origin", from);
        out.put("created", created.toString());
        List<Object> list = new ArrayList<>();
        for (ModelFile f : files) {
            Map<String, Object> file = new LinkedHashMap<>();
            file.put("name", f.name().text());
            file.put("role", f.role().word());
            file.put("digest", f.digest().toString());
            file.put("bytes", f.bytes());
            list.add(file);
        }
        out.put("files", list);
        out.put("facts", facts);
        return (Json.write(out) + "\n").getBytes(StandardCharsets.UTF_8);
    }

    /** @throws DalangException if it is no manifest of this version */
    static Manifest fromJson(byte[] text, String where) {
        JsonObject json = Json.object(text, where);
        if (json.count("schema") != SCHEMA) {
            throw new DalangException(new Failure.Storage(
                    where + " was written by a newer Dalang (schema " + json.count("schema") + "); update Dalang",
                    where));
        }
        JsonObject origin = json.object("origin");
        List<ModelFile> files = new ArrayList<>();
        for (JsonObject f : json.objects("files")) {
            files.add(new ModelFile(
                    new FileName(f.string("name")),
                    Role.of(f.string("role")),
                    Digest.parse(f.string("digest"), where),
                    f.count("bytes")));
        }
        Map<String, String> facts = new LinkedHashMap<>();
        JsonObject kept = json.object("facts");
        for (Object key : kept.members().keySet()) facts.put(key.toString(), kept.string(key.toString()));
        try {
            return new Manifest(
                    json.string("name"),
                    new Origin(origin.string("kind"), origin.string("location"), origin.stringOrNull("revision")),
                    Instant.parse(json.string("created")),
                    files,
                    facts);
        } catch (DateTimeException e) {
            throw new DalangException(new Failure.Storage(where + ": \"created\" is no time", where), e);
        }
    }
}
