package dev.dalang.engine.template;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** The chat template corpus outside the project; tests that need it skip where it is absent. */
final class SharedTemplates {
    private SharedTemplates() {}

    static Path folder(String... parts) {
        Path folder = Path.of(System.getProperty("dalang.shared", "../shared"), "external", "chat-templates");
        for (String part : parts) folder = folder.resolve(part);
        Assumptions.assumeTrue(Files.exists(folder), "the shared chat templates are not here: " + folder);
        return folder;
    }

    static List<Path> files(String suffix, String... parts) {
        try (Stream<Path> files = Files.list(folder(parts))) {
            return files.filter(f -> f.toString().endsWith(suffix)).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @SuppressWarnings("unchecked")
    static Map<String, Object> json(Path file) {
        Object value = JsonReader.read(text(file), file.getFileName().toString());
        return (Map<String, Object>) java.util.Objects.requireNonNull(value);
    }
}
