package dev.dalang.server.ollama;

import dev.dalang.server.ServedModel;
import dev.dalang.server.http.Json;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** What lists say of a model. */
final class Details {

    private Details() {}

    /** A row of {@code /api/tags}. */
    static ObjectNode row(ServedModel m) {
        ObjectNode row = Json.object();
        row.put("name", m.name());
        row.put("model", m.name());
        if (m.kind() == ServedModel.Kind.HOSTED) {
            row.put("remote_model", m.name());
            row.put("remote_host", m.owner());
        }
        row.put("modified_at", m.modified().toString());
        row.put("size", m.bytes());
        row.put("digest", digest(m));
        row.set("details", of(m));
        return row;
    }

    /** Ollama's have no prefix. */
    static String digest(ServedModel m) {
        String digest = m.digest();
        return digest == null ? "" : digest.replaceFirst("^sha256:", "");
    }

    static ObjectNode of(ServedModel m) {
        ObjectNode d = Json.object();
        d.put("parent_model", "");
        d.put("format", orEmpty(m.format()));
        d.put("family", orEmpty(m.family()));
        if (m.family() == null) d.putArray("families");
        else d.putArray("families").add(m.family());
        d.put("parameter_size", size(m.parameters()));
        d.put("quantization_level", orEmpty(m.quantisation()));
        return d;
    }

    private static String orEmpty(@Nullable String s) {
        return s == null ? "" : s;
    }

    /** {@code 8.0B}, {@code 494M}, {@code 12.4K} */
    static String size(@Nullable Long parameters) {
        if (parameters == null) return "";
        double n = parameters;
        if (n >= 1e9) return String.format(Locale.ROOT, "%.1fB", n / 1e9);
        if (n >= 1e6) return String.format(Locale.ROOT, n >= 1e8 ? "%.0fM" : "%.2fM", n / 1e6);
        if (n >= 1e3) return String.format(Locale.ROOT, "%.1fK", n / 1e3);
        return Long.toString(parameters);
    }
}
