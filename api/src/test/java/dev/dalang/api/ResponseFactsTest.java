package dev.dalang.api;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ResponseFactsTest {

    /** A way over many models, each with its provider's words, or a name without end. */
    @Test
    void noHeaderIsLongerThanClientsTake() {
        ResponseFacts facts = new ResponseFacts();
        facts.put(ResponseFacts.ROUTE, "fast -> " + "x".repeat(100_000) + " -> ü/mini");
        facts.put(ResponseFacts.MODEL, "a/b");
        assertThat(facts.headers()).containsEntry("x-dalang-model", "a/b");
        assertThat(facts.headers().get("x-dalang-route"))
                .hasSizeLessThan(1100)
                .startsWith("fast -> x")
                .endsWith("x -> ?/mini");
    }
}
