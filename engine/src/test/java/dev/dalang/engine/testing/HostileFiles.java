package dev.dalang.engine.testing;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** The manifest of the shared collection of malformed model files. */
public final class HostileFiles {

    /** @param level what is demanded: {@code valid}, {@code structure}, {@code model}, {@code runtime}, {@code lenient} */
    public record Case(Path path, String format, String level, String reason) {
        @Override
        public String toString() {
            return level + ": " + path.getFileName() + ", " + reason;
        }
    }

    private HostileFiles() {}

    public static Stream<Case> of(String format) {
        Path folder = Shared.require("external/hostile-files");
        List<Case> cases = new ArrayList<>();
        try (JsonParser p =
                new JsonFactory().createParser(ObjectReadContext.empty(), folder.resolve("manifest.json"))) {
            Map<String, String> row = new HashMap<>();
            while (p.nextToken() != null) {
                if (p.currentToken() == JsonToken.PROPERTY_NAME) {
                    String name = p.currentName();
                    p.nextToken();
                    row.put(name, p.getString());
                } else if (p.currentToken() == JsonToken.END_OBJECT) {
                    Path path = folder.resolve("files").resolve(row.get("file"));
                    cases.add(new Case(path, row.get("format"), row.get("level"), row.get("reason")));
                    row.clear();
                }
            }
        }
        return cases.stream().filter(c -> c.format().equals(format));
    }
}
