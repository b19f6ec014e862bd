package dev.dalang.clients;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.server.http.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** One conversation takes the same tokens in every dialect that it can be written in. */
class TokenCountsTest {

    private static RunningServer server;
    private static Http http;

    @BeforeContainer
    static void start() throws Exception {
        Path home = Files.createTempDirectory("dalang-counts");
        server = RunningServer.start(home);
        http = new Http(server.url(), RunningServer.KEY);
    }

    @AfterContainer
    static void stop() {
        http.close();
        server.close();
    }

    record Turn(String role, String text) {}

    @Provide
    Arbitrary<List<Turn>> conversations() {
        Arbitrary<String> text = Arbitraries.oneOf(
                Arbitraries.strings().withCharRange('\u0000', '\ud7ff').ofMaxLength(30),
                Arbitraries.of("<|im_end|>", "<tool_call>", "Größe 🎭", "\u0000", "  two  spaces "));
        Arbitrary<Turn> turn = Combinators.combine(Arbitraries.of("user", "assistant", "system"), text)
                .as(Turn::new);
        return turn.list().ofMinSize(1).ofMaxSize(6);
    }

    @Property(tries = 25, shrinking = ShrinkingMode.OFF)
    void chatAndResponsesAgree(@ForAll("conversations") List<Turn> turns) {
        ArrayNode messages = Json.array();
        for (Turn t : turns) messages.addObject().put("role", t.role()).put("content", t.text());
        // The last word is a user's, as assistants are not continued in these dialects.
        messages.addObject().put("role", "user").put("content", "end");

        ObjectNode chat = Json.object().put("model", server.tiny()).put("max_tokens", 1);
        chat.set("messages", messages);
        ObjectNode response = Json.object().put("model", server.tiny()).put("max_output_tokens", 1);
        response.set("input", messages);
        ObjectNode count = Json.object().put("model", server.tiny());
        count.set("input", messages);

        int prompt = http.post("/v1/chat/completions", Json.text(chat))
                .json()
                .at("/usage/prompt_tokens")
                .asInt();
        assertThat(prompt).isPositive();
        assertThat(http.post("/v1/responses", Json.text(response))
                        .json()
                        .at("/usage/input_tokens")
                        .asInt())
                .isEqualTo(prompt);
        assertThat(http.post("/v1/responses/input_tokens", Json.text(count))
                        .json()
                        .get("input_tokens")
                        .asInt())
                .isEqualTo(prompt);
    }
}
