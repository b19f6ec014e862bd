package dev.dalang.train.recipe;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.engine.format.Gguf;
import dev.dalang.engine.format.GgufWriter;
import dev.dalang.engine.format.Metadata;
import dev.dalang.engine.tokenizer.GgufVocabulary;
import dev.dalang.engine.tokenizer.Tokenizer;
import dev.dalang.engine.tokenizer.Tokenizers;
import dev.dalang.train.tokenizer.ByteLevelVocabulary;
import dev.dalang.train.tokenizer.BytePairTrainer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The vocabulary of a run.
 *
 * @param keys {@code tokenizer.ggml.*} of a GGUF file
 * @param json a {@code tokenizer.json}, or null where there is none
 */
record Vocabulary(
        Map<String, Metadata.Value> keys, @Nullable String json) {

    private static final String PREFIX = "tokenizer.ggml.";

    Tokenizer tokenizer() {
        return Tokenizers.fromGguf(new Metadata(null, keys));
    }

    /** How many ids there are. */
    int size() {
        return new Metadata(null, keys).strings(PREFIX + "tokens").length;
    }

    /** Learned from the sources, or read from where the recipe says. */
    static Vocabulary of(Recipe recipe, List<RawSource> sources) {
        return switch (recipe.tokenizer()) {
            case Recipe.TokenizerPlan.Existing e -> existing(e.path());
            case Recipe.TokenizerPlan.Learned l -> {
                BytePairTrainer trainer = new BytePairTrainer(l.settings());
                Corpus.texts(sources, l.characters(), trainer::add);
                ByteLevelVocabulary learned = trainer.train();
                yield new Vocabulary(learned.metadata(), learned.tokenizerJson());
            }
        };
    }

    private static Vocabulary existing(Path path) {
        if (String.valueOf(path.getFileName()).endsWith(".gguf")) return gguf(path, null);
        Path folder = Files.isDirectory(path) ? path : path.toAbsolutePath().getParent();
        boolean named =
                Files.isDirectory(path) || String.valueOf(path.getFileName()).equals("tokenizer.json");
        if (folder == null || !named) {
            throw DalangException.invalidRequest(
                    path + ": tokenizer.file takes a .gguf file, a tokenizer.json, or a folder with one", "tokenizer");
        }
        Path json = folder.resolve("tokenizer.json");
        return new Vocabulary(GgufVocabulary.of(folder, 0), Files.isRegularFile(json) ? text(json) : null);
    }

    private static Vocabulary gguf(Path path, @Nullable String json) {
        try (Gguf file = Gguf.open(path)) {
            Map<String, Metadata.Value> keys = new LinkedHashMap<>();
            file.metadata().asMap().forEach((key, value) -> {
                if (key.startsWith(PREFIX)) keys.put(key, value);
            });
            return new Vocabulary(keys, json);
        }
    }

    /** What a run wrote into its folder; null where there is none. */
    static @Nullable Vocabulary saved(Path folder) {
        Path file = folder.resolve("vocabulary.gguf");
        if (!Files.isRegularFile(file)) return null;
        Path json = folder.resolve("tokenizer.json");
        return gguf(file, Files.isRegularFile(json) ? text(json) : null);
    }

    /** Writes it where {@link #saved} looks: a vocabulary-only GGUF file, and its {@code tokenizer.json}. */
    void save(Path folder) {
        Path file = folder.resolve("tokenizer.json");
        try {
            if (json == null) Files.deleteIfExists(file);
            else Files.writeString(file, json);
        } catch (IOException e) {
            throw new DalangException(
                    new Failure.Storage(file + " cannot be written: " + e.getMessage(), file.toString()), e);
        }
        GgufWriter writer =
                new GgufWriter().put("general.architecture", "llama").put("general.type", "vocab");
        keys.forEach(writer::put);
        writer.write(folder.resolve("vocabulary.gguf"));
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new DalangException(
                    new Failure.Storage(file + " cannot be read: " + e.getMessage(), file.toString()), e);
        }
    }
}
