package dev.dalang.ledger;

import java.io.StringWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** Small maps as JSON objects that fit a column. */
final class Fitting {
    private static final JsonFactory JSON = new JsonFactory();

    private Fitting() {}

    /** Entries beyond the length are left out, and {@code "…"} then tells how many. */
    static String json(Map<String, ?> map, int max) {
        int keep = map.size();
        while (true) {
            String text = write(map, keep);
            if (text.length() <= max || keep == 0) return text;
            keep = Math.min(keep - 1, keep * max / text.length());
        }
    }

    /** Reads back the numbers of such an object. */
    static Map<String, Long> longs(@Nullable String json) {
        if (json == null) return Map.of();
        Map<String, Long> numbers = new LinkedHashMap<>();
        try (JsonParser in = JSON.createParser(ObjectReadContext.empty(), json)) {
            in.nextToken();
            while (in.nextToken() == JsonToken.PROPERTY_NAME) {
                String name = in.currentName();
                if (in.nextToken() == JsonToken.VALUE_NUMBER_INT) numbers.put(name, in.getLongValue());
            }
        }
        return numbers;
    }

    private static String write(Map<String, ?> map, int keep) {
        StringWriter text = new StringWriter();
        try (JsonGenerator out = JSON.createGenerator(ObjectWriteContext.empty(), text)) {
            out.writeStartObject();
            int n = 0;
            for (Map.Entry<String, ?> e : map.entrySet()) {
                if (n++ >= keep) break;
                out.writeName(e.getKey().replace('\0', '\uFFFD'));
                if (e.getValue() instanceof Long l) out.writeNumber(l);
                else out.writeString(String.valueOf(e.getValue()).replace('\0', '\uFFFD'));
            }
            if (keep < map.size()) {
                out.writeName("…");
                out.writeNumber(map.size() - keep);
            }
            out.writeEndObject();
        }
        return text.toString();
    }
}
