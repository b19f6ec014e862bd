package dev.dalang.pagetest;

import dev.dalang.ledger.Conversation;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** Ann's conversation of many messages, of different lengths and with what Markdown has to offer. */
final class LongConversation {
    private LongConversation() {}

    /** @return its id */
    static String keep(PageServer server, int length) {
        List<Conversation.Message> messages = new ArrayList<>();
        String parent = null;
        Instant now = Instant.now();
        for (int i = 0; i < length; i++) {
            String id = UUID.randomUUID().toString();
            boolean user = i % 2 == 0;
            messages.add(new Conversation.Message(
                    id,
                    parent,
                    user ? "user" : "assistant",
                    Conversation.State.COMPLETE,
                    user
                            ? "Question " + i + ": why does the shadow move?"
                            : i % 10 == 1 ? Texts.ANSWER : Texts.essay(120),
                    user ? "{}" : "{\"model\":\"" + Models.SCRIPTED + "\"}",
                    now.plusMillis(i)));
            parent = id;
        }
        String id = UUID.randomUUID().toString();
        server.ledger
                .conversations()
                .create(new Conversation(id, "ann", "Long", null, false, "{}", parent, now, now), messages);
        return id;
    }
}
