package dev.dalang.hub.licence;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class CardFactsTest {

    @Test
    void theHeadOfACardIsRead() {
        assertThat(CardFacts.parse("""
                ---
                language:
                - en
                license: other
                license_name: "llama3.1"
                base_model:
                - meta-llama/Llama-3.1-8B
                - second/one
                ---
                license: mit
                """))
                .isEqualTo(Map.of(
                        "licence", "other", "licence_name", "llama3.1", "base_model", "meta-llama/Llama-3.1-8B"));
        assertThat(CardFacts.parse("---\nbase_model: [a/b, c/d]\n---\n")).containsEntry("base_model", "a/b");
    }

    @Test
    void whatIsNoHeadSaysNothing() {
        assertThat(CardFacts.parse("license: mit")).isEmpty();
        assertThat(CardFacts.parse("---\nlicense: mit\nnever closed")).isEmpty();
        assertThat(CardFacts.parse("")).isEmpty();
    }
}
