package dev.dalang.hub.store;

import dev.dalang.api.DalangException;
import dev.dalang.hub.store.InstalledModel.Holder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Every model on this disk that has a name: our own store's, files that somebody put beside it, and what Hugging Face's
 * tools, Ollama and LM Studio hold, which is used where it is.
 *
 * <p>A name is looked up among what is there and never made into a path, so no name reaches outside.
 */
public final class Library {
    private final Store store;
    private final Map<String, String> environment;
    private final @Nullable Shipped shipped;

    /**
     * @param home where Dalang's state lives; the store is in {@code models} below it
     * @param environment says where the others keep theirs ({@code HOME}, {@code HF_HOME}, {@code OLLAMA_MODELS}, …)
     */
    public Library(Path home, Map<String, String> environment) {
        this(new Store(home.resolve("models")), Map.copyOf(environment), null);
    }

    private Library(Store store, Map<String, String> environment, @Nullable Shipped shipped) {
        this.store = store;
        this.environment = environment;
        this.shipped = shipped;
    }

    /** This library with a model that is always there. One of our own with its name hides it. */
    public Library with(Shipped model) {
        return new Library(store, environment, model);
    }

    /** Whether a path is that of the model that comes with the program. */
    public boolean isBuiltIn(Path path) {
        try {
            return shipped != null && shipped.file().equals(path);
        } catch (DalangException e) {
            return false;
        }
    }

    public Store store() {
        return store;
    }

    /** Where Dalang's state lives. */
    public Path home() {
        Path parent = store.root().getParent();
        return parent == null ? store.root() : parent;
    }

    /** Where our own are. */
    public Path folder() {
        return store.root();
    }

    /** Our own first, then the others', each sorted by name. What cannot be read is left out. */
    public List<InstalledModel> list() {
        List<InstalledModel> all = new ArrayList<>();
        for (Manifest m : store.manifests()) {
            try {
                all.add(ours(m));
            } catch (DalangException e) {
                log().log(System.Logger.Level.WARNING, "left out: {0}", e.getMessage());
            }
        }
        if (shipped != null) {
            Shipped s = shipped;
            add(all, () -> List.of(builtIn(s)));
        }
        add(all, () -> ModelFolders.in(store.root(), Holder.FILE, store::isOwn));
        for (Path p : huggingFace()) add(all, () -> HuggingFaceCache.in(p));
        for (Path p : ollama()) add(all, () -> OllamaFolder.in(p));
        for (Path p : lmStudio()) add(all, () -> ModelFolders.in(p, Holder.LM_STUDIO, x -> false));
        all.sort(Comparator.comparing(InstalledModel::holder).thenComparing(InstalledModel::name));
        return all;
    }

    /**
     * By its name, to which {@code :latest} may be added as Ollama's clients do; by its name without the tag, where the
     * customary of several quantisations is taken; or by the last part of its name, with or without tag, when only one model
     * has it. Case does not matter.
     */
    public Optional<InstalledModel> find(String wanted) {
        String name = usual(wanted);
        String latest = withOrWithoutLatest(name);
        Optional<Manifest> own = store.find(name).or(() -> store.find(latest));
        if (own.isPresent()) return own.map(this::ours);
        List<InstalledModel> all = list();
        for (InstalledModel m : all) if (usual(m.name()).equals(name)) return Optional.of(m);
        for (InstalledModel m : all) if (usual(m.name()).equals(latest)) return Optional.of(m);
        for (String start : List.of("", "/")) {
            List<InstalledModel> found = all.stream()
                    .filter(m -> start.isEmpty()
                            ? withoutTag(m).equals(name)
                            : withoutTag(m).endsWith(start + name)
                                    || usual(m.name()).endsWith(start + name))
                    .toList();
            if (found.stream().map(Library::withoutTag).distinct().count() == 1) return Optional.of(customary(found));
        }
        return Optional.empty();
    }

    /**
     * What a model is called that is to have this name: as the store's own that has it already, be it with or without
     * {@code :latest}. Two models that differ in nothing else could not be told apart.
     */
    public String named(String name) {
        return store.find(name)
                .or(() -> store.find(withOrWithoutLatest(name)))
                .map(Manifest::name)
                .orElse(name);
    }

    /** A file of these bytes, by its name, that another tool holds; whoever uses it checks it. */
    public Optional<Path> fileOf(Digest digest) {
        return list().stream()
                .filter(m ->
                        m.manifest() == null && m.digests().equals(List.of(digest)) && Files.isRegularFile(m.path()))
                .map(InstalledModel::path)
                .findFirst();
    }

    public static boolean isGguf(Path file) {
        return ModelFolders.isGguf(file);
    }

    /** A Hugging Face folder: configuration and weights. */
    public static boolean isModelFolder(Path dir) {
        return ModelFolders.isModelFolder(dir);
    }

    private InstalledModel ours(Manifest m) {
        List<Digest> weights = m.files().stream()
                .filter(f -> f.role() == Role.WEIGHTS)
                .map(Manifest.ModelFile::digest)
                .toList();
        return new InstalledModel(m.name(), store.open(m), m.bytes(), m.created(), Holder.DALANG, m, weights);
    }

    private static InstalledModel builtIn(Shipped s) throws IOException {
        Path file = s.file();
        Instant written = Files.getLastModifiedTime(file).toInstant();
        return new InstalledModel(s.name(), file, s.bytes(), written, Holder.BUILT_IN, null, List.of(s.digest()));
    }

    private static InstalledModel customary(List<InstalledModel> tags) {
        List<String> quants = tags.stream()
                .map(m -> m.name().substring(m.name().lastIndexOf(':') + 1))
                .toList();
        return tags.get(quants.indexOf(Quants.customary(quants)));
    }

    /** The other way to write a name, where {@code :latest} goes without saying. */
    private static String withOrWithoutLatest(String name) {
        String tag = ":latest";
        return name.endsWith(tag) ? name.substring(0, name.length() - tag.length()) : name + tag;
    }

    private static String withoutTag(InstalledModel m) {
        String name = usual(m.name());
        int colon = name.lastIndexOf(':');
        return colon > name.lastIndexOf('/') ? name.substring(0, colon) : name;
    }

    /** The one spelling of several that people use. */
    private static String usual(String name) {
        String n = name.strip().toLowerCase(Locale.ROOT);
        for (String prefix : Set.of("https://huggingface.co/", "https://hf.co/", "hf://", "huggingface.co/")) {
            if (n.startsWith(prefix)) return "hf.co/" + n.substring(prefix.length());
        }
        for (String prefix : List.of("ollama://", "registry.ollama.ai/library/", "registry.ollama.ai/")) {
            if (n.startsWith(prefix)) return n.substring(prefix.length());
        }
        for (String prefix : List.of("docker://", "oci://")) {
            if (n.startsWith(prefix)) {
                String rest = n.substring(prefix.length());
                return prefix.equals("oci://") || rest.startsWith("docker.io/") ? rest : "docker.io/" + rest;
            }
        }
        return n;
    }

    private static void add(List<InstalledModel> all, Store.Work<List<InstalledModel>> shelf) {
        try {
            all.addAll(shelf.run());
        } catch (IOException | DalangException e) {
            log().log(System.Logger.Level.WARNING, "left out: {0}", e.getMessage());
        }
    }

    private List<Path> huggingFace() {
        for (String key : List.of("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE")) {
            Path p = variable(key);
            if (p != null) return List.of(p);
        }
        Path hfHome = variable("HF_HOME");
        if (hfHome != null) return List.of(hfHome.resolve("hub"));
        Path cache = variable("XDG_CACHE_HOME");
        if (cache != null) return List.of(cache.resolve("huggingface").resolve("hub"));
        return user(".cache", "huggingface", "hub");
    }

    private List<Path> ollama() {
        Path models = variable("OLLAMA_MODELS");
        if (models != null) return List.of(models);
        List<Path> places = new ArrayList<>(user(".ollama", "models"));
        // Where its installer for Linux lets the service keep them.
        if (!places.isEmpty()) places.add(Path.of("/usr/share/ollama/.ollama/models"));
        return places;
    }

    private List<Path> lmStudio() {
        List<Path> places = new ArrayList<>(user(".lmstudio", "models"));
        places.addAll(user(".cache", "lm-studio", "models"));
        return places;
    }

    /** Below the user's home, where the environment has one. */
    private List<Path> user(String... parts) {
        Path home = variable("HOME");
        if (home == null) home = variable("USERPROFILE");
        if (home == null) return List.of();
        for (String part : parts) home = home.resolve(part);
        return List.of(home);
    }

    private @Nullable Path variable(String key) {
        String value = environment.get(key);
        return value == null || value.isBlank() ? null : Path.of(value);
    }

    /** Looked for when there is something to say: the JDK opens every jar for it. */
    private static System.Logger log() {
        return System.getLogger(Library.class.getName());
    }
}
