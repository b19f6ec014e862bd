package dev.dalang.engine.constrain;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.api.DalangException;
import dev.dalang.engine.constrain.schema.Notation;
import dev.dalang.engine.constrain.schema.SchemaPlaces;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Schemas, grammars and patterns that would cost without end, and sound ones with a few bytes changed. */
@Timeout(120) // against an endless run, not a measure
class HostileConstraintsTest {

    private static String repeat(String s, int n) {
        return s.repeat(n);
    }

    private static void refused(Runnable r) {
        assertThatThrownBy(r::run).isInstanceOf(DalangException.class);
    }

    @Test
    void patternsThatExplode() {
        for (String p : List.of(
                "(a|b)*a(a|b){18}",
                ".*a.{25}b.*c.{25}",
                "((((a{1,100}){1,100}){1,100}){1,100}){1,100}",
                repeat("(", 5_000) + repeat(")", 5_000),
                "a{999999999}",
                repeat("a?", 60_000) + repeat("a", 60_000))) {
            refused(() -> Grammar.regex(p));
        }
    }

    @Test
    void grammarsThatExplode() {
        refused(() -> Grammar.gbnf("root ::= " + repeat("(", 100_000), n -> -1));
        refused(() -> Grammar.gbnf("root ::= \"a\"{9999999}", n -> -1));
        refused(() -> Grammar.gbnf("root ::= a\na ::= b\nb ::= a | \"x\"", n -> -1));
        StringBuilder rules = new StringBuilder("root ::= r0\n");
        for (int i = 0; i < 6_000; i++) rules.append("r").append(i).append(" ::= \"x\"\n");
        refused(() -> Grammar.gbnf(rules.toString(), n -> -1));
        // Each rule doubles the one before: small to write, never to be multiplied out.
        StringBuilder doubling = new StringBuilder("root ::= d30\nd0 ::= \"a\"\n");
        for (int i = 1; i <= 30; i++) {
            doubling.append("d")
                    .append(i)
                    .append(" ::= d")
                    .append(i - 1)
                    .append(" d")
                    .append(i - 1)
                    .append("\n");
        }
        AnyConstraint.check(("e" + doubling).getBytes(StandardCharsets.UTF_8));
        AnyConstraint.check("eroot ::= (\"a\"? \"a\"?){100}".getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void schemasThatExplode() {
        StringBuilder one = new StringBuilder("{\"oneOf\":[");
        for (int i = 0; i < 40; i++) {
            one.append(i == 0 ? "" : ",")
                    .append("{\"properties\":{\"k")
                    .append(i)
                    .append("\":{\"minimum\":1},\"j")
                    .append(i)
                    .append("\":{\"type\":\"string\"}}}");
        }
        refused(() -> new SchemaPlaces(one + "]}", false, Notation.JSON));
        refused(() -> new SchemaPlaces(repeat("{\"not\":", 1_000) + "{}" + repeat("}", 1_000), false, Notation.JSON));
        refused(() -> new SchemaPlaces("{\"minimum\":1e999999999}", false, Notation.JSON));
        refused(() -> new SchemaPlaces("{\"minLength\":99999999999}", false, Notation.JSON));
        refused(() -> new SchemaPlaces("{\"multipleOf\":1234567890123}", false, Notation.JSON));
        refused(() -> new SchemaPlaces(
                "{\"$ref\":\"#/$defs/a\",\"$defs\":{\"a\":{\"$ref\":\"#/$defs/b\"},\"b\":{\"$ref\":"
                        + "\"#/$defs/a\"}}}",
                false,
                Notation.JSON));
        refused(() -> new SchemaPlaces(
                "{\"type\":\"object\",\"required\":[\"a\"],\"properties\":{\"a\":{\"$ref\":\"#\"}}}",
                false,
                Notation.JSON));
    }

    @Test
    void mutations() {
        Random random = new Random(7);
        byte[] telling = "\"{}[]:,\\()|*+?^$.-09a\n#".getBytes(StandardCharsets.UTF_8);
        AnyConstraint.seeds().forEach(seed -> {
            for (int i = 0; i < 60; i++) {
                byte[] bytes = random.nextInt(8) == 0 ? Arrays.copyOf(seed, random.nextInt(seed.length)) : seed.clone();
                for (int n = random.nextInt(4); n >= 0 && bytes.length > 1; n--) {
                    bytes[1 + random.nextInt(bytes.length - 1)] = telling[random.nextInt(telling.length)];
                }
                try {
                    AnyConstraint.check(bytes);
                } catch (RuntimeException | Error e) {
                    throw new AssertionError(new String(bytes, StandardCharsets.UTF_8), e);
                }
            }
        });
    }
}
