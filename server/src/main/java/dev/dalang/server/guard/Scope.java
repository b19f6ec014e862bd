package dev.dalang.server.guard;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What a key may do. A route asks for one of these; a key has any of them. */
public enum Scope {
    /** Ask models: answers, embeddings, token counts. */
    INFERENCE,
    /** See what there is: models, metrics, what is running. */
    READ,
    /** Change things: fetch, delete and unload models, open files by their path, manage keys. */
    ADMIN;

    /** As in the ledger and on the command line. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static @Nullable Scope of(String word) {
        for (Scope s : values()) if (s.word().equals(word)) return s;
        return null;
    }
}
