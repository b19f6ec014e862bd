package dev.dalang.train.chat;

import dev.dalang.api.Message;
import dev.dalang.api.Role;
import java.util.List;

/** What a conversation must be like to learn from it. */
final class TurnRules {

    private TurnRules() {}

    static void check(List<Message> messages) throws Unusable {
        if (messages.isEmpty()) throw new Unusable("has no messages");
        Role before = null;
        boolean calls = false;
        for (int i = 0; i < messages.size(); i++) {
            Message m = messages.get(i);
            Role role = m.role();
            String where = "message " + (i + 1);
            boolean instruction = role == Role.SYSTEM || role == Role.DEVELOPER;
            if (isEmpty(m)) throw new Unusable("has an empty turn: " + where + ", of the " + role.word());
            if (before == null && !instruction && role != Role.USER) {
                throw new Unusable("begins with a turn of the " + role.word() + ", not of the user");
            }
            if (instruction && before != null && before != Role.SYSTEM && before != Role.DEVELOPER) {
                throw new Unusable("has a turn of the " + role.word() + " in its midst: " + where);
            }
            if (role == before && (role == Role.USER || role == Role.ASSISTANT)) {
                throw new Unusable("has two turns of the " + role.word() + " one after the other: " + where);
            }
            if (role == Role.ASSISTANT && before != Role.USER && before != Role.TOOL) {
                throw new Unusable("has a turn of the assistant that nobody asked for: " + where);
            }
            if (role == Role.TOOL && !(before == Role.TOOL || before == Role.ASSISTANT && calls)) {
                throw new Unusable("has a tool's result that nobody called for: " + where);
            }
            if (role == Role.USER && before == Role.ASSISTANT && calls) {
                throw new Unusable("has a call without a result before " + where);
            }
            if (role == Role.ASSISTANT) calls = !m.toolCalls().isEmpty();
            before = role;
        }
        if (before != Role.ASSISTANT)
            throw new Unusable("ends with a turn of the " + word(before) + ", not the assistant");
    }

    private static String word(@org.jspecify.annotations.Nullable Role role) {
        return role == null ? "nobody" : role.word();
    }

    /** A tool may give back nothing; everybody else must say something. */
    private static boolean isEmpty(Message m) {
        return m.role() != Role.TOOL && m.text().isBlank() && m.toolCalls().isEmpty();
    }
}
