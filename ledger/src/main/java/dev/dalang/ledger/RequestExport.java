package dev.dalang.ledger;

import dev.dalang.api.Usage;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** Requests as files: CSV (RFC 4180, a header line) or one JSON object a line, with the same fields in the same order. */
public final class RequestExport {

    public enum Format {
        CSV,
        JSON_LINES
    }

    private static final JsonFactory JSON = new JsonFactory();

    private RequestExport() {}

    /** @return how many were written */
    public static long write(Requests requests, RequestFilter filter, Format format, Appendable out)
            throws IOException {
        long[] count = {0};
        try {
            if (format == Format.CSV) line(out, String.join(",", fields(EMPTY).keySet()));
            requests.each(filter, e -> {
                Map<String, @Nullable Object> fields = fields(e);
                line(out, format == Format.CSV ? csv(fields) : json(fields));
                count[0]++;
            });
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        return count[0];
    }

    private static void line(Appendable out, String line) {
        try {
            out.append(line).append('\n');
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The fields of a request by name; strings, {@link Long}s, amounts in USD, and null for what is not known. */
    public static Map<String, @Nullable Object> fields(Entry e) {
        Map<String, @Nullable Object> f = new LinkedHashMap<>();
        f.put("id", e.id());
        f.put("begun", e.begun().toString());
        f.put("ended", e.ended() == null ? null : e.ended().toString());
        f.put("who", e.account().who());
        f.put("key", e.account().keyId());
        f.put("team", e.account().teamId());
        f.put("dialect", e.dialect());
        f.put("asked", e.asked());
        f.put("model", e.model());
        f.put("digest", e.digest());
        f.put("provider", e.provider());
        f.put("provider_id", e.providerId());
        f.put("route", e.route());
        f.put("outcome", e.outcome().word());
        f.put("finish", e.finish());
        f.put("failure", e.failure());
        f.put("counts", e.counts().word());
        f.put("prompt_tokens", (long) e.usage().promptTokens());
        f.put("cached_tokens", (long) e.usage().cachedTokens());
        f.put("cache_write_tokens", (long) e.usage().cacheWriteTokens());
        f.put("completion_tokens", (long) e.usage().completionTokens());
        f.put("reasoning_tokens", (long) e.usage().reasoningTokens());
        f.put(
                "other_tokens",
                e.usage().other().isEmpty() ? null : Fitting.json(e.usage().other(), 2000));
        f.put("first_token_ms", e.firstToken() == null ? null : e.firstToken().toNanos() / 1e6);
        f.put("duration_ms", e.duration() == null ? null : e.duration().toNanos() / 1e6);
        f.put(
                "cost_usd",
                e.cost() == null ? null : e.cost().usd().stripTrailingZeros().toPlainString());
        f.put("unsure_usd", e.unsure().usd().stripTrailingZeros().toPlainString());
        f.put("prices", e.prices());
        f.put("energy_joules", e.energyMicrojoules() == null ? null : e.energyMicrojoules() / 1e6);
        f.put("metadata", e.metadata());
        return f;
    }

    private static String csv(Map<String, @Nullable Object> fields) {
        StringBuilder line = new StringBuilder();
        fields.forEach((name, value) -> {
            if (!line.isEmpty()) line.append(',');
            line.append(cell(value));
        });
        return line.toString();
    }

    /**
     * Quoted where it must be. A text that a spreadsheet would run as a formula gets an apostrophe before it: model names
     * and labels come from strangers.
     */
    private static String cell(@Nullable Object value) {
        if (value == null) return "";
        String text = value.toString();
        if (value instanceof String && !text.isEmpty() && "=+-@\t\r".indexOf(text.charAt(0)) >= 0) text = "'" + text;
        boolean quote = text.chars().anyMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r');
        return quote ? '"' + text.replace("\"", "\"\"") + '"' : text;
    }

    private static String json(Map<String, @Nullable Object> fields) {
        StringWriter text = new StringWriter();
        try (JsonGenerator out = JSON.createGenerator(ObjectWriteContext.empty(), text)) {
            out.writeStartObject();
            fields.forEach((name, value) -> {
                out.writeName(name);
                switch (value) {
                    case null -> out.writeNull();
                    case Long l -> out.writeNumber(l);
                    case Double d -> out.writeNumber(d);
                    default -> out.writeString(value.toString());
                }
            });
            out.writeEndObject();
        }
        return text.toString();
    }

    private static final Entry EMPTY = new Entry(
            "",
            Instant.EPOCH,
            null,
            new Account("", "", ""),
            "",
            "",
            null,
            null,
            null,
            null,
            null,
            Outcome.DONE,
            null,
            null,
            Counts.NONE,
            Usage.ZERO,
            null,
            null,
            null,
            Money.ZERO,
            null,
            0,
            "",
            null,
            null);
}
