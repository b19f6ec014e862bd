package dev.dalang.cli;

import dev.dalang.api.DalangException;
import java.io.StringWriter;
import java.math.BigInteger;
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
import tools.jackson.core.PrettyPrinter;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.util.DefaultIndenter;
import tools.jackson.core.util.DefaultPrettyPrinter;
import tools.jackson.core.util.Separators;

/**
 * JSON as trees of {@link Map} (in order), {@link List}, {@link String}, {@link Long} ({@link BigInteger} beyond),
 * {@link Double}, {@link Boolean}
 * and null. Depth and length limits are the parser's own (500 levels).
 */
final class Json {
    private static final JsonFactory FACTORY = new JsonFactory();

    private static final ObjectWriteContext PRETTY = new ObjectWriteContext.Base() {
        @Override
        public boolean hasPrettyPrinter() {
            return true;
        }

        @Override
        public PrettyPrinter getPrettyPrinter() {
            DefaultIndenter indent = new DefaultIndenter("  ", "\n");
            Separators separators = Separators.createDefaultInstance()
                    .withObjectNameValueSpacing(Separators.Spacing.AFTER)
                    .withObjectEmptySeparator("")
                    .withArrayEmptySeparator("");
            return new DefaultPrettyPrinter(separators)
                    .withObjectIndenter(indent)
                    .withArrayIndenter(indent);
        }
    };

    private Json() {}

    /** Indented, for people and programs alike; ends without a newline. */
    static String pretty(@Nullable Object tree) {
        return write(tree, PRETTY);
    }

    static String compact(@Nullable Object tree) {
        return write(tree, ObjectWriteContext.empty());
    }

    /** @param what names the text in the message of the error, like a file's name */
    static @Nullable Object parse(String json, String what) {
        try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), json)) {
            if (parser.nextToken() == null) throw broken(what, "it is empty");
            Object tree = read(parser);
            if (parser.nextToken() != null) throw broken(what, "something follows the end of the value");
            return tree;
        } catch (JacksonException e) {
            TokenStreamLocation at = e.getLocation();
            String where = at == null ? "" : ", line " + at.getLineNr() + " column " + at.getColumnNr();
            // Of a text that ends too early, the parser says where the unfinished part began, in terms of its own.
            String why = e.getOriginalMessage().replaceAll(" \\(start marker at \\[Source: .*]\\)", "");
            throw broken(what, why + where);
        }
    }

    private static DalangException broken(String what, String why) {
        return DalangException.invalidRequest(what + " is not JSON: " + Text.oneLine(why), null);
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

    private static String write(@Nullable Object tree, ObjectWriteContext context) {
        StringWriter text = new StringWriter();
        try (JsonGenerator out = FACTORY.createGenerator(context, text)) {
            write(tree, out);
        }
        return text.toString();
    }

    private static void write(@Nullable Object value, JsonGenerator out) {
        switch (value) {
            case null -> out.writeNull();
            case String s -> out.writeString(s);
            case Boolean b -> out.writeBoolean(b);
            case Integer i -> out.writeNumber(i);
            case Long l -> out.writeNumber(l);
            case BigInteger i -> out.writeNumber(i);
            // JSON has no word for these; null is what most readers take.
            case Float f when !Float.isFinite(f) -> out.writeNull();
            case Double d when !Double.isFinite(d) -> out.writeNull();
            case Float f -> out.writeNumber(f);
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
            case int[] a -> out.writeArray(a, 0, a.length);
            case long[] a -> out.writeArray(a, 0, a.length);
            case double[] a -> {
                out.writeStartArray();
                for (double d : a) write(d, out);
                out.writeEndArray();
            }
            case boolean[] a -> {
                out.writeStartArray();
                for (boolean b : a) out.writeBoolean(b);
                out.writeEndArray();
            }
            case Object[] a -> {
                out.writeStartArray();
                for (Object o : a) write(o, out);
                out.writeEndArray();
            }
            default -> throw new IllegalArgumentException("no JSON for " + value.getClass());
        }
    }
}
