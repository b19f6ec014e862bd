package dev.dalang.server.openai;

import dev.dalang.api.ChatEvent;
import dev.dalang.api.Part;
import dev.dalang.server.http.Answers;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code notices}: what was done that nobody asked for, such as old turns left out. OpenAI has no field for it, and
 * its clients pass over fields that they do not know.
 */
public final class Notices {

    private Notices() {}

    /** Adds the field where there is something to say. */
    public static void write(ObjectNode answer, List<ChatEvent.Notice> notices) {
        if (notices.isEmpty()) return;
        ArrayNode all = answer.putArray("notices");
        for (ChatEvent.Notice n : notices) all.add(Answers.notice(n));
    }

    /** Of a part that a dialect has no place for. */
    public static ChatEvent.Notice notShown(Part part) {
        String what = part instanceof Part.Opaque o
                ? o.provider() + "'s " + o.type()
                : part.getClass().getSimpleName();
        return new ChatEvent.Notice("part_not_shown", "the answer has a part that this dialect cannot show: " + what);
    }
}
