package dev.dalang.server.http;

import dev.dalang.api.ChatEvent.Notice;
import dev.dalang.api.DalangException;
import tools.jackson.databind.node.ObjectNode;

/** Pieces of answers that several dialects write alike. */
public final class Answers {

    private Answers() {}

    /**
     * A tool call's arguments as an object. What a model wrote that is none, as where its answer was cut off, is kept as
     * text under {@code INVALID_JSON}.
     */
    public static ObjectNode argumentsOf(String arguments) {
        if (arguments.isBlank()) return Json.object();
        try {
            if (Json.parse(arguments) instanceof ObjectNode o) return o;
        } catch (DalangException e) {
            // Kept as text below.
        }
        return Json.object().put("INVALID_JSON", arguments);
    }

    /** What was done that a request did not ask for. Its details are JSON already, or plain words. */
    public static ObjectNode notice(Notice n) {
        ObjectNode notice = Json.object().put("code", n.code()).put("message", n.message());
        if (n.details().isEmpty()) return notice;
        ObjectNode details = notice.putObject("details");
        n.details().forEach((name, json) -> details.set(name, Json.parse(json)));
        return notice;
    }
}
