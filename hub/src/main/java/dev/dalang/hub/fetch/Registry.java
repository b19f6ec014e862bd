package dev.dalang.hub.fetch;

import dev.dalang.api.DalangException;
import dev.dalang.hub.json.Json;
import dev.dalang.hub.json.JsonObject;
import dev.dalang.hub.store.Digest;
import dev.dalang.hub.store.FileName;
import dev.dalang.hub.store.Manifest;
import dev.dalang.hub.store.Role;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Registries that speak the OCI distribution protocol: Ollama's, and those that Docker Model Runner uses.
 *
 * @see <a href="https://github.com/opencontainers/distribution-spec/blob/main/spec.md">OCI distribution</a>
 * @see <a href="https://distribution.github.io/distribution/spec/auth/token/">token authentication</a>
 * @see <a href="https://distribution.github.io/distribution/spec/auth/oauth/">the same with identity tokens</a>
 */
final class Registry {
    private static final String ACCEPT = String.join(
            ", ",
            "application/vnd.oci.image.manifest.v1+json",
            "application/vnd.docker.distribution.manifest.v2+json",
            "application/vnd.oci.image.index.v1+json",
            "application/vnd.docker.distribution.manifest.list.v2+json");
    private static final Pattern PARAMETER = Pattern.compile("([a-z_]+)=\"([^\"]*)\"");
    private static final int MAX_LAYERS = 500;

    private final Reach reach;
    private final RegistryLogins logins;

    Registry(Reach reach, RegistryLogins logins) {
        this.reach = reach;
        this.logins = logins;
    }

    /**
     * Tries a login.
     *
     * @param registry {@code host} or {@code host:port}
     * @return whether the registry takes it
     */
    boolean accepts(String registry, RegistryLogins.Login login) {
        URI address = URI.create("https://" + registry + "/v2/");
        String purpose = "log in to " + registry;
        Reach.Answer open = reach.get(address, purpose, Map.of(), Map.of());
        if (open.ok()) {
            throw DalangException.invalidRequest(registry + " wants no login", null);
        }
        if (open.status() != 401) throw Reach.unexpected(address, open.status());
        String authorization = authorization(registry, address, open.header("WWW-Authenticate"), Optional.of(login));
        if (authorization == null) return false;
        Reach.Answer answer = reach.get(address, purpose, Map.of(), Map.of("Authorization", authorization));
        if (answer.ok()) return true;
        // A token that was given for a name is proof enough: what it opens depends on the repository.
        boolean given = authorization.startsWith("Bearer ");
        if (answer.status() == 401 || answer.status() == 403) return given;
        throw Reach.unexpected(address, answer.status());
    }

    Plan plan(Source.Ollama s) {
        return plan(s, "ollama", s.host(), s.repository(), s.tag());
    }

    Plan plan(Source.Oci s) {
        return plan(s, "oci", s.host(), s.repository(), s.reference());
    }

    private Plan plan(Source source, String kind, String host, String repository, String reference) {
        URI base = URI.create("https://" + host + "/v2/" + repository);
        Map<String, String> secrets = new HashMap<>();
        Reach.Answer answer = manifest(source, base, reference, secrets);
        JsonObject manifest = Json.object(answer.body(), host + "'s manifest of " + repository);
        if (manifest.has("manifests")) {
            List<JsonObject> choices = manifest.objects("manifests");
            if (choices.isEmpty()) throw Failures.unavailable(source.name(), repository + " is empty");
            String digest = digest(choices.getFirst()).toString();
            answer = manifest(source, base, digest, secrets);
            manifest = Json.object(answer.body(), host + "'s manifest of " + repository);
        }
        List<Plan.PlannedFile> files = files(base, manifest, secrets);
        if (files.stream().noneMatch(f -> f.role() == Role.WEIGHTS)) {
            throw Failures.unavailable(source.name(), repository + ":" + reference + " on " + host + " holds no model");
        }
        return new Plan(
                source.name(),
                source,
                new Manifest.Origin(
                        kind,
                        host + "/" + repository + ":" + reference,
                        Digest.of(answer.body()).toString()),
                files,
                Map.of());
    }

    private Reach.Answer manifest(Source source, URI base, String reference, Map<String, String> secrets) {
        URI address = URI.create(base + "/manifests/" + reference);
        String purpose = "plan " + source.name();
        Map<String, String> headers = Map.of("Accept", ACCEPT);
        Reach.Answer answer = reach.get(address, purpose, headers, secrets);
        if (answer.status() == 401 && secrets.isEmpty()) {
            String host = address.getRawAuthority();
            Optional<RegistryLogins.Login> login = logins.find(host);
            String authorization = authorization(source.name(), address, answer.header("WWW-Authenticate"), login);
            if (authorization == null) {
                throw Failures.unavailable(
                        source.name(),
                        host + " does not take the login "
                                + login.map(Object::toString).orElse("") + "; `dalang login " + host
                                + "` makes a new one");
            }
            secrets.put("Authorization", authorization);
            answer = reach.get(address, purpose, headers, secrets);
        }
        if (answer.status() == 404) {
            throw Failures.unavailable(
                    source.name(),
                    address.getHost() + " has no " + base.getPath().substring(4) + ":" + reference);
        }
        if (answer.status() == 401 || answer.status() == 403) {
            throw Failures.unavailable(
                    source.name(),
                    address.getHost() + " has no " + base.getPath().substring(4) + ":" + reference
                            + (logins.find(address.getRawAuthority()).isPresent()
                                    ? " that this account may have"
                                    : " that may be had without an account; `dalang login " + address.getRawAuthority()
                                            + "` helps who has one"));
        }
        if (!answer.ok()) throw Reach.unexpected(address, answer.status());
        if (reference.startsWith("sha256:")
                && !Digest.of(answer.body()).equals(Digest.parse(reference, "the reference"))) {
            throw Failures.upstream(address.getHost() + " sent another manifest than " + reference, 0);
        }
        return answer;
    }

    /**
     * What the challenge asks for: a token from the registry's own server of tokens, for everybody, for a login or for an
     * identity token, or the login itself. Null when the login is not taken.
     */
    private @Nullable String authorization(
            String name, URI registry, @Nullable String challenge, Optional<RegistryLogins.Login> login) {
        if (challenge != null && challenge.regionMatches(true, 0, "Basic ", 0, 6) && login.isPresent()) {
            if (!login.get().isIdentityToken()) return login.get().basic();
            throw Failures.unavailable(
                    name,
                    registry.getHost() + " wants a name and a password, and there is an " + login.get()
                            + "; `dalang login " + registry.getRawAuthority() + "` takes what it wants");
        }
        if (challenge == null || !challenge.regionMatches(true, 0, "Bearer ", 0, 7)) {
            throw Failures.unavailable(
                    name,
                    registry.getHost() + " wants an account; `dalang login " + registry.getRawAuthority()
                            + "` helps who has one");
        }
        Map<String, String> parameters = new HashMap<>();
        Matcher m = PARAMETER.matcher(challenge);
        while (m.find()) parameters.put(m.group(1), m.group(2));
        URI realm = realm(registry, parameters.getOrDefault("realm", ""));
        Map<String, String> wanted = new LinkedHashMap<>();
        for (String key : List.of("service", "scope")) {
            if (parameters.containsKey(key)) wanted.put(key, parameters.get(key));
        }
        // The realm is pinned, so the secret goes to the registry's own server alone; redirects elsewhere lose it.
        String purpose = "log in to " + registry.getHost();
        Reach.Answer answer;
        if (login.isPresent() && login.get().isIdentityToken()) {
            wanted.put("grant_type", "refresh_token");
            wanted.put("client_id", "dalang");
            wanted.put("refresh_token", login.get().secret());
            answer = reach.post(realm, form(wanted), purpose);
            if (answer.status() == 400) return null;
        } else {
            answer = reach.get(
                    URI.create(realm + (wanted.isEmpty() ? "" : "?" + form(wanted))),
                    purpose,
                    Map.of(),
                    login.map(l -> Map.of("Authorization", l.basic())).orElse(Map.of()));
        }
        if (login.isPresent() && (answer.status() == 401 || answer.status() == 403)) return null;
        if (!answer.ok()) throw Reach.unexpected(realm, answer.status());
        JsonObject json = Json.object(answer.body(), realm.getHost() + "'s token");
        String token = json.has("token") ? json.string("token") : json.string("access_token");
        if (!token.matches("[!-~]{1,16000}")) throw Failures.upstream(realm.getHost() + " gave no proper token", 0);
        return "Bearer " + token;
    }

    private static String form(Map<String, String> fields) {
        return fields.entrySet().stream()
                .map(f -> f.getKey() + "=" + URLEncoder.encode(f.getValue(), StandardCharsets.UTF_8))
                .collect(Collectors.joining("&"));
    }

    /**
     * The server of tokens that a registry names, which must be the registry itself or known to belong to it: a registry
     * does not choose where requests, and with them credentials, go (CVE-2025-51471).
     */
    private static URI realm(URI registry, String text) {
        URI realm;
        try {
            realm = URI.create(text);
        } catch (IllegalArgumentException e) {
            throw Failures.upstream(registry.getHost() + " names no address to log in at", 0);
        }
        boolean own = registry.getHost().equalsIgnoreCase(realm.getHost()) && registry.getPort() == realm.getPort();
        boolean docker = registry.getHost().equals(KnownHosts.DOCKER)
                && KnownHosts.DOCKER_LOGIN.equals(realm.getHost())
                && realm.getPort() < 0;
        if (!(own || docker) || !"https".equals(realm.getScheme()) || realm.getRawQuery() != null) {
            throw new dev.dalang.api.DalangException(new dev.dalang.api.Failure.PermissionDenied(registry.getHost()
                    + " sends to another host to log in (" + realm.getHost() + "); that is refused"));
        }
        return realm;
    }

    private static List<Plan.PlannedFile> files(URI base, JsonObject manifest, Map<String, String> secrets) {
        List<Plan.PlannedFile> files = new ArrayList<>();
        Set<String> names = new HashSet<>();
        List<JsonObject> layers = manifest.objects("layers");
        if (layers.size() > MAX_LAYERS) throw Failures.upstream("a manifest with too many layers", 0);
        long shards = layers.stream().filter(l -> isGguf(type(l))).count();
        int shard = 0;
        for (JsonObject layer : layers) {
            Digest digest = digest(layer);
            String type = type(layer);
            if (type.endsWith("+gzip") || type.endsWith("+zstd")) {
                throw Failures.unavailable(
                        base.getPath(), "the model is packed (" + type + "), which is not read here");
            }
            if (isGguf(type)) shard++;
            String name = name(type, layer, shard, shards);
            if (name == null) continue;
            String unique = name;
            for (int i = 2; !names.add(unique.toLowerCase(Locale.ROOT)); i++) unique = name + "-" + i;
            files.add(new Plan.PlannedFile(
                    new FileName(unique),
                    role(type, unique),
                    URI.create(base + "/blobs/" + digest),
                    layer.count("size"),
                    digest,
                    null,
                    null,
                    secrets));
        }
        return files;
    }

    private static boolean isGguf(String type) {
        return type.equals("application/vnd.ollama.image.model")
                || type.startsWith("application/vnd.docker.ai.gguf.")
                || type.equals("application/vnd.cncf.model.weight.v1.gguf");
    }

    /** Our own names by the kind of a layer; only for folders of safetensors do the names of the publisher matter. */
    private static @Nullable String name(String type, JsonObject layer, int shard, long shards) {
        if (isGguf(type)) return shards > 1 ? "model-%05d-of-%05d.gguf".formatted(shard, shards) : "model.gguf";
        return switch (type) {
            case "application/vnd.ollama.image.adapter" -> "adapter.gguf";
            case "application/vnd.ollama.image.projector", "application/vnd.docker.ai.mmproj" -> "mmproj.gguf";
            case "application/vnd.ollama.image.template" -> "template";
            case "application/vnd.docker.ai.chat.template.jinja" -> "chat_template.jinja";
            case "application/vnd.ollama.image.params" -> "params";
            case "application/vnd.ollama.image.system" -> "system";
            case "application/vnd.ollama.image.license", "application/vnd.docker.ai.license" -> "LICENSE";
            case "application/vnd.docker.ai.safetensors", "application/vnd.docker.ai.model.file" -> {
                JsonObject notes = layer.objectOrNull("annotations");
                String path = notes == null ? null : notes.stringOrNull("org.cncf.model.filepath");
                yield path == null || Role.ofName(path) == Role.OTHER ? null : path;
            }
            default -> null;
        };
    }

    private static Role role(String type, String name) {
        if (type.endsWith(".adapter")) return Role.ADAPTER;
        return Role.ofName(name);
    }

    private static String type(JsonObject layer) {
        return layer.string("mediaType").replaceFirst(";.*", "");
    }

    private static Digest digest(JsonObject descriptor) {
        return Digest.parse(descriptor.string("digest"), descriptor.where());
    }
}
