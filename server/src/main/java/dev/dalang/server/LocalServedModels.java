package dev.dalang.server;

import dev.dalang.api.Cancellation;
import dev.dalang.api.ChatEvent;
import dev.dalang.api.ChatModel;
import dev.dalang.api.ChatRequest;
import dev.dalang.api.DalangException;
import dev.dalang.api.EmbeddingModel;
import dev.dalang.api.EmbeddingRequest;
import dev.dalang.api.EmbeddingResponse;
import dev.dalang.api.Failure;
import dev.dalang.engine.generate.LoadOptions;
import dev.dalang.engine.generate.LocalEmbedder;
import dev.dalang.engine.generate.LocalModel;
import dev.dalang.engine.manage.LoadedModel;
import dev.dalang.engine.manage.ModelManager;
import dev.dalang.hub.store.InstalledModel;
import dev.dalang.hub.store.Library;
import dev.dalang.hub.store.Manifest;
import dev.dalang.server.guard.Caller;
import dev.dalang.server.guard.Quotas;
import dev.dalang.server.guard.Scope;
import dev.dalang.server.preset.Preset;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The models on this disk, by the names of the library; for callers with {@link Scope#ADMIN} also files and folders by their
 * path, which begins with {@code /}, {@code ./}, {@code ../} or a drive's letter.
 */
public final class LocalServedModels implements ServedModels {

    /** A name that was found a moment ago is not looked for again on the disk. */
    private static final long REMEMBERED_NANOS = 2_000_000_000L;

    private static final int MOST_REMEMBERED = 1000;

    private record Found(InstalledModel model, long at) {}

    private final Library library;
    private final ModelManager manager;
    private final Quotas quotas;
    private final UnaryOperator<ChatModel> watch;
    private final ModelFacts facts = new ModelFacts();
    private final Map<String, Found> remembered = new LinkedHashMap<>();
    private final Map<Manifest, Preset> presets = new HashMap<>();

    /**
     * @param manager loads by the names that {@link #path} takes
     * @param watch put around every model: metrics and the like
     */
    public LocalServedModels(Library library, ModelManager manager, Quotas quotas, UnaryOperator<ChatModel> watch) {
        this.library = library;
        this.manager = manager;
        this.quotas = quotas;
        this.watch = watch;
    }

    /**
     * Where the model of a name that was found once lies: what a loader needs.
     *
     * @throws DalangException if it is gone
     */
    public static Path path(Library library, String name) {
        return looksLikePath(name)
                ? Path.of(name)
                : library.find(name).orElseThrow(() -> unknown(name)).path();
    }

    /** How a model is loaded: with the adapters that it was made with. */
    public static LoadOptions options(Library library, String name, LoadOptions usual) {
        Manifest m = looksLikePath(name)
                ? null
                : library.find(name).map(InstalledModel::manifest).orElse(null);
        if (m == null) return usual;
        Map<String, Path> adapters = new LinkedHashMap<>(usual.adapters());
        for (Path p : Preset.of(library.store(), m).adapters()) adapters.put(p.toString(), p);
        return usual.withAdapters(adapters);
    }

    @Override
    public ChatModel chat(String name, @Nullable Duration keepAlive, Caller caller) {
        InstalledModel own = resolve(name, caller);
        ChatModel model = watch.apply(manager.model(own.name(), keepAlive));
        return new Asked(own.name(), preset(own).around(model), caller);
    }

    /** What the model brings along as defaults; read again when the model is another. */
    private Preset preset(InstalledModel m) {
        Manifest manifest = m.manifest();
        if (manifest == null) return Preset.NONE;
        synchronized (presets) {
            return presets.computeIfAbsent(manifest, own -> Preset.of(library.store(), own));
        }
    }

    @Override
    public EmbeddingModel embedding(String name, @Nullable Duration keepAlive, Caller caller) {
        return new Embedder(resolve(name, caller).name(), keepAlive, caller);
    }

    @Override
    public List<ServedModel> list(Caller caller) {
        List<ServedModel> all = new ArrayList<>();
        // Of several with one name the first is the one that answers to it.
        Set<String> names = new HashSet<>();
        for (InstalledModel m : library.list()) {
            if (caller.mayUse(m.name()) && names.add(m.name().toLowerCase(Locale.ROOT))) all.add(served(m));
        }
        return all;
    }

    @Override
    public ServedModel find(String name, Caller caller) {
        return served(resolve(name, caller));
    }

    @Override
    public Path file(String name, Caller caller) {
        return resolve(name, caller).path();
    }

    @Override
    public <T> T withLocal(String name, Caller caller, Cancellation cancellation, Function<? super LocalModel, T> use) {
        return manager.with(resolve(name, caller).name(), null, cancellation, model -> use.apply(local(model)));
    }

    @Override
    public void load(String name, @Nullable Duration keepAlive, Caller caller, Cancellation cancellation) {
        manager.load(resolve(name, caller).name(), keepAlive, cancellation);
    }

    @Override
    public boolean unload(String name, Caller caller) {
        // A model whose file is gone can still be in memory, under the name that ps shows.
        for (LoadedModel m : loaded(caller)) if (m.name().equals(name)) return manager.stop(name);
        return manager.stop(resolve(name, caller).name());
    }

    @Override
    public List<LoadedModel> loaded(Caller caller) {
        return manager.list().stream().filter(m -> caller.mayUse(m.name())).toList();
    }

    private static LocalModel local(ChatModel model) {
        if (model instanceof LocalModel local) return local;
        throw new IllegalStateException(model.name() + " does not run here");
    }

    /** Everything that names a model comes through here. */
    private InstalledModel resolve(String name, Caller caller) {
        InstalledModel m = looksLikePath(name) ? atPath(name, caller) : named(name);
        // The name in the key's list is the library's, whatever short form the request used.
        if (!caller.mayUse(m.name())) throw unknown(name);
        return m;
    }

    private InstalledModel named(String name) {
        long now = System.nanoTime();
        synchronized (remembered) {
            Found f = remembered.get(name);
            if (f != null && now - f.at < REMEMBERED_NANOS) return f.model;
        }
        Optional<InstalledModel> found = library.find(name);
        synchronized (remembered) {
            remembered.remove(name);
            found.ifPresent(m -> remembered.put(name, new Found(m, now)));
            if (remembered.size() > MOST_REMEMBERED)
                remembered.remove(remembered.keySet().iterator().next());
        }
        return found.orElseThrow(() -> unknown(name));
    }

    /** Forgets where names were found, after models came or went. */
    public void changed() {
        synchronized (remembered) {
            remembered.clear();
        }
        synchronized (presets) {
            presets.clear();
        }
    }

    private static boolean looksLikePath(String name) {
        return name.startsWith("/")
                || name.startsWith("./")
                || name.startsWith("../")
                || name.startsWith("\\")
                || name.matches("[A-Za-z]:[\\\\/].*");
    }

    private static InstalledModel atPath(String name, Caller caller) {
        if (!caller.may(Scope.ADMIN)) {
            // Whether there is such a file is nobody else's business.
            throw new DalangException(
                    new Failure.PermissionDenied("only a key with the scope admin may name a model by its path"));
        }
        try {
            Path path = Path.of(name).toAbsolutePath().normalize();
            boolean model = Files.isDirectory(path)
                    ? Library.isModelFolder(path)
                    : Library.isGguf(path) && Files.isRegularFile(path);
            if (!model) throw unknown(name);
            Instant modified = Files.getLastModifiedTime(path).toInstant();
            return new InstalledModel(
                    path.toString(), path, Files.size(path), modified, InstalledModel.Holder.FILE, null, List.of());
        } catch (InvalidPathException | java.io.IOException e) {
            throw unknown(name);
        }
    }

    private static DalangException unknown(String name) {
        String shown = name.length() > 100 ? name.substring(0, 100) + "…" : name;
        return new DalangException(new Failure.ModelUnavailable(
                "there is no model \"" + shown.replaceAll("[\\p{Cntrl}]", " ")
                        + "\" here; `dalang list` shows what there is," + " `dalang pull` fetches more",
                name));
    }

    private ServedModel served(InstalledModel m) {
        ModelFacts.Facts f = facts.of(m);
        boolean builtIn = m.holder() == InstalledModel.Holder.BUILT_IN;
        String digest = m.manifest() != null
                ? m.manifest().contentDigest().toString()
                : m.digests().isEmpty() ? null : m.digests().getFirst().toString();
        return new ServedModel(
                m.name(),
                builtIn ? ServedModel.Kind.BUILT_IN : ServedModel.Kind.LOCAL,
                m.bytes(),
                digest,
                m.modified(),
                f.family(),
                f.format(),
                f.quantisation(),
                f.parameters(),
                f.context(),
                f.capabilities(),
                builtIn ? "dalang" : m.holder().word());
    }

    /** A model as one caller sees it: under its name here, for the caller's share, on the caller's account. */
    private final class Asked implements ChatModel {
        private final String name;
        private final ChatModel model;
        private final Caller caller;

        Asked(String name, ChatModel model, Caller caller) {
            this.name = name;
            this.model = model;
            this.caller = caller;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public void chat(ChatRequest request, Cancellation cancellation, Consumer<? super ChatEvent> events) {
            // The scheduler shares out between users: of one key, the users that it names.
            String user = request.user() == null ? caller.id() : caller.id() + "/" + request.user();
            ChatRequest own = request.toBuilder().user(user).build();
            model.chat(own, cancellation, e -> {
                switch (e) {
                    case ChatEvent.Started s -> events.accept(new ChatEvent.Started(s.id(), name, s.created()));
                    case ChatEvent.Finished f -> {
                        quotas.spend(caller, f.usage().totalTokens());
                        events.accept(f);
                    }
                    default -> events.accept(e);
                }
            });
        }

        @Override
        public int countTokens(ChatRequest request) {
            return model.countTokens(request);
        }
    }

    private final class Embedder implements EmbeddingModel {
        private final String name;
        private final @Nullable Duration keepAlive;
        private final Caller caller;

        Embedder(String name, @Nullable Duration keepAlive, Caller caller) {
            this.name = name;
            this.keepAlive = keepAlive;
            this.caller = caller;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public int dimensions() {
            return manager.with(
                    name,
                    keepAlive,
                    Cancellation.NONE,
                    m -> local(m).runner().decoder().embedding());
        }

        @Override
        public EmbeddingResponse embed(EmbeddingRequest request, Cancellation cancellation) {
            return manager.with(name, keepAlive, cancellation, m -> {
                LocalModel local = local(m);
                EmbeddingResponse r =
                        new LocalEmbedder(name, local.runner(), local.tokenizer()).embed(request, cancellation);
                quotas.spend(caller, r.usage().totalTokens());
                return r;
            });
        }
    }
}
