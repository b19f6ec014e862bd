package dev.dalang.engine.constrain.schema;

import dev.dalang.engine.constrain.Grammar;
import dev.dalang.engine.constrain.machine.TokenMachine;
import dev.dalang.engine.constrain.machine.TokenTrie;
import java.nio.charset.StandardCharsets;

/** JSON written as the usual libraries do, and schemas over a vocabulary of single bytes. */
final class JsonText {

    /** Every byte is a token; 256 ends an answer. */
    static final TokenTrie BYTES =
            new TokenTrie(257, i -> i < 256 ? new byte[] {(byte) i} : new byte[0], i -> i >= 256, i -> i == 256);

    private JsonText() {}

    static TokenMachine compile(String schema, boolean strict) {
        return compile(new SchemaPlaces(schema, strict, Notation.JSON));
    }

    static TokenMachine compile(SchemaPlaces places) {
        TokenMachine machine = new TokenMachine(
                Grammar.call(places.value()).before(new dev.dalang.engine.constrain.machine.Place.End()), BYTES);
        machine.start();
        return machine;
    }

    static boolean accepts(TokenMachine machine, String text) {
        return machine.after(machine.start(), text.getBytes(StandardCharsets.UTF_8))
                .accepts();
    }

    /** @param ascii escape what is not ASCII */
    static String of(Json json, boolean ascii) {
        StringBuilder out = new StringBuilder();
        write(json, ascii, out);
        return out.toString();
    }

    private static void write(Json json, boolean ascii, StringBuilder out) {
        switch (json) {
            case Json.Null n -> out.append("null");
            case Json.Bool b -> out.append(b.value());
            case Json.Numeral n -> out.append(n.value().toPlainString());
            case Json.Text t -> quote(t.value(), ascii, out);
            case Json.Array a -> {
                String separator = "[";
                for (Json item : a.items()) {
                    out.append(separator);
                    write(item, ascii, out);
                    separator = ", ";
                }
                out.append(a.items().isEmpty() ? "[]" : "]");
            }
            case Json.Obj o -> {
                String separator = "{";
                for (var e : o.members().entrySet()) {
                    out.append(separator);
                    quote(e.getKey(), ascii, out);
                    out.append(": ");
                    write(e.getValue(), ascii, out);
                    separator = ", ";
                }
                out.append(o.members().isEmpty() ? "{}" : "}");
            }
        }
    }

    private static void quote(String text, boolean ascii, StringBuilder out) {
        out.append('"');
        for (char c : text.toCharArray()) {
            if (c == '"' || c == '\\') out.append('\\').append(c);
            else if (c == '\n') out.append("\\n");
            else if (c < ' ' || (ascii && c > '~')) out.append(String.format("\\u%04x", (int) c));
            else out.append(c);
        }
        out.append('"');
    }
}
