package dev.dalang.engine.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.api.DalangException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.Chars;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PatternTest {

    private static List<String> split(String pattern, String text) {
        List<String> pieces = new ArrayList<>();
        SplitByPattern.isolated(pattern).split(text, true, (piece, start) -> pieces.add(piece));
        return pieces;
    }

    /** Where Oniguruma, which Hugging Face's tokenizers are written for, goes its own way; made with it. */
    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "\\h+; xab1g; x/ab1/g",
                "[[:punct:]]+; a→€!b; a/→€!/b",
                "\\w+; a²½-b; a²½/-/b",
                "[\\w]+; a²½-b; a/²½-/b",
                "a{2}+; aaaaab; aaaa/ab",
                "(?i)[a-z]+; aİſK; a/İ/ſK",
                "(?m:.)b; ab; ab"
            })
    void cutsAsOnigurumaDoes(String pattern, String text, String pieces) {
        assertThat(String.join("/", split(pattern, text))).isEqualTo(pieces);
    }

    @Test
    void anchorsAreThoseOfLines() {
        assertThat(split("^\\s|\\s$", " a \n b")).containsExactly(" ", "a", " ", "\n", " ", "b");
    }

    /** The expected pieces were made with the Python library {@code regex}. */
    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '"',
            value = {
                "a{2,4}?b?; aaaab; aa/aab",
                "(?>a+)b|a; aaab; aaab",
                "(?>a+)ab|a; aaab; a/a/a/b",
                "(?:ab|a)(?:bc|c)?; abc; abc",
                "a++b?|x; aaabx; aaab/x",
                "(?i:kelvin); Kelvin KELVIN x; Kelvin/ /KELVIN/ x",
                "(?<=a)b+; abbcb; a/bb/cb",
                "(?<!a)b; abb; ab/b",
                "\\bx\\w*; ax xy; ax /xy",
                "[a-c&&[^b]]+; abca; a/b/ca",
                "[^\\W\\d_]+; ab_1c; ab/_1/c",
                "[[:punct:]]+; a$+b!; a/$+/b/!",
                "(?=(\\d{3})+(?!\\d)); 1234567; 1/234/567",
                "\\d{1,3}(?=(?:\\d{3})*\\b); 1234567 12ab 5; 1/234/567/ 12ab /5",
                "\\p{Han}+|\\p{^Han}+; ab中文c; ab/中文/c",
                "\\x61|\\u0062|\\x{63}; abcd; a/b/c/d",
                "(?s:.)x|.; axb; ax/b",
                "[]a]+; a]b; a]/b",
                "a|ab|abc; abc; a/bc",
                "(a|ab)(c|bcd)?$; abcd; abcd"
            })
    void cutsAsTheReferenceDoes(String pattern, String text, String pieces) {
        assertThat(String.join("/", split(pattern, text))).isEqualTo(pieces);
    }

    /** The JDK's engine means the same by these, on texts short enough for it. */
    @Property(tries = 3000)
    void agreesWithABacktrackingEngine(
            @ForAll
                    @StringLength(max = 40)
                    @Chars({
                        'a', 'b', 'S', 'T', 'd', ' ', ' ', '\n', '\r', '\t', '1', '2', '\'', '.', 'é', 'ſ', '中',
                        '\u0301', '\u3000', '٣', '½'
                    })
                    @CharRange(from = 'l', to = 'v')
                    String text) {
        for (String pattern : List.of(
                GgufPreTokenizer.GPT2,
                GgufPreTokenizer.LLAMA3,
                GgufPreTokenizer.O200K,
                "(?:\\p{L}\\p{M}*(?: \\p{L}\\p{M}*)*)+|\\s{3}(?!\\S)|\\s{1,2}(?!\\S)|\\s",
                "(?:a*b)*c|a",
                "\\p{N}{1,3}(?=(?:\\p{N}{3})*(?!\\p{N}))")) {
            assertThat(split(pattern, text)).as(pattern).isEqualTo(splitByJdk(pattern, text));
        }
    }

    private static List<String> splitByJdk(String pattern, String text) {
        Matcher matcher = Pattern.compile(pattern, Pattern.UNICODE_CHARACTER_CLASS | Pattern.UNICODE_CASE)
                .matcher(text);
        List<String> pieces = new ArrayList<>();
        int from = 0;
        while (matcher.find()) {
            if (matcher.start() > from) pieces.add(text.substring(from, matcher.start()));
            pieces.add(matcher.group());
            from = matcher.end();
        }
        if (from < text.length()) pieces.add(text.substring(from));
        return pieces;
    }

    /** Patterns and texts on which backtracking takes quadratic or exponential time. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "(?:a+)+b",
                "(?:a|aa)+b",
                "(?:a*b)*c|a",
                "a*b|a",
                "(?:a?){30}a{30}b|a",
                "a*a*a*b|a",
                "(?=(?:a{3})+(?!a))",
                "(?>a+)b|a",
                "a{1,3}(?=(?:a{3})*$)"
            })
    @Timeout(30)
    void isLinear(String pattern) {
        assertThat(String.join("", split(pattern, "a".repeat(200_000)))).hasSize(200_000);
    }

    @Test
    @Timeout(30)
    void refusesWhatItCannotDoInReasonableTime() {
        String text = "a".repeat(300_000);
        assertThatThrownBy(() -> split("a(?=a*?b)|a", text)).isInstanceOf(DalangException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "(a",
                "a)",
                "[a",
                "a{3,1}",
                "*a",
                "(?<name",
                "\\p{NoSuchThing}",
                "\\p{L",
                "(?:a*)*",
                "\\1",
                "(?R)",
                "\\",
                "[z-a]",
                "a{100000}",
                "(?<=ab)c",
                "((((a{1000}b){1000}){1000}){1000})",
                "\\x{110000}",
                "(?x) a",
                "\\k"
            })
    void refusesByNameWhatItDoesNotKnow(String pattern) {
        assertThatThrownBy(() -> split(pattern, "abc")).isInstanceOf(DalangException.class);
    }

    @Test
    void refusesDeepNesting() {
        assertThatThrownBy(() -> split("(".repeat(9000) + ")".repeat(9000), "abc"))
                .isInstanceOf(DalangException.class)
                .hasMessageContaining("nested");
    }
}
