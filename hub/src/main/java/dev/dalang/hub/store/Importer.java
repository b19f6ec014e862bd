package dev.dalang.hub.store;

import dev.dalang.api.DalangException;
import dev.dalang.engine.format.Gguf;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Brings models of this disk into the store: a GGUF file (with its further parts), or a folder in Hugging Face's form. */
public final class Importer {
    private static final Pattern PART = Pattern.compile("(.*)-\\d{5}-of-(\\d{5})\\.gguf");

    private final Store store;

    public Importer(Store store) {
        this.store = store;
    }

    /**
     * Copies a model in. GGUF files are read by the checking reader first, so that what is no model never gets a name.
     *
     * @param copied is told how many bytes were copied, again and again
     * @throws DalangException (bad model file, storage) if it is no model or cannot be read
     */
    public Manifest importFrom(Path source, String name, LongConsumer copied) {
        Manifest.checkName(name);
        List<Path> files = Store.guarded(source, () -> filesOf(source));
        boolean alone = files.size() == 1;
        for (Path f : files) nameOf(f, alone);
        Claim claim = store.claim(name, "import", Set.of(), Duration.ofDays(1));
        try {
            List<Manifest.ModelFile> kept = new ArrayList<>();
            for (Path f : files) kept.add(copy(f, nameOf(f, alone), claim, copied));
            Map<String, String> facts = new LinkedHashMap<>();
            kept.stream()
                    .filter(f -> f.name().endsWith(".gguf") && f.role() == Role.WEIGHTS)
                    .findFirst()
                    .ifPresent(f -> facts.putAll(GgufFacts.of(store.blob(f.digest()))));
            Manifest m = new Manifest(
                    name,
                    new Manifest.Origin("local", source.toAbsolutePath().toString(), null),
                    Instant.now(),
                    kept,
                    facts);
            store.publish(m, claim);
            return m;
        } catch (Throwable t) {
            claim.release();
            throw t;
        }
    }

    private static List<Path> filesOf(Path source) throws IOException {
        if (!Files.isDirectory(source)) {
            try (Gguf gguf = Gguf.open(source)) {
                java.util.Objects.requireNonNull(gguf);
            }
            return parts(source);
        }
        List<Path> files = new ArrayList<>();
        for (Path p : Disk.entries(source)) {
            if (Files.isRegularFile(p) && Role.ofName(p.getFileName().toString()) != Role.OTHER) files.add(p);
        }
        boolean config = files.stream().anyMatch(p -> p.endsWith("config.json"));
        boolean weights = files.stream().anyMatch(p -> p.toString().endsWith(".safetensors"));
        if (!config || !weights) {
            throw DalangException.badModelFile(
                    source + " is a folder without config.json and .safetensors files;"
                            + " name a .gguf file or a folder that holds a model",
                    source.toString(),
                    null);
        }
        return files;
    }

    /** A file of a split model stands for all of them; the reader has seen that they are there. */
    private static List<Path> parts(Path source) throws IOException {
        Matcher m = PART.matcher(source.getFileName().toString());
        if (!m.matches()) return List.of(source);
        List<Path> parts = new ArrayList<>();
        int count = Integer.parseInt(m.group(2));
        for (int i = 1; i <= count; i++) {
            parts.add(source.resolveSibling("%s-%05d-of-%s.gguf".formatted(m.group(1), i, m.group(2))));
        }
        return parts;
    }

    private Manifest.ModelFile copy(Path file, FileName name, Claim claim, LongConsumer copied) {
        Blobs.Blob blob = Store.guarded(file, () -> {
            try (InputStream in = Files.newInputStream(file)) {
                return Blobs.take(store, in, null, claim, copied);
            }
        });
        return new Manifest.ModelFile(name, Role.ofName(name.text()), blob.digest(), blob.bytes());
    }

    /** Names of local files, which are not from outside, but become names in the store. */
    private static FileName nameOf(Path file, boolean alone) {
        String name = file.getFileName().toString();
        // The reader has seen that it is GGUF, whatever it is called (Ollama's blobs are called by their hashes).
        if (alone && !ModelFolders.isGguf(file)) return new FileName("model.gguf");
        if (FileName.isHarmless(name)) return new FileName(name);
        throw DalangException.invalidRequest(
                file + ": names of files in the store have letters, digits, and . _ + - only; rename or link it first",
                "model");
    }
}
