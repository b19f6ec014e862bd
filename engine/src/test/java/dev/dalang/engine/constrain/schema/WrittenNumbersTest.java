package dev.dalang.engine.constrain.schema;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.engine.constrain.machine.TokenMachine;
import org.junit.jupiter.api.Test;

/** JSON Schema takes 8.0 for an integer; programs that read one into an int do not, so models do not write it. */
class WrittenNumbersTest {

    private static TokenMachine written(String schema) {
        return JsonText.compile(SchemaPlaces.written(schema, false, Notation.JSON, false));
    }

    @Test
    void integersHaveNoFraction() {
        for (String schema : new String[] {
            "{\"type\":\"integer\"}",
            "{\"type\":\"integer\",\"minimum\":1,\"maximum\":10}",
            "{\"type\":\"integer\",\"multipleOf\":4}",
            "{\"type\":[\"integer\",\"null\"]}",
            "{\"anyOf\":[{\"type\":\"integer\"},{\"type\":\"string\"}]}",
            "{\"enum\":[1,8]}",
            "{\"const\":8.0}",
        }) {
            TokenMachine m = written(schema);
            assertThat(JsonText.accepts(m, "8")).as(schema).isTrue();
            for (String other : new String[] {"8.0", "8.00", "8e0", "80e-1"}) {
                assertThat(JsonText.accepts(m, other))
                        .as("%s writes %s", schema, other)
                        .isFalse();
            }
            assertThat(JsonText.accepts(JsonText.compile(schema, false), "8.0"))
                    .as("8.0 is valid for " + schema)
                    .isTrue();
        }
    }

    @Test
    void otherNumbersMayHaveOne() {
        for (String schema : new String[] {"{\"type\":\"number\"}", "{\"const\":2.50}", "{\"enum\":[1,2.5]}", "true"}) {
            assertThat(JsonText.accepts(written(schema), "2.5")).as(schema).isTrue();
        }
    }
}
