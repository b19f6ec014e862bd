package dev.dalang.hub.json;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import java.io.StringWriter;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;

/**
 * JSON from strangers and our own, as a tree of maps (in order), lists, {@link String}, {@link Long} ({@link BigInteger}
 * beyond), {@link Double}, {@link Boolean} and null. No name comes twice in an object; depth and lengths are limited.
 */
public final class Json {
    private static final int MAX_DEPTH = 32;
    private static final int MAX_STRING = 16_000_000;

    private static final JsonFactory FACTORY = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_DEPTH)
                    .maxStringLength(MAX_STRING)
                    .build())
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private Json() {}

    /**
     * Reads a value.
     *
     * @param what names the text in messages, like {@code the answer of example.com}
     * @throws DalangException (upstream) if it is not sound JSON
     */
    public static @Nullable Object parse(byte[] text, String what) {
        try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), decode(text))) {
            if (parser.nextToken() == null) throw broken(what, "it is empty");
            Object tree = read(parser);
            if (parser.nextToken() != null) throw broken(what, "something follows its end");
            return tree;
        } catch (CharacterCodingException e) {
            throw broken(what, "it is not UTF-8");
        } catch (JacksonException e) {
            throw broken(what, e.getOriginalMessage());
        }
    }

    /** The same for what must be an object, with typed reads. */
    public static JsonObject object(byte[] text, String what) {
        return JsonObject.of(parse(text, what), what);
    }

    /** In one line. */
    public static String write(@Nullable Object tree) {
        StringWriter text = new StringWriter();
        try (JsonGenerator out = FACTORY.createGenerator(ObjectWriteContext.empty(), text)) {
            write(tree, out);
        }
        return text.toString();
    }

    static DalangException broken(String what, String why) {
        String line = why.replaceAll("[\\p{Cntrl}]+", " ");
        return new DalangException(new Failure.Upstream(what + " is not what it should be: " + line, 0));
    }

    private static String decode(byte[] text) throws CharacterCodingException {
        return StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT)
                .decode(ByteBuffer.wrap(text))
                .toString();
    }

    private static @Nullable Object read(JsonParser parser) {
        return switch (parser.currentToken()) {
            case START_OBJECT -> {
                Map<String, @Nullable Object> map = new LinkedHashMap<>();
                while (parser.nextToken() != JsonToken.END_OBJECT) {
                    String name = parser.currentName();
                    parser.nextToken();
                    map.put(name, read(parser));
                }
                yield map;
            }
            case START_ARRAY -> {
                List<@Nullable Object> list = new ArrayList<>();
                while (parser.nextToken() != JsonToken.END_ARRAY) list.add(read(parser));
                yield list;
            }
            case VALUE_STRING -> parser.getString();
            case VALUE_NUMBER_INT ->
                switch (parser.getNumberType()) {
                    case INT, LONG -> parser.getLongValue();
                    default -> parser.getBigIntegerValue();
                };
            case VALUE_NUMBER_FLOAT -> parser.getDoubleValue();
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            default -> null;
        };
    }

    private static void write(@Nullable Object value, JsonGenerator out) {
        switch (value) {
            case null -> out.writeNull();
            case String s -> out.writeString(s);
            case Boolean b -> out.writeBoolean(b);
            case Integer i -> out.writeNumber(i);
            case Long l -> out.writeNumber(l);
            case BigInteger i -> out.writeNumber(i);
            case Double d -> out.writeNumber(d);
            case Map<?, ?> map -> {
                out.writeStartObject();
                map.forEach((k, v) -> {
                    out.writeName(String.valueOf(k));
                    write(v, out);
                });
                out.writeEndObject();
            }
            case Iterable<?> list -> {
                out.writeStartArray();
                for (Object v : list) write(v, out);
                out.writeEndArray();
            }
            default -> throw new IllegalArgumentException("no JSON for " + value.getClass());
        }
    }
}
