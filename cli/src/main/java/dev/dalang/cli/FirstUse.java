package dev.dalang.cli;

import dev.dalang.api.DalangException;
import dev.dalang.engine.format.ModelSource;
import dev.dalang.hub.catalogue.CatalogueModel;
import dev.dalang.hub.store.InstalledModel;
import dev.dalang.hub.trust.FileTrust;
import dev.dalang.hub.trust.Finding;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What is odd about a file is said before it is used for the first time; {@code dalang show} says it again. */
final class FirstUse {

    /** So many files are remembered; the oldest are forgotten and looked at again. */
    private static final int MOST = 1000;

    private final Surroundings around;

    FirstUse(Surroundings around) {
        this.around = around;
    }

    /** Looks once at each state of a file. Never stands in the way: what is broken is for the loading to say. */
    void say(String name, Path path) {
        // What came with the program is no file from outside.
        if (around.store().isBuiltIn(path)) return;
        Map<String, Object> seen = seen();
        String state = state(path);
        if (state == null || state.equals(seen.get(path.toString()))) return;
        try {
            for (Finding f : findings(name, path)) {
                if (f.level() != Finding.Level.NOTE) around.say(word(f) + ": " + f.message());
            }
        } catch (DalangException e) {
            return;
        }
        seen.remove(path.toString());
        seen.put(path.toString(), state);
        remember(seen);
    }

    /** All that there is to say of a file. */
    List<Finding> findings(String name, Path path) {
        CatalogueAccess access = new CatalogueAccess(around);
        InstalledLicences installed = new InstalledLicences(access);
        Optional<InstalledModel> held =
                around.store().find(name).filter(m -> m.path().equals(path));
        try (ModelSource source = ModelFiles.open(path)) {
            Optional<CatalogueModel> known =
                    held.flatMap(installed::known).or(() -> installed.claimed(source.metadata()));
            String digest = held.filter(m -> m.digests().size() == 1)
                    .map(m -> m.digests().getFirst().toString())
                    .orElse(null);
            List<Finding> all = new ArrayList<>();
            known.ifPresent(m -> all.add(new Finding(Finding.Level.NOTE, "it says that it is " + m.name())));
            all.addAll(FileTrust.look(source, known.orElse(null), digest));
            return all;
        }
    }

    static String word(Finding f) {
        return switch (f.level()) {
            case NOTE -> "note";
            case ODD -> "odd";
            case SUSPICIOUS -> "suspicious";
        };
    }

    private static @Nullable String state(Path path) {
        try {
            BasicFileAttributes a = Files.readAttributes(path, BasicFileAttributes.class);
            return a.size() + " " + a.lastModifiedTime().toMillis();
        } catch (IOException e) {
            return null;
        }
    }

    private Path file() {
        return around.home().resolve("seen.json");
    }

    private Map<String, Object> seen() {
        Map<String, Object> seen = new LinkedHashMap<>();
        try {
            if (Files.isRegularFile(file())
                    && Json.parse(Files.readString(file()), file().toString()) instanceof Map<?, ?> map) {
                map.forEach((k, v) -> {
                    if (v instanceof String s) seen.put(String.valueOf(k), s);
                });
            }
        } catch (IOException | DalangException e) {
            // What cannot be read was never seen.
            seen.clear();
        }
        return seen;
    }

    private void remember(Map<String, Object> seen) {
        while (seen.size() > MOST) seen.remove(seen.keySet().iterator().next());
        try {
            Private.write(file(), Json.compact(seen) + "\n");
        } catch (IOException e) {
            around.say("what was looked at is not remembered: " + Errors.describe(e));
        }
    }
}
