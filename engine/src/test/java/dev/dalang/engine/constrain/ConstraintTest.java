package dev.dalang.engine.constrain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.api.DalangException;
import dev.dalang.engine.constrain.automaton.Regex;
import dev.dalang.engine.constrain.machine.State;
import dev.dalang.engine.constrain.machine.TokenTrie;
import dev.dalang.engine.constrain.schema.Notation;
import dev.dalang.engine.constrain.schema.SchemaPlaces;
import dev.dalang.engine.sample.TokenMask;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

/** Masks against brute force, and the marks of a text on its way. */
class ConstraintTest {

    /** Pieces of JSON and of words, halves of characters, a control token, an end. */
    private static final List<byte[]> TOKENS = tokens();

    private static final int CONTROL = 0;
    private static final int END = 1;

    private static List<byte[]> tokens() {
        List<byte[]> all = new ArrayList<>(List.of(new byte[0], new byte[0]));
        for (String s : List.of(
                "a", "b", "c", "ab", "ba", "abc", "\"", "{\"", "\":", "\": ", "\",", "\", \"", "}", "\"}", "]", "[",
                ", ", ",", "1", "12", "0", "-", ".", "e", "true", "tr", "ue", "null", " ", "\n", "\n  ", "é", "日本",
                "\\", "\\u", "00e9", "\\n", "{", ":", "(", ")", "a\"}", "", "😀")) {
            all.add(s.getBytes(StandardCharsets.UTF_8));
        }
        all.add(new byte[] {(byte) 0xc3});
        all.add(new byte[] {(byte) 0xa9});
        all.add(new byte[] {(byte) 0xa9, '"'});
        all.add(new byte[] {(byte) 0xf0, (byte) 0x9f});
        all.add("a".getBytes(StandardCharsets.UTF_8)); // twice
        return all;
    }

    private static TokenTrie vocabulary() {
        return new TokenTrie(TOKENS.size(), TOKENS::get, i -> i == CONTROL, i -> i == END);
    }

    /** Walks at random, and at every step compares the mask with what each token by itself would do. */
    private static String walk(Constraint constraint, Random random, int steps) {
        Constraint.Text text = constraint.begin();
        TokenMask mask = new TokenMask(TOKENS.size());
        StringBuilder written = new StringBuilder();
        for (int i = 0; i < steps; i++) {
            text.mask(mask);
            List<Integer> allowed = new ArrayList<>();
            State here = text.at();
            for (int id = 0; id < TOKENS.size(); id++) {
                boolean one = text.accept(id);
                text.back(here);
                assertThat(mask.allows(id)).as("token %s after %s", id, written).isEqualTo(one);
                if (one) allowed.add(id);
            }
            if (allowed.isEmpty()) break;
            int id = allowed.get(random.nextInt(allowed.size()));
            text.accept(id);
            if (id == END) return written.append('$').toString();
            written.append(new String(TOKENS.get(id), StandardCharsets.ISO_8859_1));
        }
        return written.toString();
    }

    @Property(tries = 60)
    void masksAreBruteForce(@ForAll("patterns") String pattern, @ForAll long seed) {
        Pattern oracle = Pattern.compile(pattern, Pattern.DOTALL);
        String written = walk(new Constraint(Grammar.regex(pattern), vocabulary()), new Random(seed), 12);
        if (written.endsWith("$")) {
            String text = utf8(written.substring(0, written.length() - 1));
            assertThat(oracle.matcher(text).matches())
                    .as("%s by %s", text, pattern)
                    .isTrue();
        }
    }

    private static String utf8(String latin) {
        return new String(latin.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    }

    @Provide
    Arbitrary<String> patterns() {
        Arbitrary<String> leaf = Arbitraries.of("a", "b", "[ab]", "[^a\\n]", "é", "日", "\\(", "c", "😀?");
        return Arbitraries.lazyOf(
                () -> leaf,
                () -> leaf,
                () -> leaf.list().ofMinSize(1).ofMaxSize(4).map(l -> String.join("", l)),
                () -> leaf.map(p -> "(" + p + "b)*"),
                () -> leaf.map(p -> "(a|" + p + ")?"),
                // A quantifier on one that is there already means something else in each dialect.
                () -> leaf.map(p -> "(" + p + "){1,3}"),
                () -> leaf.map(p -> "(" + p + "|ab)+c"));
    }

    /** Grammars of balanced things against a matcher that tries everything. */
    @Property(tries = 40)
    void grammarsAreWhatTheySay(@ForAll("bodies") String body, @ForAll long seed) {
        String gbnf = "root ::= s\ns ::= " + body + " | \"(\" s \")\" s?";
        Constraint c = new Constraint(Grammar.gbnf(gbnf, n -> -1), vocabulary());
        String written = walk(c, new Random(seed), 10);
        Predicate<String> oracle = text -> new NaiveBalanced(body).matches(text);
        if (written.endsWith("$")) {
            assertThat(oracle.test(utf8(written.substring(0, written.length() - 1))))
                    .as(written + " by " + gbnf)
                    .isTrue();
        }
        for (String text : List.of("a", "(a)", "((b))a", "()", "(a)(b)", "ab", "(ab", "a)", "((a)b)", "b")) {
            Constraint.Text t = c.begin();
            boolean is = t.accept(text.getBytes(StandardCharsets.UTF_8)) && t.mayEnd();
            assertThat(is).as("%s by %s", text, gbnf).isEqualTo(oracle.test(text));
        }
    }

    @Provide
    Arbitrary<String> bodies() {
        return Arbitraries.of(
                "\"a\"", "[ab]", "\"a\" | \"b\"", "[ab] [ab]?", "\"a\"+", "(\"a\" | \"ab\")", "[ab]{1,2}");
    }

    /** s is a text of the body, or ( s ) with or without another s: by trying every split. */
    private record NaiveBalanced(String body) {
        boolean matches(String t) {
            if (leaf().matcher(t).matches()) return true;
            if (!t.startsWith("(")) return false;
            for (int close = 1; close < t.length(); close++) {
                if (t.charAt(close) != ')' || !matches(t.substring(1, close))) continue;
                if (close + 1 == t.length() || matches(t.substring(close + 1))) return true;
            }
            return false;
        }

        private Pattern leaf() {
            return Pattern.compile(body.replace("\"", "").replace(" ", ""));
        }
    }

    @Property(tries = 25)
    void schemasKeepTheirPromise(@ForAll long seed) {
        String schema = """
                {"type":"object","properties":{"a":{"type":"integer","minimum":-2,"maximum":12},
                "ab":{"anyOf":[{"type":"null"},{"type":"array","items":{"enum":["a","é",true]},"maxItems":2}]},
                "c":{"$ref":"#"}},"required":["a"],"additionalProperties":{"type":"string","maxLength":3},
                "maxProperties":3}""";
        Constraint c = new Constraint(
                Grammar.call(new SchemaPlaces(schema, seed % 2 == 0, Notation.JSON).value()), vocabulary());
        walk(c, new Random(seed), 40);
    }

    @Test
    void endsOnlyWhereTheFormIsComplete() {
        Constraint.Text t = new Constraint(Grammar.options(List.of("a", "ab")), vocabulary()).begin();
        assertThat(t.mayEnd()).isFalse();
        assertThat(t.allows(END)).isFalse();
        assertThat(t.accept("a".getBytes(StandardCharsets.UTF_8))).isTrue();
        assertThat(t.allows(END)).isTrue();
        assertThat(t.mustEnd()).isFalse();
        assertThat(t.accept("c".getBytes(StandardCharsets.UTF_8))).isFalse();
        assertThat(t.accept("b".getBytes(StandardCharsets.UTF_8))).isTrue();
        assertThat(t.mustEnd()).isTrue();
        assertThat(t.accept(END)).isTrue();
        assertThat(t.allows(END)).isFalse();
    }

    @Test
    void whatMustComeIsKnown() {
        String schema = "{\"type\":\"object\",\"properties\":{\"abc\":{\"const\":true}},\"required\":[\"abc\"],"
                + "\"additionalProperties\":false}";
        Grammar json = Grammar.call(new SchemaPlaces(schema, true, Notation.JSON).value());
        Constraint.Text t = new Constraint(Grammar.sequence(Grammar.token(CONTROL), json), vocabulary()).begin();
        assertThat(t.forcedToken()).isEqualTo(CONTROL);
        assertThat(t.accept(CONTROL)).isTrue();
        assertThat(t.forced()).asString(StandardCharsets.UTF_8).isEqualTo("{");
        assertThat(t.accept("{\"".getBytes(StandardCharsets.UTF_8))).isTrue();
        assertThat(t.forced()).asString(StandardCharsets.UTF_8).isEqualTo("abc\":");
        assertThat(t.accept("abc\":".getBytes(StandardCharsets.UTF_8))).isTrue();
        assertThat(t.accept("t".getBytes(StandardCharsets.UTF_8))).isTrue();
        assertThat(t.forced()).asString(StandardCharsets.UTF_8).isEqualTo("rue");
    }

    @Test
    void freeTextEndsAtItsMark() {
        Grammar after = Grammar.text("b");
        Grammar g =
                Grammar.free(List.of(new Grammar.End("aab", -1, after), new Grammar.End(null, CONTROL, after)), false);
        Constraint c = new Constraint(g, vocabulary());
        Constraint.Text t = c.begin();
        assertThat(t.accept("xaaab".getBytes(StandardCharsets.UTF_8))).isTrue();
        assertThat(t.allows(END)).isFalse();
        assertThat(t.accept("a".getBytes(StandardCharsets.UTF_8))).isFalse();
        assertThat(t.accept("b".getBytes(StandardCharsets.UTF_8))).isTrue();
        assertThat(t.mustEnd()).isTrue();
        Constraint.Text u = c.begin();
        assertThat(u.accept("aa".getBytes(StandardCharsets.UTF_8))).isTrue();
        assertThat(u.accept(CONTROL)).isTrue();
        assertThat(u.allows(CONTROL)).isFalse();
        assertThat(u.mayEnd()).isFalse();
    }

    @Test
    void regularExpressionsAreJavas() {
        String[] patterns = {
            "^a|b$",
            "^(a|b)c{2,3}$",
            "a.c",
            "[^ab]+$",
            "^\\d{2}-\\w+\\s?$",
            "(^|x)y($|z)",
            "^$",
            "",
            "é{2}",
            "^[a-c]*$",
            "^(?=.*a)(?!.*bb)[ab]*$",
            "a?b+?c*",
            "^\\p{Lu}\\p{L}*$",
            "[\\u00e0-\\u00ff]",
            "^😀.$",
            "^a{0}b"
        };
        String[] texts = {
            "", "a", "b", "ac", "abc", "acc", "bccc", "12-ab ", "xyz", "y", "éé", "Éa", "😀x", "😀", "aab", "abb",
            "cab", "1-a"
        };
        for (String p : patterns) {
            Pattern java = Pattern.compile(p);
            for (String t : texts) {
                assertThat(Regex.search(p).accepts(t))
                        .as("%s in %s", p, t)
                        .isEqualTo(java.matcher(t).find());
                assertThat(Regex.whole(p).accepts(t))
                        .as("%s is %s", p, t)
                        .isEqualTo(java.matcher(t).matches());
            }
        }
    }

    @Test
    void whatCannotBeGuaranteedIsRefusedByName() {
        for (String[] c : new String[][] {
            {"{\"uniqueItems\":true,\"type\":\"array\"}", "uniqueItems"},
            {"{\"$ref\":\"http://example.com/x\"}", "$ref"},
            {"{\"format\":\"idn-email\"}", "idn-email"},
            {"{\"pattern\":\"(a)\\\\1\"}", "back-reference"},
            {"{\"pattern\":\"\\\\bx\"}", "word boundary"},
            {"{\"type\":\"thing\"}", "type"},
            {"{\"type\":\"string\",\"enum\":[1]}", "no value"},
            {"{\"$ref\":\"#\"}", "itself"},
            {"{\"items\":3}", "items"},
            {"{\"multipleOf\":1234567}", "multipleOf"},
            {"[", "sound JSON"},
        }) {
            assertThatThrownBy(() -> new SchemaPlaces(c[0], false, Notation.JSON))
                    .as(c[0])
                    .isInstanceOf(DalangException.class)
                    .hasMessageContaining(c[1]);
        }
        for (String[] c : new String[][] {
            {"root ::= root \"a\" | \"b\"", "begins with itself"},
            {"root ::= a", "no rule named a"},
            {"root ::= \"a\" root", "complete"},
            {"a ::= \"b\"", "named root"},
            {"root ::= [a", "ends within"},
        }) {
            assertThatThrownBy(() -> Grammar.gbnf(c[0], n -> -1))
                    .as(c[0])
                    .isInstanceOf(DalangException.class)
                    .hasMessageContaining(c[1]);
        }
    }
}
