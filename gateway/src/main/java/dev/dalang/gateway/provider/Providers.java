package dev.dalang.gateway.provider;

import dev.dalang.api.ChatModel;
import dev.dalang.api.DalangException;
import dev.dalang.api.EmbeddingModel;
import dev.dalang.api.Failure;
import dev.dalang.gateway.provider.google.ServiceAccount;
import dev.dalang.gateway.provider.openai.Flavour;
import dev.dalang.gateway.provider.wire.Fields;
import dev.dalang.gateway.provider.wire.Json;
import dev.dalang.gateway.provider.wire.Secret;
import dev.dalang.net.HostRules;
import dev.dalang.net.Http;
import dev.dalang.net.NetSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The providers that this user has: those that were added, and those whose keys the environment holds. Any thread may
 * ask; changes are for one process at a time.
 */
public final class Providers {

    /** What is to be added; null takes what is known of a provider of the name. */
    public record Addition(
            String name,
            @Nullable String kind,
            @Nullable String address,
            @Nullable String flavour,
            Map<String, String> options) {}

    /** A request's extension: leave out what the provider cannot do, and say so, instead of refusing the request. */
    public static final String DROP_UNSUPPORTED = Fields.DROP;

    private final ProviderFile file;
    private final Keys keys;
    private final Map<String, String> environment;
    private final Map<String, ProviderConfig> added;

    /** When first asked for: who asks for none need not have all of them right. */
    private @Nullable List<ProviderConfig> ofEnvironment;

    private Providers(Path home, Map<String, String> environment) {
        this.file = new ProviderFile(home);
        this.keys = new Keys(home, environment);
        this.environment = Map.copyOf(environment);
        this.added = new LinkedHashMap<>(file.read());
    }

    /**
     * @param home the folder of Dalang's state
     * @param environment variables
     * @throws DalangException when the file of providers is wrong
     */
    public static Providers of(Path home, Map<String, String> environment) {
        return new Providers(home, environment);
    }

    /** All, by name: the added ones first. */
    public synchronized List<ProviderConfig> list() {
        Map<String, ProviderConfig> all = new LinkedHashMap<>(added);
        for (ProviderConfig c : ofEnvironment()) all.putIfAbsent(c.name(), c);
        return List.copyOf(all.values());
    }

    private List<ProviderConfig> ofEnvironment() {
        List<ProviderConfig> known = ofEnvironment;
        if (known == null) {
            known = List.copyOf(KnownProviders.in(environment));
            ofEnvironment = known;
        }
        return known;
    }

    public synchronized boolean isAdded(String name) {
        return added.containsKey(name);
    }

    public synchronized Optional<ProviderConfig> find(String name) {
        ProviderConfig own = added.get(name);
        if (own != null) return Optional.of(own);
        return ofEnvironment().stream().filter(c -> c.name().equals(name)).findFirst();
    }

    /** The names for which `add` needs no address. */
    public static List<String> known() {
        return KnownProviders.all().stream().map(KnownProviders.Known::name).toList();
    }

    /** The names of the flavours of Chat Completions. */
    public static List<String> flavours() {
        return Flavour.names().stream().sorted().toList();
    }

    /** Whether the name is {@code provider/model} of a provider that is there. */
    public boolean has(String model) {
        int slash = model.indexOf('/');
        return slash > 0
                && slash < model.length() - 1
                && find(model.substring(0, slash)).isPresent();
    }

    public boolean hasKey(ProviderConfig provider) {
        return keys.has(provider);
    }

    /** The rules of what may be reached, with the providers' own hosts: the user named them. */
    public NetSettings allow(NetSettings settings) {
        HostRules open = HostRules.none();
        HostRules here = HostRules.none();
        for (ProviderConfig c : list()) {
            HostRules host = NetSettings.hostOf(c.address());
            if (ProviderConfig.isPrivate(c.address())) here = here.and(host);
            else open = open.and(host);
            String account = c.options().get("service-account");
            if (account != null) open = open.and(NetSettings.hostOf(ServiceAccount.tokenServer(Path.of(account))));
        }
        return settings.allowing(open).allowingPrivate(here);
    }

    /**
     * The model behind {@code provider/model}.
     *
     * @param http whose rules {@link #allow} the provider's host
     * @throws DalangException when there is no such provider, or no key for it
     */
    public ChatModel chat(String model, Http http) {
        return chat(model, http, Duration.ZERO);
    }

    /** @param connect how long the connection may take, or zero for what the provider's options or the settings say */
    public ChatModel chat(String model, Http http, Duration connect) {
        ProviderConfig provider = of(model);
        return new Opening(provider, keys, environment, http).chat(rest(model, provider), connect);
    }

    /** The embedding model behind {@code provider/model}. */
    public EmbeddingModel embedding(String model, Http http) {
        ProviderConfig provider = of(model);
        return new Opening(provider, keys, environment, http).embedding(rest(model, provider));
    }

    /**
     * The models that a provider lists, by name.
     *
     * @throws DalangException when it cannot be reached, does not accept the key, or has no list
     */
    public List<String> models(String name, Http http) {
        ProviderConfig provider = find(name).orElseThrow(() -> unknown(name));
        String text = new Opening(provider, keys, environment, http).models();
        JsonNode json = Json.parse(text);
        if (json == null) throw new DalangException(new Failure.Upstream(name + " sent a list that is no JSON", 200));
        JsonNode list = json.isArray() ? json : json.path("data").isArray() ? json.path("data") : json.path("models");
        List<String> names = new ArrayList<>();
        for (JsonNode m : list.values()) {
            String id = Json.text(m, "id");
            if (id == null) id = Json.text(m, "name");
            if (id != null) names.add(id.startsWith("models/") ? id.substring("models/".length()) : id);
        }
        return names;
    }

    /**
     * Adds or replaces a provider.
     *
     * @param key to keep for it, or null where it needs none or has it elsewhere
     * @param variable of the environment that holds its key, or null
     * @param inFile keep the key in a file even where the system has a store
     */
    public synchronized ProviderConfig add(
            Addition what, @Nullable String key, @Nullable String variable, boolean inFile) {
        ProviderConfig draft =
                draft(what, variable == null ? new KeySource.NoKey() : new KeySource.Environment(variable));
        ProviderConfig config = draft;
        if (key != null) {
            Secret secret = Secret.of(key, draft.name());
            KeySource source = inFile ? keys.storeInFile(draft.name(), secret) : keys.store(draft.name(), secret);
            config = new ProviderConfig(
                    draft.name(), draft.kind(), draft.address(), draft.flavour(), source, draft.options());
        }
        added.put(config.name(), config);
        file.write(added.values());
        return config;
    }

    /** What an addition will be, checked, before a key is asked for. */
    public ProviderConfig draft(Addition what, KeySource key) {
        KnownProviders.Known known = KnownProviders.named(what.name());
        ProviderKind kind = what.kind() != null
                ? ProviderKind.of(what.kind())
                : known != null && what.address() == null ? known.kind() : kindByName(what.name());
        if (kind == null) {
            throw DalangException.invalidRequest("there is no kind of provider named " + what.kind(), "kind");
        }
        SortedMap<String, String> options = new TreeMap<>(what.options());
        String address = what.address() != null ? what.address() : address(kind, known, options);
        if (address == null) {
            throw DalangException.invalidRequest(
                    what.name() + " is not known here, so it needs an address: dalang providers add " + what.name()
                            + " https://HOST/v1",
                    "address");
        }
        String flavour = what.flavour() != null
                ? what.flavour()
                : known != null
                        ? known.flavour()
                        : kind == ProviderKind.OPENAI_COMPATIBLE ? "openai-compatible" : "openai";
        return new ProviderConfig(what.name(), kind, KnownProviders.address(address, "address"), flavour, key, options);
    }

    private static ProviderKind kindByName(String name) {
        ProviderKind kind = ProviderKind.of(name);
        KnownProviders.Known known = KnownProviders.named(name);
        if (known != null) return known.kind();
        return kind == null ? ProviderKind.OPENAI_COMPATIBLE : kind;
    }

    private @Nullable String address(
            ProviderKind kind, KnownProviders.@Nullable Known known, SortedMap<String, String> options) {
        if (kind == ProviderKind.BEDROCK) {
            String region = options.containsKey("region") ? options.get("region") : KnownProviders.region(environment);
            if (region == null) {
                throw DalangException.invalidRequest("Bedrock needs a region: --option region=eu-central-1", "region");
            }
            options.put("region", region);
            return KnownProviders.bedrock(region).toString();
        }
        if (kind == ProviderKind.VERTEX) {
            String project = options.getOrDefault("project", environment.getOrDefault("GOOGLE_CLOUD_PROJECT", ""));
            if (project.isBlank()) {
                throw DalangException.invalidRequest("Vertex needs a project: --option project=NAME", "project");
            }
            String location = options.getOrDefault("location", "global");
            options.put("project", project);
            options.put("location", location);
            return KnownProviders.vertex(project, location).toString();
        }
        return known == null ? null : known.address();
    }

    /** Forgets a provider that was added, and its key. @return whether there was one */
    public synchronized boolean remove(String name) {
        ProviderConfig config = added.remove(name);
        if (config == null) return false;
        keys.forget(config);
        file.write(added.values());
        return true;
    }

    /** Where the added providers are written. */
    public Path file() {
        return file.file();
    }

    /**
     * The provider of {@code provider/model}.
     *
     * @throws DalangException when there is no such provider
     */
    public ProviderConfig of(String model) {
        int slash = model.indexOf('/');
        String name = slash < 0 ? model : model.substring(0, slash);
        ProviderConfig provider = find(name).orElseThrow(() -> unknown(name));
        if (slash < 0 || slash == model.length() - 1) {
            throw new DalangException(
                    new Failure.ModelUnavailable(name + " is a provider; a model of it is " + name + "/MODEL", model));
        }
        return provider;
    }

    private static String rest(String model, ProviderConfig provider) {
        return model.substring(provider.name().length() + 1);
    }

    private static DalangException unknown(String name) {
        return new DalangException(new Failure.ModelUnavailable(
                "there is no provider named " + name + "; `dalang providers list` shows those that are there, `dalang"
                        + " providers add " + name + "` adds it",
                name));
    }
}
