package dev.dalang.server.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.api.DalangException;
import dev.dalang.ledger.Conversation;
import dev.dalang.server.http.Json;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class TransferTest {

    private static Conversation.Message message(
            String id, @Nullable String parent, String role, String body, String detail) {
        return new Conversation.Message(
                id, parent, role, Conversation.State.COMPLETE, body, detail, Instant.ofEpochMilli(5));
    }

    private static Conversation conversation(@Nullable String leaf) {
        return new Conversation(
                "c",
                "ann",
                "Tea",
                "Kitchen",
                true,
                "{\"system\":\"Be brief.\"}",
                leaf,
                Instant.ofEpochMilli(1),
                Instant.ofEpochMilli(2));
    }

    private static final List<Conversation.Message> TREE = List.of(
            message("q", null, "user", "How long?", "{\"files\":[{\"name\":\"a.txt\",\"text\":\"b\"}]}"),
            message("a", "q", "assistant", "Three minutes.", "{\"model\":\"m\"}"),
            message("b", "q", "assistant", "Five.", "{\"model\":\"n\"}"));

    @Test
    void markdownIsTheBranchThatIsShown() {
        assertThat(Transfer.markdown(conversation("a"), TREE))
                .isEqualTo("# Tea\n\n## You\n\n*Attached: a.txt*\n\nHow long?\n\n## m\n\nThree minutes.\n");
        assertThat(Transfer.markdown(conversation(null), TREE))
                .contains("Five.")
                .doesNotContain("Three");
    }

    @Test
    void jsonKeepsEverythingUnderNewNames() {
        Transfer.Imported back = Transfer.read(Transfer.json(conversation("a"), TREE), "bob");
        assertThat(back.skipped()).isZero();
        Transfer.Read read = back.conversations().getFirst();
        assertThat(read.conversation().owner()).isEqualTo("bob");
        assertThat(read.conversation().title()).isEqualTo("Tea");
        assertThat(read.conversation().folder()).isEqualTo("Kitchen");
        assertThat(read.conversation().pinned()).isTrue();
        assertThat(read.conversation().settings()).isEqualTo("{\"system\":\"Be brief.\"}");
        assertThat(read.messages())
                .extracting(Conversation.Message::body)
                .containsExactly("How long?", "Three minutes.", "Five.");
        assertThat(read.messages().get(2).parent())
                .isEqualTo(read.messages().getFirst().id());
        assertThat(read.conversation().leaf()).isEqualTo(read.messages().get(1).id());
        assertThat(read.messages().getFirst().id()).isNotEqualTo("q");
    }

    @Test
    void whatChatGptKeepsForItselfIsLeftOut() {
        Transfer.Imported found = Transfer.read(Json.parse("""
                        [{"title":"T","create_time":1700000000,"current_node":"x","mapping":{
                           "r":{"message":null,"parent":null,"children":["s"]},
                           "s":{"message":{"author":{"role":"system"},"content":{"content_type":"text","parts":["hidden"]}},"parent":"r","children":["u"]},
                           "u":{"message":{"author":{"role":"user"},"content":{"content_type":"text","parts":["hi", {"asset":1}]}},"parent":"s","children":["t","x"]},
                           "t":{"message":{"author":{"role":"tool"},"content":{"content_type":"text","parts":["search"]}},"parent":"u","children":["y"]},
                           "y":{"message":{"author":{"role":"assistant"},"content":{"content_type":"code","text":"a = `1`"}},"parent":"t","children":[]},
                           "x":{"message":{"author":{"role":"assistant"},"content":{"content_type":"text","parts":["hello"]}},"parent":"u","children":[]}}},
                         {"title":"empty","mapping":{}}]
                        """), "ann");
        assertThat(found.skipped()).isEqualTo(1);
        List<Conversation.Message> messages = found.conversations().getFirst().messages();
        assertThat(messages).extracting(Conversation.Message::body).containsExactly("hi", "hello", "```\na = `1`\n```");
        assertThat(messages.get(2).parent()).isEqualTo(messages.getFirst().id());
        assertThat(found.conversations().getFirst().conversation().leaf())
                .isEqualTo(messages.get(1).id());
    }

    @Test
    void aCircleEnds() {
        Transfer.Imported found = Transfer.read(Json.parse("""
                        [{"title":"T","mapping":{
                           "a":{"message":{"author":{"role":"user"},"content":{"parts":["x"]}},"parent":"b","children":["b"]},
                           "b":{"message":{"author":{"role":"user"},"content":{"parts":["y"]}},"parent":"a","children":["a"]}}}]
                        """), "ann");
        assertThat(found.skipped()).isEqualTo(1);
    }

    @Test
    void anythingElseIsRefused() {
        assertThatThrownBy(() -> Transfer.read(Json.parse("{\"a\":1}"), "ann"))
                .isInstanceOf(DalangException.class)
                .hasMessageContaining("conversations.json");
        assertThatThrownBy(() -> Transfer.read(
                        Json.parse(
                                "{\"dalang_conversations\":1,\"conversations\":[{\"messages\":[{\"role\":\"god\"}]}]}"),
                        "ann"))
                .isInstanceOf(DalangException.class)
                .hasMessageContaining("god");
    }

    @Test
    void aFenceIsLongerThanAnyInTheText() {
        assertThat(Turn.fence("plain")).isEqualTo("```");
        assertThat(Turn.fence("a ```` b")).isEqualTo("`````");
    }
}
