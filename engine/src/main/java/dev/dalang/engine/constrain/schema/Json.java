package dev.dalang.engine.constrain.schema;

import dev.dalang.engine.constrain.automaton.Refusal;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.json.JsonFactory;

/** A JSON value; equal where JSON Schema calls values equal, so 1 and 1.0 are. Objects keep their order. */
sealed interface Json {

    record Null() implements Json {}

    record Bool(boolean value) implements Json {}

    record Text(String value) implements Json {}

    /** Without trailing zeros. */
    record Numeral(BigDecimal value) implements Json {}

    record Array(List<Json> items) implements Json {}

    record Obj(Map<String, Json> members) implements Json {}

    int MAX_DEPTH = 200;
    int MAX_VALUES = 500_000;

    /** Digits before or after the point. */
    int MAX_DIGITS = 1_000;

    JsonFactory FACTORY = JsonFactory.builder()
            .streamReadConstraints(
                    StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).build())
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    /** @throws dev.dalang.api.DalangException if the text is not one sound JSON value of bounded size */
    static Json parse(String text) {
        try (JsonParser p = FACTORY.createParser(ObjectReadContext.empty(), text)) {
            if (p.nextToken() == null) throw Refusal.malformed("the schema is empty", "#");
            Json value = read(p, new int[1]);
            if (p.nextToken() != null) throw Refusal.malformed("something follows the schema", "#");
            return value;
        } catch (JacksonException e) {
            TokenStreamLocation at = e.getLocation();
            throw Refusal.malformed(
                    "the schema is not sound JSON: " + Refusal.quote(e.getOriginalMessage()),
                    at == null ? "response_format" : "character " + at.getCharOffset());
        }
    }

    private static Json read(JsonParser p, int[] count) {
        if (++count[0] > MAX_VALUES) throw Refusal.tooLarge("a schema of more than " + MAX_VALUES + " values");
        return switch (p.currentToken()) {
            case START_OBJECT -> {
                Map<String, Json> members = new LinkedHashMap<>();
                while (p.nextToken() == JsonToken.PROPERTY_NAME) {
                    String name = p.currentName();
                    p.nextToken();
                    members.put(name, read(p, count));
                }
                yield new Obj(Collections.unmodifiableMap(members));
            }
            case START_ARRAY -> {
                List<Json> items = new ArrayList<>();
                while (p.nextToken() != JsonToken.END_ARRAY) items.add(read(p, count));
                yield new Array(List.copyOf(items));
            }
            case VALUE_STRING -> new Text(p.getString());
            case VALUE_TRUE -> new Bool(true);
            case VALUE_FALSE -> new Bool(false);
            case VALUE_NULL -> new Null();
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> new Numeral(number(p.getString()));
            default -> throw Refusal.malformed("the schema is cut off", "#");
        };
    }

    private static BigDecimal number(String text) {
        BigDecimal d = new BigDecimal(text);
        if (d.signum() == 0) return BigDecimal.ZERO;
        if (d.scale() > MAX_DIGITS || (long) d.precision() - d.scale() > MAX_DIGITS) {
            throw Refusal.tooLarge("the number " + Refusal.quote(text) + " has more than " + MAX_DIGITS + " digits");
        }
        return d.stripTrailingZeros();
    }
}
