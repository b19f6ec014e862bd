package dev.dalang.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.api.DalangException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConversationsTest {

    @TempDir
    Path folder;

    private Ledger ledger;
    private Conversations all;

    @BeforeEach
    void open() {
        ledger = Ledger.open(folder.resolve("ledger.db"));
        all = ledger.conversations();
    }

    @AfterEach
    void close() {
        ledger.close();
    }

    private static Conversation conversation(String id, String owner, String title, boolean pinned, long updated) {
        return new Conversation(
                id, owner, title, null, pinned, "{}", null, Instant.ofEpochMilli(1), Instant.ofEpochMilli(updated));
    }

    private static Conversation.Message message(String id, @Nullable String parent, String role, String body) {
        return new Conversation.Message(
                id, parent, role, Conversation.State.COMPLETE, body, "{}", Instant.ofEpochMilli(7));
    }

    @Test
    void aTreeOfMessagesIsKeptInOrder() {
        all.create(conversation("c", "ann", "Tea", false, 1), List.of());
        all.add("ann", "c", message("q", null, "user", "tea?"));
        all.add("ann", "c", message("a1", "q", "assistant", "yes"));
        all.add("ann", "c", message("a2", "q", "assistant", "no"));
        assertThat(all.messages("ann", "c"))
                .extracting(Conversation.Message::id)
                .containsExactly("q", "a1", "a2");
        assertThat(all.path("ann", "c", "a2"))
                .extracting(Conversation.Message::body)
                .containsExactly("tea?", "no");
        assertThat(all.get("ann", "c").leaf()).isEqualTo("a2");
        assertThat(all.get("ann", "c").updated()).isEqualTo(Instant.ofEpochMilli(7));
        assertThatThrownBy(() -> all.add("ann", "c", message("x", "elsewhere", "user", "?")))
                .isInstanceOf(DalangException.class)
                .hasMessageContaining("elsewhere");
    }

    @Test
    void nobodyReachesWhatBelongsToAnother() {
        all.create(conversation("c", "ann", "Secret", false, 1), List.of(message("m", null, "user", "hidden words")));
        assertThat(all.list("bob", 10, 0)).isEmpty();
        assertThat(all.search("bob", "hidden", 10)).isEmpty();
        assertThatThrownBy(() -> all.get("bob", "c")).isInstanceOf(DalangException.class);
        assertThatThrownBy(() -> all.messages("bob", "c")).isInstanceOf(DalangException.class);
        assertThatThrownBy(() -> all.add("bob", "c", message("n", "m", "user", "?")))
                .isInstanceOf(DalangException.class);
        assertThatThrownBy(() -> all.update(conversation("c", "bob", "Mine", false, 1)))
                .isInstanceOf(DalangException.class);
        assertThat(all.write("bob", "c", message("m", null, "user", "changed"))).isFalse();
        assertThat(all.delete("bob", "c")).isFalse();
        assertThat(all.messages("ann", "c").getFirst().body()).isEqualTo("hidden words");
    }

    @Test
    void pinnedOnesComeFirstThenTheLatest() {
        all.create(conversation("old", "ann", "old", false, 1), List.of());
        all.create(conversation("new", "ann", "new", false, 3), List.of());
        all.create(conversation("pin", "ann", "pin", true, 2), List.of());
        assertThat(all.list("ann", 10, 0)).extracting(Conversation::id).containsExactly("pin", "new", "old");
        assertThat(all.list("ann", 1, 1)).extracting(Conversation::id).containsExactly("new");
    }

    @Test
    void aSearchFindsAllWordsInTitleOrMessage() {
        all.create(
                conversation("c", "ann", "Brewing", false, 1),
                List.of(
                        message("m", null, "user", "How long does green tea steep?\nAt 100% heat?"),
                        message("n", "m", "assistant", "x_y")));
        assertThat(all.search("ann", "TEA green", 10).getFirst().excerpt()).contains("green tea steep");
        assertThat(all.search("ann", "brew", 10))
                .singleElement()
                .satisfies(f -> assertThat(f.excerpt()).isNull());
        assertThat(all.search("ann", "100%", 10)).hasSize(1);
        assertThat(all.search("ann", "1%0", 10)).isEmpty();
        assertThat(all.search("ann", "xzy x_y", 10)).isEmpty();
        assertThat(all.search("ann", "' or 1=1 --", 10)).isEmpty();
    }

    @Test
    void whatIsWrittenAndDeletedIsSo() {
        all.create(conversation("c", "ann", "t", false, 1), List.of(message("m", null, "assistant", "so f")));
        Conversation.Message more = new Conversation.Message(
                "m", null, "assistant", Conversation.State.INTERRUPTED, "so far", "{\"a\":1}", Instant.ofEpochMilli(7));
        assertThat(all.write("ann", "c", more)).isTrue();
        assertThat(all.messages("ann", "c")).containsExactly(more);
        Conversation before = all.get("ann", "c");
        Conversation changed = new Conversation(
                "c", "ann", "Named", "Work", true, "{\"model\":\"x\"}", "m", before.created(), before.updated());
        all.update(changed);
        assertThat(all.get("ann", "c")).isEqualTo(changed);
        assertThat(all.delete("ann", "c")).isTrue();
        assertThat(all.write("ann", "c", more)).isFalse();
        assertThat(all.list("ann", 10, 0)).isEmpty();
    }

    @Test
    void aTitleHasAnEnd() {
        assertThatThrownBy(() -> all.create(conversation("c", "ann", "t".repeat(513), false, 1), List.of()))
                .isInstanceOf(DalangException.class)
                .hasMessageContaining("512");
    }
}
