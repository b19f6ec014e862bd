package dev.dalang.engine.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Small tokenizers out of the parts of Hugging Face's library, put together by chance, with what its version 0.22.2
 * gave for texts in many scripts.
 */
class TokenizersLibraryTest {

    @TestFactory
    Stream<DynamicTest> givesWhatTheLibraryGave() throws IOException {
        try (InputStream in = Objects.requireNonNull(getClass().getResourceAsStream("tokenizers-cases.json"))) {
            List<Json> all =
                    Json.parse("tokenizers-cases.json", in.readAllBytes()).list();
            return all.stream()
                    .map(one -> DynamicTest.dynamicTest(
                            one.get("tokenizer").get("model").get("type").string(), () -> check(one)));
        }
    }

    private static void check(Json one) {
        Tokenizer tokenizer = HfTokenizer.read(one.get("tokenizer"), HfConfig.read(null));
        for (Json test : one.get("cases").list()) {
            String text = test.get("text").string();
            int[] expected = ids(test.get("ids"));
            int[] actual = tokenizer.encode(text, true);
            assertThat(actual).as(text).isEqualTo(expected);
            assertThat(tokenizer.withSpecials(actual)).as(text).isEqualTo(ids(test.get("special")));
            String decoded = test.get("decoded").string();
            assertThat(tokenizer.decode(expected, false)).as(text).isEqualTo(decoded);
            assertThat(tokenizer.decode(expected, true))
                    .as(text)
                    .isEqualTo(test.get("decoded_all").string(decoded));
        }
    }

    private static int[] ids(Json list) {
        return list.list().stream()
                .mapToInt(id -> id.integer(0, Integer.MAX_VALUE))
                .toArray();
    }
}
