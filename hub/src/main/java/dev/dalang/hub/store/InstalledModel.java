package dev.dalang.hub.store;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A model on this disk.
 *
 * @param name to call it by
 * @param path that opens it: a file, the first of several, or a folder
 * @param bytes of all its files
 * @param modified when it came
 * @param holder whose it is
 * @param manifest of our own store's models
 * @param digests of its weights, as far as they are known without reading them
 */
public record InstalledModel(
        String name,
        Path path,
        long bytes,
        Instant modified,
        Holder holder,
        @Nullable Manifest manifest,
        List<Digest> digests) {

    /** Who keeps a model. Others' models are used where they are and never changed. */
    public enum Holder {
        DALANG("dalang"),
        /** It came with the program. */
        BUILT_IN("built-in"),
        /** A file or folder that somebody put into the store's folder. */
        FILE("file"),
        HUGGING_FACE("huggingface"),
        OLLAMA("ollama"),
        LM_STUDIO("lmstudio");

        private final String word;

        Holder(String word) {
            this.word = word;
        }

        public String word() {
            return word;
        }
    }

    public InstalledModel {
        digests = List.copyOf(digests);
    }
}
