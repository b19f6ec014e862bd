package dev.dalang.engine.reply;

import static dev.dalang.engine.reply.ReplyLanguage.Section.calls;
import static dev.dalang.engine.reply.ReplyLanguage.Section.reasoning;

import dev.dalang.engine.reply.Node.Arguments;
import dev.dalang.engine.reply.Node.Call;
import dev.dalang.engine.reply.Node.CallObject;
import dev.dalang.engine.reply.Node.Literal;
import dev.dalang.engine.reply.Node.Name;
import dev.dalang.engine.reply.Node.Notation;
import dev.dalang.engine.reply.Node.Repeat;
import dev.dalang.engine.reply.Node.Space;
import dev.dalang.engine.reply.ReplyLanguage.Section;
import java.util.List;

/** Pieces that families share. */
final class LanguageParts {

    private LanguageParts() {}

    static final Node NAME = new Name("", false);
    static final Node JSON = new Arguments(Notation.JSON);

    static final CallObject OBJECT =
            new CallObject(List.of("name"), List.of("arguments", "parameters"), List.of("id"), false);

    static Node literal(String text) {
        return new Literal(text);
    }

    static Node space(String canonical) {
        return new Space(canonical);
    }

    static Node call(Node... parts) {
        return new Call(List.of(parts));
    }

    static Repeat repeat(String each, String separator, String between, String close, Node... parts) {
        return new Repeat(each, List.of(parts), separator, between, close);
    }

    /** {@code [{"name": …, "arguments": …}, …]} and then {@code close}. */
    static Section array(String before, String open, CallObject object, String close) {
        return calls(
                before, open, space(""), literal("["), repeat("", ",", " ", "]", object), space(""), literal(close));
    }

    static final Section THINK = reasoning("<think>", "\n", "</think>");
}
