package dev.dalang.engine.format.huggingface;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Finds a folder's chat template in the places that it has been kept in over time. */
final class ChatTemplates {

    private static final String KEY = "tokenizer.chat_template";

    private ChatTemplates() {}

    /** Templates by GGUF's key for them; the newest place wins. */
    static Map<String, String> read(Path folder) {
        Map<String, String> found = new LinkedHashMap<>();
        for (String name : List.of("tokenizer_config.json", "chat_template.json")) {
            Path file = folder.resolve(name);
            if (Files.isRegularFile(file)) add(JsonValue.read(file).get("chat_template"), found);
        }
        Path own = folder.resolve("chat_template.jinja");
        if (Files.isRegularFile(own)) found.put(KEY, new String(JsonValue.bytes(own), StandardCharsets.UTF_8));
        return found;
    }

    /** One template, or several by name of which {@code default} is the usual one. */
    private static void add(JsonValue value, Map<String, String> found) {
        String only = value.stringOrNull();
        if (only != null) found.put(KEY, only);
        if (!value.isList()) return;
        for (JsonValue item : value.list()) {
            String name = item.get("name").stringOrNull();
            String text = item.get("template").stringOrNull();
            if (name == null || text == null || !name.matches("[A-Za-z0-9_-]{1,64}")) continue;
            found.put(name.equals("default") ? KEY : KEY + "." + name, text);
        }
    }
}
