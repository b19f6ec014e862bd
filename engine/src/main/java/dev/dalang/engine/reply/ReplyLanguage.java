package dev.dalang.engine.reply;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How one family of models writes an answer: plain text with marked sections in it. White space next to a marker
 * belongs to the marker.
 *
 * @param name of the family
 * @param sections tried wherever text may stand; of two that begin alike the longer marker wins
 * @param glue markers without meaning, dropped where text may stand
 * @param separator written between two sections
 * @param bareCall a call without a marker, when the answer begins with {@code bareOpen}; or null
 */
public record ReplyLanguage(
        String name,
        List<Section> sections,
        List<String> glue,
        String separator,
        @Nullable Section bareCall) {

    /** What a section holds. */
    public enum Kind {
        TEXT,
        REASONING,
        CALLS
    }

    /**
     * @param before white space written before the section, when something precedes it
     * @param open begins it
     * @param pad white space written inside, at both ends
     * @param close any of them ends it, the first is written; for calls the description itself says where they end
     * @param body of calls
     */
    public record Section(Kind kind, String before, String open, String pad, List<String> close, List<Node> body) {
        public Section {
            close = List.copyOf(close);
            body = List.copyOf(body);
        }

        static Section text(String before, String open, String... close) {
            return new Section(Kind.TEXT, before, open, "", List.of(close), List.of());
        }

        static Section reasoning(String open, String pad, String... close) {
            return new Section(Kind.REASONING, "", open, pad, List.of(close), List.of());
        }

        static Section calls(String before, String open, Node... body) {
            return new Section(Kind.CALLS, before, open, "", List.of(), List.of(body));
        }

        /** Whether one section takes all calls of a turn. */
        boolean many() {
            return body.stream().anyMatch(n -> n instanceof Node.Repeat);
        }
    }

    public ReplyLanguage {
        sections = List.copyOf(sections);
        glue = List.copyOf(glue);
    }

    static ReplyLanguage of(String name, Section... sections) {
        return new ReplyLanguage(name, List.of(sections), List.of(), "", null);
    }

    /** The same family, not to be asked for tool calls: what looks like one is text. */
    public ReplyLanguage withoutCalls() {
        return new ReplyLanguage(
                name, sections.stream().filter(s -> s.kind() != Kind.CALLS).toList(), glue, separator, null);
    }

    /** The same family, asked to write its tool calls as another does. */
    public ReplyLanguage withCallsOf(ReplyLanguage other) {
        Section[] calls = other.sections().stream()
                .filter(s -> s.kind() == Kind.CALLS && !sections.contains(s))
                .toArray(Section[]::new);
        return with(calls);
    }

    /** The same family with these sections before its own. */
    ReplyLanguage with(Section... more) {
        List<Section> all = new ArrayList<>(List.of(more));
        all.addAll(sections);
        return new ReplyLanguage(name, all, glue, separator, bareCall);
    }

    /** The first section of a kind: the one that is written. */
    @Nullable
    Section first(Kind kind) {
        for (Section s : sections) if (s.kind() == kind) return s;
        return kind == Kind.CALLS ? bareCall : null;
    }

    public boolean canReason() {
        return first(Kind.REASONING) != null;
    }

    public boolean canCall() {
        return first(Kind.CALLS) != null;
    }
}
