package dev.dalang.hub.fetch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The user's token for Hugging Face: {@code HF_TOKEN}, else the file where its tools keep one. */
final class Tokens {
    private static final int MAX_BYTES = 4096;

    private Tokens() {}

    static @Nullable String huggingFace(Map<String, String> environment) {
        for (String key : new String[] {"HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"}) {
            String token = clean(environment.get(key));
            if (token != null) return token;
        }
        Path file = file(environment);
        try {
            if (file == null || !Files.isRegularFile(file) || Files.size(file) > MAX_BYTES) return null;
            return clean(Files.readString(file));
        } catch (IOException e) {
            return null;
        }
    }

    private static @Nullable Path file(Map<String, String> environment) {
        String path = environment.get("HF_TOKEN_PATH");
        if (path != null && !path.isBlank()) return Path.of(path);
        String home = environment.get("HF_HOME");
        if (home != null && !home.isBlank()) return Path.of(home, "token");
        String cache = environment.get("XDG_CACHE_HOME");
        if (cache != null && !cache.isBlank()) return Path.of(cache, "huggingface", "token");
        String user = environment.get("HOME");
        return user == null || user.isBlank() ? null : Path.of(user, ".cache", "huggingface", "token");
    }

    /** Null unless it can be sent in a header. */
    private static @Nullable String clean(@Nullable String token) {
        if (token == null) return null;
        String t = token.strip();
        return t.isEmpty() || !t.chars().allMatch(c -> c > ' ' && c < 0x7f) ? null : t;
    }
}
