package dev.dalang.hub.fetch;

import dev.dalang.api.DalangException;
import dev.dalang.hub.json.Json;
import dev.dalang.hub.json.JsonObject;
import dev.dalang.hub.store.Digest;
import dev.dalang.hub.store.FileName;
import dev.dalang.hub.store.Manifest;
import dev.dalang.hub.store.Quants;
import dev.dalang.hub.store.Role;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Hugging Face's API: what a repository holds at a commit, and whether it may be had. Nothing of the files is read here.
 *
 * @see <a href="https://huggingface.co/docs/hub/api">Hub API endpoints</a>
 */
final class HuggingFace {
    private static final int MAX_PAGES = 50;
    private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");
    private static final Pattern SHA1 = Pattern.compile("[0-9a-f]{40}");
    private static final Pattern NEXT = Pattern.compile("<([^>]+)>;\\s*rel=\"next\"");

    private final Reach reach;
    private final URI endpoint;
    private final @Nullable String token;

    HuggingFace(Reach reach, URI endpoint, @Nullable String token) {
        this.reach = reach;
        this.endpoint = endpoint;
        this.token = token;
    }

    /** A file of a repository. */
    private record Entry(
            String path,
            long bytes,
            @Nullable Digest digest,
            @Nullable String gitBlob) {
        String name() {
            return path.substring(path.lastIndexOf('/') + 1);
        }

        boolean isGguf() {
            return path.toLowerCase(Locale.ROOT).endsWith(".gguf");
        }

        boolean isTop() {
            return path.indexOf('/') < 0;
        }
    }

    /** A repository at a commit. */
    private record Snapshot(Source.HuggingFace source, String commit, List<Entry> files, Map<String, String> facts) {
        List<Entry> models() {
            return files.stream()
                    .filter(e -> e.isGguf() && Role.ofName(e.name()) == Role.WEIGHTS)
                    .toList();
        }
    }

    /** The customary variant, or the one that was asked for. */
    Plan plan(Source.HuggingFace source) {
        Snapshot s = snapshot(source);
        String selection = source.selection();
        if (!s.models().isEmpty()) {
            Map<String, List<String>> variants = variants(s);
            String variant = selection == null
                    ? Quants.customary(List.copyOf(variants.keySet()))
                    : chosen(source, selection, variants);
            return plan(s, variant, variants.getOrDefault(variant, List.of()));
        }
        if (selection != null) {
            throw Failures.unavailable(
                    source.name(), source.id() + " has no GGUF files, so there is no " + selection + " of it");
        }
        return folder(s);
    }

    /** Every variant that there is, the customary one first. */
    List<Plan> variants(Source.HuggingFace source) {
        Snapshot s = snapshot(source);
        if (s.models().isEmpty()) return List.of(folder(s));
        Map<String, List<String>> variants = variants(s);
        List<String> names = new ArrayList<>(variants.keySet());
        String first = Quants.customary(names);
        names.remove(first);
        names.addFirst(first);
        return names.stream()
                .map(v -> plan(s, v, variants.getOrDefault(v, List.of())))
                .toList();
    }

    private static Map<String, List<String>> variants(Snapshot s) {
        return Quants.variants(s.models().stream().map(Entry::path).toList());
    }

    private static String chosen(Source.HuggingFace source, String selection, Map<String, List<String>> variants) {
        for (String v : variants.keySet()) if (v.equalsIgnoreCase(selection)) return v;
        for (var v : variants.entrySet()) {
            for (String path : v.getValue()) {
                if (path.equalsIgnoreCase(selection)
                        || path.toLowerCase(Locale.ROOT).endsWith("/" + selection.toLowerCase(Locale.ROOT))) {
                    return v.getKey();
                }
            }
        }
        throw Failures.unavailable(
                source.name(),
                source.id() + " has no " + selection + "; it has " + String.join(", ", variants.keySet()));
    }

    private Plan plan(Snapshot s, String variant, List<String> paths) {
        List<Plan.PlannedFile> files = new ArrayList<>();
        for (Entry e : s.files()) if (paths.contains(e.path())) files.add(planned(s, e, Role.WEIGHTS));
        for (Entry e : s.files()) if (e.isTop() && isText(e)) files.add(planned(s, e, Role.ofName(e.name())));
        Source.HuggingFace source = s.source();
        String name = new Source.HuggingFace(source.owner(), source.repository(), null, variant).name();
        return new Plan(name, source, origin(s), files, s.facts());
    }

    /** Weights in safetensors with all that belongs to them. */
    private Plan folder(Snapshot s) {
        List<Plan.PlannedFile> files = new ArrayList<>();
        boolean sharded = s.files().stream().anyMatch(e -> e.path().equals("model.safetensors.index.json"));
        for (Entry e : s.files()) {
            Role role = Role.ofName(e.name());
            // Beside the parts some repositories have the whole again (consolidated.safetensors), for other programs.
            boolean other = role == Role.WEIGHTS && (e.name().startsWith("consolidated") || e.isGguf())
                    || sharded && e.path().equals("model.safetensors");
            if (e.isTop() && role != Role.OTHER && !other) files.add(planned(s, e, role));
        }
        boolean usable = files.stream().anyMatch(f -> f.name().text().equals("config.json"))
                && files.stream().anyMatch(f -> f.name().endsWith(".safetensors"));
        if (!usable) {
            throw Failures.unavailable(
                    s.source().name(),
                    s.source().id() + " has neither GGUF files nor a config.json with .safetensors files");
        }
        return new Plan(s.source().name(), s.source(), origin(s), files, s.facts());
    }

    private static boolean isText(Entry e) {
        Role role = Role.ofName(e.name());
        return role == Role.LICENCE || role == Role.CARD || role == Role.TEMPLATE;
    }

    private Plan.PlannedFile planned(Snapshot s, Entry e, Role role) {
        URI address = at("/" + s.source().id() + "/resolve/" + s.commit() + "/" + encoded(e.path()));
        return new Plan.PlannedFile(
                new FileName(e.name()), role, address, e.bytes(), e.digest(), e.gitBlob(), null, secrets());
    }

    private Manifest.Origin origin(Snapshot s) {
        return new Manifest.Origin("huggingface", endpoint + "/" + s.source().id(), s.commit());
    }

    // ---- The API.

    private Snapshot snapshot(Source.HuggingFace source) {
        String revision = source.revision() == null ? "main" : source.revision();
        Reach.Answer answer = get(at("/api/models/" + source.id() + "/revision/" + encodedWhole(revision)), source);
        if (!answer.ok()) throw refused(source, answer);
        JsonObject info = Json.object(answer.body(), endpoint.getHost() + "'s answer about " + source.id());
        String commit = info.string("sha");
        if (!COMMIT.matcher(commit).matches()) {
            throw Failures.upstream(endpoint.getHost() + " names no commit of " + source.id(), 0);
        }
        Map<String, String> facts = facts(info);
        if (facts.containsKey("gated") || Boolean.TRUE.equals(info.get("private"))) checkAccess(source);
        return new Snapshot(source, commit, tree(source, commit), facts);
    }

    private static Map<String, String> facts(JsonObject info) {
        Map<String, String> facts = new LinkedHashMap<>();
        Object gated = info.get("gated");
        if (gated != null && !Boolean.FALSE.equals(gated)) facts.put("gated", gated.toString());
        JsonObject card = info.objectOrNull("cardData");
        if (card == null) return facts;
        Map<String, String> keys = Map.of(
                "license",
                "licence",
                "license_name",
                "licence_name",
                "license_link",
                "licence_link",
                "base_model",
                "base_model");
        keys.forEach((key, fact) -> {
            Object value = card.get(key);
            if (value instanceof List<?> list && !list.isEmpty()) {
                value = list.stream().map(String::valueOf).collect(Collectors.joining(", "));
            }
            if (value == null || value.toString().isBlank()) return;
            String line = value.toString().replaceAll("[\\p{Cntrl}]+", " ");
            facts.put(fact, line.length() > 500 ? line.substring(0, 500) : line);
        });
        return facts;
    }

    private List<Entry> tree(Source.HuggingFace source, String commit) {
        List<Entry> files = new ArrayList<>();
        URI page = at("/api/models/" + source.id() + "/tree/" + commit + "?recursive=true");
        for (int i = 0; i < MAX_PAGES; i++) {
            Reach.Answer answer = get(page, source);
            if (!answer.ok()) throw refused(source, answer);
            String where = endpoint.getHost() + "'s list of " + source.id();
            for (JsonObject e : JsonObject.objects(Json.parse(answer.body(), where), where)) {
                if (!"file".equals(e.stringOrNull("type"))) continue;
                Entry entry = entry(e, where);
                if (entry != null) files.add(entry);
            }
            String link = answer.header("Link");
            Matcher next = NEXT.matcher(link == null ? "" : link);
            if (!next.find()) return files;
            page = page.resolve(next.group(1));
        }
        throw Failures.upstream(source.id() + " has more files than are listed", 0);
    }

    /** Null for files whose names are of no use here. */
    private static @Nullable Entry entry(JsonObject e, String where) {
        String path = e.string("path");
        String name = path.substring(path.lastIndexOf('/') + 1);
        boolean harmless = Arrays.stream(path.split("/", -1)).allMatch(FileName::isHarmless);
        if (!harmless) {
            // A file that we would fetch is refused; others (.gitattributes) are none of our business.
            if (Role.ofName(name) == Role.WEIGHTS) {
                throw Failures.upstream(where + " has weights under a name that is not used as one of a file", 0);
            }
            return null;
        }
        JsonObject lfs = e.objectOrNull("lfs");
        if (lfs != null) {
            return new Entry(path, lfs.count("size"), Digest.parse("sha256:" + lfs.string("oid"), where), null);
        }
        String oid = e.string("oid");
        if (!SHA1.matcher(oid).matches()) throw Failures.upstream(where + " has no identity for " + path, 0);
        return new Entry(path, e.count("size"), null, oid);
    }

    /** The cases of a repository that is not open to all, told apart before anything is fetched. */
    private void checkAccess(Source.HuggingFace source) {
        Reach.Answer answer = get(at("/api/models/" + source.id() + "/auth-check"), source);
        if (!answer.ok()) throw refused(source, answer);
    }

    private DalangException refused(Source.HuggingFace source, Reach.Answer answer) {
        String id = source.id();
        String code = answer.header("X-Error-Code");
        String message = answer.header("X-Error-Message");
        String said = message == null ? "" : message.toLowerCase(Locale.ROOT);
        String page = endpoint + "/" + id;
        if (answer.status() != 401 && answer.status() != 403 && answer.status() != 404) {
            return Reach.unexpected(answer.head().address(), answer.status());
        }
        if ("RevisionNotFound".equals(code)) {
            return Failures.unavailable(id, id + " has no revision " + source.revision());
        }
        boolean gated = "GatedRepo".equals(code);
        if (gated && token == null) {
            return Failures.unavailable(
                    id,
                    id + " is gated: accept its terms at " + page + ", make a token at " + endpoint
                            + "/settings/tokens, and set HF_TOKEN to it");
        }
        if (gated && answer.status() == 401) {
            return Failures.unavailable(
                    id,
                    id + " is gated, and the token (HF_TOKEN or its file) is not accepted; make a new one at "
                            + endpoint + "/settings/tokens");
        }
        if (gated && said.contains("awaiting a review")) {
            return Failures.unavailable(id, "your request for " + id + " awaits its authors' review; see " + page);
        }
        if (gated && said.contains("rejected")) {
            return Failures.unavailable(id, "the authors of " + id + " refused your request for it; see " + page);
        }
        if (gated) {
            return Failures.unavailable(
                    id, "the terms of " + id + " are not accepted yet with this token's account: do so at " + page);
        }
        if (answer.status() == 403) {
            return Failures.unavailable(
                    id,
                    "this token may not read " + id + (message == null ? "" : ": " + oneLine(message)) + "; see "
                            + page);
        }
        return Failures.unavailable(
                id,
                endpoint.getHost() + " has no " + id
                        + (token == null
                                ? ", or it is private and wants a token (HF_TOKEN)"
                                : " that this token may see"));
    }

    private Reach.Answer get(URI address, Source.HuggingFace source) {
        return reach.get(address, "plan " + source.name(), Map.of(), secrets());
    }

    private Map<String, String> secrets() {
        return token == null ? Map.of() : Map.of("Authorization", "Bearer " + token);
    }

    private URI at(String path) {
        return URI.create(endpoint + path);
    }

    private static String oneLine(String text) {
        String line = text.replaceAll("[^ -~]+", " ").strip();
        return line.length() > 200 ? line.substring(0, 200) + "…" : line;
    }

    private static String encoded(String path) {
        return Arrays.stream(path.split("/")).map(HuggingFace::encodedWhole).collect(Collectors.joining("/"));
    }

    private static String encodedWhole(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
