package dev.dalang.engine.reply;

import dev.dalang.api.ChatEvent;
import dev.dalang.api.Part;
import dev.dalang.api.Tool;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** Runs a parser and gathers what it says. */
final class Replies {

    /** What came out; neighbouring deltas of a kind are one. */
    record Reply(List<Part> parts, List<ChatEvent.Notice> notices) {
        String text() {
            StringBuilder b = new StringBuilder();
            for (Part p : parts) if (p instanceof Part.Text t) b.append(t.text());
            return b.toString();
        }

        String reasoning() {
            StringBuilder b = new StringBuilder();
            for (Part p : parts) if (p instanceof Part.Reasoning t) b.append(t.text());
            return b.toString();
        }

        List<Part.ToolCall> calls() {
            return parts.stream()
                    .filter(Part.ToolCall.class::isInstance)
                    .map(Part.ToolCall.class::cast)
                    .toList();
        }
    }

    record Piece(String text, boolean control) {}

    private Replies() {}

    static Reply parse(ReplyLanguage language, List<Tool> tools, String prompt, String... pieces) {
        return parse(
                language,
                tools,
                List.of(),
                prompt,
                List.of(pieces).stream().map(p -> new Piece(p, false)).toList());
    }

    static Reply parse(
            ReplyLanguage language, List<Tool> tools, Collection<String> controls, String prompt, List<Piece> pieces) {
        List<Part> parts = new ArrayList<>();
        List<ChatEvent.Notice> notices = new ArrayList<>();
        StringBuilder name = new StringBuilder();
        StringBuilder id = new StringBuilder();
        StringBuilder arguments = new StringBuilder();
        int[] next = {0};
        ReplyParser parser = new ReplyParser(language, tools, controls, i -> "call_" + i, e -> {
            switch (e) {
                case ChatEvent.TextDelta t -> {
                    check(!t.text().isEmpty(), "an empty delta");
                    if (!parts.isEmpty() && parts.getLast() instanceof Part.Text p) {
                        parts.set(parts.size() - 1, new Part.Text(p.text() + t.text()));
                    } else {
                        parts.add(new Part.Text(t.text()));
                    }
                }
                case ChatEvent.ReasoningDelta t -> {
                    check(!t.text().isEmpty(), "an empty delta");
                    if (!parts.isEmpty() && parts.getLast() instanceof Part.Reasoning p) {
                        parts.set(parts.size() - 1, new Part.Reasoning(p.text() + t.text()));
                    } else {
                        parts.add(new Part.Reasoning(t.text()));
                    }
                }
                case ChatEvent.ToolCallStarted s -> {
                    check(s.index() == next[0]++ && name.isEmpty(), "calls out of order");
                    name.append(s.name());
                    id.append(s.id());
                }
                case ChatEvent.ToolCallDelta d -> arguments.append(d.arguments());
                case ChatEvent.ToolCallFinished f -> {
                    check(
                            Json.valueOrNull(arguments, Node.Notation.JSON) != null,
                            "arguments are no JSON: " + arguments);
                    parts.add(new Part.ToolCall(id.toString(), name.toString(), arguments.toString()));
                    name.setLength(0);
                    id.setLength(0);
                    arguments.setLength(0);
                }
                case ChatEvent.Notice n -> notices.add(n);
                default -> throw new AssertionError("unexpected " + e);
            }
        });
        if (!prompt.isEmpty()) parser.prompt(prompt);
        for (Piece p : pieces) parser.accept(p.text(), p.control());
        parser.finish();
        check(name.isEmpty(), "a call was started and not finished");
        check(parser.calls() == next[0], "calls()");
        return new Reply(parts, notices);
    }

    private static void check(boolean ok, String what) {
        if (!ok) throw new AssertionError(what);
    }
}
