package dev.dalang.cli;

import dev.dalang.api.DalangException;
import dev.dalang.api.Message;
import dev.dalang.api.Part;
import dev.dalang.api.Role;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A saved conversation: {@code $DALANG_HOME/conversations/NAME.json}, messages in the form that OpenAI's users know. */
final class DialogueFile {

    /** No separators and no leading dot, so that a name never leaves the folder. */
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]{0,99}");

    /** A conversation as kept. */
    record Dialogue(@Nullable String system, List<Message> messages) {}

    private DialogueFile() {}

    static Path write(Path home, String name, String model, @Nullable String system, List<Message> messages) {
        Path file = file(home, name);
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        tree.put("model", model);
        List<Map<String, String>> list = new ArrayList<>();
        if (system != null) list.add(Map.of("role", Role.SYSTEM.word(), "content", system));
        for (Message m : messages) {
            Map<String, String> entry = new LinkedHashMap<>();
            entry.put("role", m.role().word());
            entry.put("content", m.text());
            if (!m.reasoning().isEmpty()) entry.put("reasoning_content", m.reasoning());
            list.add(entry);
        }
        tree.put("messages", list);
        try {
            Path partial = file.resolveSibling(file.getFileName() + ".part");
            try {
                Private.write(partial, Json.pretty(tree) + "\n");
                Files.move(partial, file, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(partial);
            }
        } catch (IOException e) {
            throw Errors.storage(e, file);
        }
        return file;
    }

    static Dialogue read(Path home, String name) {
        Path file = file(home, name);
        String text;
        try {
            text = Files.readString(file);
        } catch (NoSuchFileException e) {
            throw Errors.usage("no conversation named " + name + " was saved");
        } catch (IOException e) {
            throw Errors.storage(e, file);
        }
        String system = null;
        List<Message> messages = new ArrayList<>();
        if (!(Json.parse(text, file.toString()) instanceof Map<?, ?> tree
                && tree.get("messages") instanceof List<?> list)) {
            throw broken(file, "it has no messages");
        }
        for (Object o : list) {
            if (!(o instanceof Map<?, ?> m
                    && m.get("role") instanceof String role
                    && m.get("content") instanceof String content)) {
                throw broken(file, "a message has no role or content");
            }
            switch (role) {
                case "system" -> system = content;
                case "user" -> messages.add(Message.user(content));
                case "assistant" -> {
                    List<Part> parts = new ArrayList<>();
                    if (m.get("reasoning_content") instanceof String r) parts.add(new Part.Reasoning(r));
                    parts.add(new Part.Text(content));
                    messages.add(new Message(Role.ASSISTANT, parts, null));
                }
                default -> throw broken(file, "a message has the unknown role " + role);
            }
        }
        return new Dialogue(system, messages);
    }

    private static DalangException broken(Path file, String why) {
        return Errors.usage(file + " is not a saved conversation: " + why);
    }

    private static Path file(Path home, String name) {
        if (!NAME.matcher(name).matches()) {
            throw Errors.usage("a name is made of letters, digits and . _ -, unlike \"" + name + "\"");
        }
        return home.resolve("conversations").resolve(name + ".json");
    }
}
