package dev.dalang.ledger;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.api.Usage;
import java.io.StringWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** A line of a {@link Journal}: flat JSON, maps within it as prefixed fields. */
final class JournalLine {
    private static final JsonFactory JSON = new JsonFactory();
    private static final String METADATA = "metadata.";
    private static final String OTHER = "other.";

    private JournalLine() {}

    static String write(Batch.Op op) {
        Map<String, @Nullable Object> f = new LinkedHashMap<>();
        switch (op) {
            case Batch.Op.Open(Intent n, boolean forced) -> intent(f, "open", n);
            case Batch.Op.Refuse(Intent n, String why) -> {
                intent(f, "refuse", n);
                f.put("why", why);
            }
            case Batch.Op.Settle(Settlement s) -> settlement(f, s);
            case Batch.Op.Began b -> throw new IllegalArgumentException("a beginning is not journalled");
            case Batch.Op.Recover r -> throw new IllegalArgumentException("a recovery is not journalled");
        }
        StringWriter text = new StringWriter();
        try (JsonGenerator out = JSON.createGenerator(ObjectWriteContext.empty(), text)) {
            out.writeStartObject();
            f.forEach((name, value) -> {
                if (value == null) return;
                out.writeName(name);
                if (value instanceof Long l) out.writeNumber(l);
                else out.writeString(value.toString());
            });
            out.writeEndObject();
        }
        return text.toString();
    }

    private static void intent(Map<String, @Nullable Object> f, String op, Intent n) {
        f.put("op", op);
        f.put("id", n.id());
        f.put("at", n.at().toEpochMilli());
        f.put("who", n.account().who());
        f.put("key", n.account().keyId());
        f.put("team", n.account().teamId());
        f.put("dialect", n.dialect());
        f.put("asked", n.asked());
        f.put("worst", n.worst() == null ? null : n.worst().picos());
        f.put("worstTokens", n.worstTokens());
        f.put("prices", n.prices());
        f.put("prompt", n.prompt());
        n.metadata().forEach((k, v) -> f.put(METADATA + k, v));
    }

    private static void settlement(Map<String, @Nullable Object> f, Settlement s) {
        f.put("op", "settle");
        f.put("id", s.id());
        f.put("at", s.at().toEpochMilli());
        f.put("model", s.model());
        f.put("digest", s.digest());
        f.put("provider", s.provider());
        f.put("providerId", s.providerId());
        f.put("route", s.route());
        f.put("outcome", s.outcome().word());
        f.put("finish", s.finish());
        f.put("failure", s.failure());
        f.put("counts", s.counts().word());
        f.put("prompt", (long) s.usage().promptTokens());
        f.put("cached", (long) s.usage().cachedTokens());
        f.put("cacheWrite", (long) s.usage().cacheWriteTokens());
        f.put("completion", (long) s.usage().completionTokens());
        f.put("reasoning", (long) s.usage().reasoningTokens());
        s.usage().other().forEach((k, v) -> f.put(OTHER + k, v));
        f.put("firstNanos", s.firstToken() == null ? null : s.firstToken().toNanos());
        f.put("nanos", s.duration().toNanos());
        f.put("cost", s.cost() == null ? null : s.cost().picos());
        f.put("unsure", s.unsure().picos());
        f.put("prices", s.prices());
        f.put("energy", s.energyMicrojoules());
        f.put("answer", s.answer());
    }

    static Batch.Op read(String line, String file) {
        try {
            Map<String, Object> f = fields(line);
            return switch (text(f, "op")) {
                case "open" -> new Batch.Op.Open(intent(f), true);
                case "refuse" -> new Batch.Op.Refuse(intent(f), text(f, "why"));
                case "settle" -> new Batch.Op.Settle(settlement(f));
                default -> throw new IllegalArgumentException("an unknown kind of line");
            };
        } catch (JacksonException | IllegalArgumentException | ClassCastException e) {
            throw new DalangException(
                    new Failure.Storage(
                            "the ledger's journal " + file + " has a line that cannot be read (" + e.getMessage()
                                    + "); move the file away to go on without it",
                            file),
                    e);
        }
    }

    private static Map<String, Object> fields(String line) {
        Map<String, Object> fields = new LinkedHashMap<>();
        try (JsonParser in = JSON.createParser(ObjectReadContext.empty(), line)) {
            if (in.nextToken() != JsonToken.START_OBJECT) throw new IllegalArgumentException("no object");
            while (in.nextToken() != JsonToken.END_OBJECT) {
                String name = in.currentName();
                boolean number = in.nextToken() == JsonToken.VALUE_NUMBER_INT;
                fields.put(name, number ? (Object) in.getLongValue() : in.getString());
            }
        }
        return fields;
    }

    private static Intent intent(Map<String, Object> f) {
        Map<String, String> metadata = new LinkedHashMap<>();
        f.forEach((k, v) -> {
            if (k.startsWith(METADATA)) metadata.put(k.substring(METADATA.length()), v.toString());
        });
        return new Intent(
                text(f, "id"),
                Instant.ofEpochMilli(number(f, "at")),
                new Account(text(f, "who"), text(f, "key"), text(f, "team")),
                text(f, "dialect"),
                text(f, "asked"),
                money(f, "worst"),
                number(f, "worstTokens"),
                text(f, "prices"),
                metadata,
                (String) f.get("prompt"));
    }

    private static Settlement settlement(Map<String, Object> f) {
        Map<String, Long> other = new LinkedHashMap<>();
        f.forEach((k, v) -> {
            if (k.startsWith(OTHER)) other.put(k.substring(OTHER.length()), (Long) v);
        });
        Long first = (Long) f.get("firstNanos");
        return new Settlement(
                text(f, "id"),
                Instant.ofEpochMilli(number(f, "at")),
                (String) f.get("model"),
                (String) f.get("digest"),
                (String) f.get("provider"),
                (String) f.get("providerId"),
                (String) f.get("route"),
                Outcome.of(text(f, "outcome")),
                (String) f.get("finish"),
                (String) f.get("failure"),
                Counts.of(text(f, "counts")),
                new Usage(
                        Math.toIntExact(number(f, "prompt")),
                        Math.toIntExact(number(f, "cached")),
                        Math.toIntExact(number(f, "cacheWrite")),
                        Math.toIntExact(number(f, "completion")),
                        Math.toIntExact(number(f, "reasoning")),
                        other),
                first == null ? null : Duration.ofNanos(first),
                Duration.ofNanos(number(f, "nanos")),
                money(f, "cost"),
                new Money(number(f, "unsure")),
                text(f, "prices"),
                (Long) f.get("energy"),
                (String) f.get("answer"));
    }

    private static String text(Map<String, Object> f, String name) {
        if (f.get(name) instanceof String s) return s;
        throw new IllegalArgumentException(name + " is missing");
    }

    private static long number(Map<String, Object> f, String name) {
        if (f.get(name) instanceof Long l) return l;
        throw new IllegalArgumentException(name + " is missing");
    }

    private static @Nullable Money money(Map<String, Object> f, String name) {
        return f.get(name) instanceof Long l ? new Money(l) : null;
    }
}
