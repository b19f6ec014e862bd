package dev.dalang.engine.constrain;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.api.DalangException;
import dev.dalang.engine.constrain.machine.TokenTrie;
import dev.dalang.engine.constrain.schema.Notation;
import dev.dalang.engine.constrain.schema.SchemaPlaces;
import dev.dalang.engine.sample.TokenMask;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;

/** What holds for any bytes taken for a schema, a grammar or a pattern: refused in one line, or followed. */
final class AnyConstraint {

    private static final int VOCABULARY = 258;
    private static final TokenTrie BYTES =
            new TokenTrie(VOCABULARY, i -> i < 256 ? new byte[] {(byte) i} : new byte[0], i -> i >= 256, i -> i == 256);

    private AnyConstraint() {}

    static Stream<byte[]> seeds() {
        return Stream.of(
                        "s{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"integer\",\"minimum\":3},\"b\":{\"$ref\":\"#\"}},"
                                + "\"required\":[\"a\"],\"maxProperties\":9,\"patternProperties\":{\"^x\":{\"maxLength\":5}}}",
                        "s{\"oneOf\":[{\"not\":{\"required\":[\"a\"]}},{\"items\":{\"multipleOf\":0.5},\"minItems\":2,"
                                + "\"contains\":{\"const\":1}}],\"if\":{\"type\":\"array\"},\"then\":{\"maxItems\":4}}",
                        "hroot ::= (a | \"(\" root \")\")+ b?\na ::= [a-z\\x41]{2,3} # x\nb ::= \"\\u00e9\" | .",
                        "r^(?=a)(a|[^b-d]\\d{2,3}|\\p{L}+)*?x$")
                .map(s -> s.getBytes(StandardCharsets.UTF_8));
    }

    /** The first byte says what it is. */
    static void check(byte[] bytes) {
        if (bytes.length == 0) return;
        String text = new String(bytes, 1, bytes.length - 1, StandardCharsets.UTF_8);
        try {
            Grammar grammar = switch (bytes[0] % 3) {
                case 0 -> Grammar.regex(text);
                case 1 -> Grammar.call(new SchemaPlaces(text, bytes[0] % 2 == 0, Notation.JSON).value());
                default -> Grammar.gbnf(text, name -> -1);
            };
            Constraint.Text written = new Constraint(grammar, BYTES).begin();
            TokenMask mask = new TokenMask(VOCABULARY);
            for (int i = 0; i < 30; i++) {
                written.mask(mask);
                // A form never leads where it cannot go on.
                assertThat(mask.cardinality()).isPositive();
                int id = 0;
                for (int k = 0; k < VOCABULARY; k++)
                    if (mask.allows((k + 37 * i) % VOCABULARY)) id = (k + 37 * i) % VOCABULARY;
                assertThat(written.accept(id)).isTrue();
                if (id == 256) return;
            }
        } catch (DalangException refused) {
            assertThat(refused.getMessage()).isNotBlank().doesNotContain("\n");
        }
    }
}
