package dev.dalang.server.ollama;

import dev.dalang.server.preset.Preset;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** A model's settings in the words of Ollama's Modelfile, as {@code /api/show} gives them. */
final class Modelfile {

    private Modelfile() {}

    static String of(String name, Preset p, @Nullable String template) {
        StringBuilder s = new StringBuilder("FROM ").append(name).append('\n');
        // By what they are kept as, which is their digest: where they lie on this machine is nobody's business.
        for (Path adapter : p.adapters())
            s.append("ADAPTER ").append(adapter.getFileName()).append('\n');
        if (template != null) s.append("TEMPLATE ").append(quoted(template)).append('\n');
        if (p.system() != null) s.append("SYSTEM ").append(quoted(p.system())).append('\n');
        parameters(p).lines().forEach(l -> s.append("PARAMETER ").append(l).append('\n'));
        if (p.messages() != null) {
            for (JsonNode m : p.messages()) {
                s.append("MESSAGE ").append(m.path("role").asString("")).append(' ');
                s.append(quoted(m.path("content").asString(""))).append('\n');
            }
        }
        if (p.license() != null)
            s.append("LICENSE ").append(quoted(p.license())).append('\n');
        return s.toString();
    }

    /** One a line, name and value; a list is several lines. */
    static String parameters(Preset p) {
        StringBuilder s = new StringBuilder();
        for (Map.Entry<String, JsonNode> e : p.parameters().properties()) {
            if (e.getValue().isArray()) e.getValue().forEach(v -> line(s, e.getKey(), v));
            else line(s, e.getKey(), e.getValue());
        }
        return s.toString().stripTrailing();
    }

    private static void line(StringBuilder s, String name, JsonNode value) {
        s.append("%-30s ".formatted(name));
        s.append(value.isString() ? "\"" + value.stringValue().replace("\"", "\\\"") + "\"" : value.toString());
        s.append('\n');
    }

    private static String quoted(String text) {
        return "\"\"\"" + text + "\"\"\"";
    }
}
