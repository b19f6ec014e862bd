package dev.dalang.engine.constrain.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.api.DalangException;
import dev.dalang.engine.constrain.Grammar;
import dev.dalang.engine.constrain.machine.Place;
import dev.dalang.engine.constrain.machine.TokenMachine;
import dev.dalang.engine.testing.Shared;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The cases of llama.cpp's own tests of grammars and schemas. */
class LlamaCppCasesTest {

    private static final String FOLDER = "external/json-schema/";

    /**
     * Where JSON Schema says otherwise than llama.cpp: it knows no limit of 16 digits, properties that are not named are
     * allowed unless the schema says so, and a schema without a type allows every type.
     */
    private static final Set<String> OTHERWISE =
            Set.of("[0-9]{17,}.*", "\\[\\]", "null", "\"\"", "true", "\\{\\}", "1", ".*\"direc.*", "\\{\"a\": \"\".*");

    private static List<Json.Obj> cases(String file) throws IOException {
        Json all = Json.parse(Files.readString(Shared.require(FOLDER + file)));
        return ((Json.Array) all).items().stream().map(c -> (Json.Obj) c).toList();
    }

    private static String string(Json.Obj o, String key) {
        return o.members().get(key) instanceof Json.Text t ? t.value() : "";
    }

    private static List<String> strings(Json.Obj o, String key) {
        return ((Json.Array) o.members().get(key))
                .items().stream().map(t -> ((Json.Text) t).value()).toList();
    }

    private static TokenMachine gbnf(String text) {
        TokenMachine m = new TokenMachine(Grammar.gbnf(text, name -> -1).before(new Place.End()), JsonText.BYTES);
        m.start();
        return m;
    }

    @Test
    void grammarsAndSchemas() throws IOException {
        int accepted = 0;
        int refused = 0;
        List<String> wrong = new ArrayList<>();
        for (Json.Obj c : cases("llama.cpp-grammar-integration.json")) {
            // Their strings are pieces between tokens, not whole texts.
            if (string(c, "name").endsWith("with tokens")) continue;
            String input = string(c, "input");
            boolean schema = string(c, "kind").equals("test_schema");
            // Theirs ignores it in silence.
            if (schema && input.contains("uniqueItems")) continue;
            // In order, and integers plain: what llama.cpp writes is OpenAI's strict form.
            TokenMachine m = schema ? JsonText.compile(input, true) : gbnf(input);
            for (String s : strings(c, "passing")) {
                accepted++;
                if (!JsonText.accepts(m, s)) wrong.add(string(c, "name") + " refuses " + s);
            }
            for (String s : strings(c, "failing")) {
                refused++;
                boolean otherwise = schema && OTHERWISE.stream().anyMatch(s::matches);
                if (JsonText.accepts(m, s) && !otherwise) wrong.add(string(c, "name") + " accepts " + s);
            }
        }
        assertThat(wrong).isEmpty();
        assertThat(accepted).isGreaterThan(150);
        assertThat(refused).isGreaterThan(140);
    }

    /** Five of them have a {@code prefixItems} that is no list, which no draft of JSON Schema allows. */
    @Test
    void schemasAreRefusedAsTheirsAre() throws IOException {
        for (Json.Obj c : cases("llama.cpp-schema-to-gbnf.json")) {
            Json schema = c.members().get("schema");
            String text = schema instanceof Json.Text t ? t.value() : JsonText.of(schema, false);
            boolean sound = string(c, "status").equals("SUCCESS") && !text.contains("\"prefixItems\": {");
            if (sound) {
                assertThat(JsonText.compile(text, false)).isNotNull();
            } else {
                assertThatThrownBy(() -> JsonText.compile(text, false))
                        .as(string(c, "name"))
                        .isInstanceOf(DalangException.class);
            }
        }
    }

    @Test
    void grammarFiles() throws IOException {
        Map<String, String> texts = Map.of(
                "arithmetic", "3+4=7\n",
                "c", "int main(){return 0;}",
                "chess", "1. e4 e5\n2. Nf3 Nc6\n",
                "japanese", "こんにちは 世界",
                "json", "{\"a\":[1,-2.5e12,\"x\\n\",true,null]}",
                "json_arr", "[\n1,\n{\"a\":2}]",
                "list", "- one\n- two\n");
        for (Map.Entry<String, String> e : texts.entrySet()) {
            Path file = Shared.require(FOLDER + "gbnf/" + e.getKey() + ".gbnf");
            TokenMachine m = gbnf(Files.readString(file));
            assertThat(JsonText.accepts(m, e.getValue())).as(e.getKey()).isTrue();
            assertThat(JsonText.accepts(m, e.getValue() + "\u0007")).isFalse();
        }
    }
}
