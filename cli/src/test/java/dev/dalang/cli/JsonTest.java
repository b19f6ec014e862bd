package dev.dalang.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.api.DalangException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {

    @Test
    void writesWhatItReads() {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("text", "a \"quote\"\n\u0001 \uD83D\uDE00");
        tree.put("list", Arrays.asList(1L, 2.5, true, null, Map.of()));
        assertThat(Json.parse(Json.pretty(tree), "x")).isEqualTo(tree);
        assertThat(Json.parse(Json.compact(tree), "x")).isEqualTo(tree);
        assertThat(Json.pretty(Map.of("a", new int[] {1}))).isEqualTo("{\n  \"a\": [\n    1\n  ]\n}");
    }

    @Test
    void numbersThatJsonCannotSayAreNull() {
        assertThat(Json.compact(List.of(Double.NaN, Float.POSITIVE_INFINITY, 1e300)))
                .isEqualTo("[null,null,1.0E300]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "{", "[1,]", "{\"a\" 1}", "1 2", "nul", "\"\\x\"", "{\"a\":1", "["})
    void brokenTextIsRefusedInOneLine(String text) {
        assertThatThrownBy(() -> Json.parse(text, "the file"))
                .isInstanceOf(DalangException.class)
                .hasMessageStartingWith("the file is not JSON: ")
                .hasMessageNotContaining("\n")
                // The parser's own words for its settings.
                .hasMessageNotContaining("Source:");
    }

    @Test
    void deepNestingIsRefused() {
        assertThatThrownBy(() -> Json.parse("[".repeat(100_000), "deep")).isInstanceOf(DalangException.class);
    }

    @Property
    void anyStringSurvives(@ForAll String text) {
        // A lone surrogate has no UTF-8, and so no place in JSON.
        if (!java.nio.charset.StandardCharsets.UTF_8.newEncoder().canEncode(text)) return;
        assertThat(Json.parse(Json.compact(text), "x")).isEqualTo(text);
    }
}
