package dev.dalang.gateway.simulator;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * OpenAI's Responses: the {@code ResponseStreamEvent}s of its API document, each with all that the document requires, in the
 * order that its clients test for.
 */
final class ResponsesVoice implements Voice {

    /** One answer's frames as they are put together; of its items at most one is open. */
    private static final class Speech {
        final List<byte[]> out = new ArrayList<>();
        final ArrayNode output = Trees.array();
        int sequence;
        private final StringBuilder text = new StringBuilder();
        private boolean open;
        private boolean refusing;

        void event(String type, ObjectNode event) {
            ObjectNode all = Trees.object().put("type", type);
            all.setAll(event);
            all.put("sequence_number", sequence++);
            out.add(Voice.event(type, all));
        }

        ObjectNode at(String item) {
            return Trees.object().put("item_id", item).put("output_index", output.size());
        }

        void added(ObjectNode item) {
            ObjectNode added = Trees.object().put("output_index", output.size());
            added.set("item", item.deepCopy());
            event("response.output_item.added", added);
        }

        void done(ObjectNode item) {
            ObjectNode event = Trees.object().put("output_index", output.size());
            event.set("item", item);
            event("response.output_item.done", event);
            output.add(item);
        }

        private String id() {
            return output.isEmpty() ? "msg_sim" : "msg_sim_" + output.size();
        }

        private ObjectNode message(String status) {
            ObjectNode item = Trees.object()
                    .put("id", id())
                    .put("type", "message")
                    .put("status", status)
                    .put("role", "assistant");
            item.putArray("content");
            return item;
        }

        private ObjectNode part(String text) {
            if (refusing) return Trees.object().put("type", "refusal").put("refusal", text);
            ObjectNode part = Trees.object().put("type", "output_text").put("text", text);
            part.putArray("annotations");
            part.putArray("logprobs");
            return part;
        }

        private ObjectNode content() {
            return at(id()).put("content_index", 0);
        }

        private void part(String type, String text) {
            ObjectNode event = content();
            event.set("part", part(text));
            event(type, event);
        }

        /** A piece of a message, which begins with it where none is open. */
        void say(String piece, boolean refusal) {
            if (open && refusing != refusal) close("completed");
            if (!open) {
                refusing = refusal;
                open = true;
                added(message("in_progress"));
                part("response.content_part.added", "");
            }
            text.append(piece);
            ObjectNode delta = content().put("delta", piece);
            if (!refusal) delta.putArray("logprobs");
            event(refusal ? "response.refusal.delta" : "response.output_text.delta", delta);
        }

        /** Ends the message that is open. */
        void close(String status) {
            if (!open) return;
            String whole = text.toString();
            ObjectNode done = content().put(refusing ? "refusal" : "text", whole);
            if (!refusing) done.putArray("logprobs");
            event(refusing ? "response.refusal.done" : "response.output_text.done", done);
            part("response.content_part.done", whole);
            ObjectNode item = message(status);
            item.putArray("content").add(part(whole));
            done(item);
            open = false;
            text.setLength(0);
        }
    }

    @Override
    public List<byte[]> frames(Script script, String model, Counts counts, JsonNode request) {
        Speech s = new Speech();
        ObjectNode response = response(model, request);
        s.event("response.created", with(response));
        s.event("response.in_progress", with(response));
        speak(s, script);
        finish(response, s, script, counts);
        ObjectNode last = Trees.object();
        last.set("response", response);
        s.event(cut(script) ? "response.incomplete" : "response.completed", last);
        return s.out;
    }

    @Override
    public ObjectNode whole(Script script, String model, Counts counts, JsonNode request) {
        Speech s = new Speech();
        speak(s, script);
        ObjectNode response = response(model, request);
        finish(response, s, script, counts);
        return response;
    }

    private static void speak(Speech s, Script script) {
        for (Script.Step step : script.steps()) {
            if (step instanceof Script.Think || step instanceof Script.Call) s.close("completed");
            switch (step) {
                case Script.Say say -> s.say(say.text(), false);
                case Script.Refuse r -> s.say(r.text(), true);
                case Script.Think t -> think(s, t);
                case Script.Call c -> call(s, c);
            }
        }
        s.close(cut(script) ? "incomplete" : "completed");
    }

    private static boolean cut(Script script) {
        return script.end() == Script.End.LENGTH || script.end() == Script.End.FILTER;
    }

    /** As it is when it begins: what was asked for stands in it again. */
    private static ObjectNode response(String model, JsonNode request) {
        ObjectNode r = Trees.object()
                .put("id", "resp_sim")
                .put("object", "response")
                .put("created_at", 1790000000)
                .put("status", "in_progress")
                .put("background", false);
        r.putNull("completed_at").putNull("error").putNull("incomplete_details");
        as(r, request, "instructions", Trees.NULL);
        as(r, request, "max_output_tokens", Trees.NULL);
        r.put("model", model).putArray("output");
        as(r, request, "parallel_tool_calls", Trees.parse("true"));
        as(r, request, "previous_response_id", Trees.NULL);
        as(r, request, "reasoning", Trees.parse("{\"effort\":null,\"summary\":null}"));
        as(r, request, "store", Trees.parse("true"));
        as(r, request, "temperature", Trees.parse("1.0"));
        as(r, request, "text", Trees.parse("{\"format\":{\"type\":\"text\"}}"));
        as(r, request, "tool_choice", Trees.parse("\"auto\""));
        as(r, request, "tools", Trees.array());
        as(r, request, "top_p", Trees.parse("1.0"));
        as(r, request, "truncation", Trees.parse("\"disabled\""));
        as(r, request, "metadata", Trees.object());
        as(r, request, "user", Trees.NULL);
        return r.put("service_tier", "auto").putNull("usage");
    }

    private static void as(ObjectNode response, JsonNode request, String field, JsonNode otherwise) {
        response.set(field, request.hasNonNull(field) ? request.get(field) : otherwise);
    }

    private static void finish(ObjectNode response, Speech s, Script script, Counts counts) {
        response.put("status", cut(script) ? "incomplete" : "completed");
        if (!cut(script)) {
            response.put("completed_at", 1790000001);
        } else {
            response.putObject("incomplete_details")
                    .put("reason", script.end() == Script.End.LENGTH ? "max_output_tokens" : "content_filter");
        }
        response.put("service_tier", "default").set("output", s.output);
        if (counts != null) response.set("usage", usage(counts));
    }

    private static ObjectNode with(ObjectNode response) {
        ObjectNode event = Trees.object();
        event.set("response", response.deepCopy());
        return event;
    }

    private static void think(Speech s, Script.Think t) {
        String id = "rs_sim" + (s.output.isEmpty() ? "" : "_" + s.output.size());
        ObjectNode item = Trees.object().put("id", id).put("type", "reasoning");
        item.putArray("summary");
        s.added(item);
        summary(s, id, "response.reasoning_summary_part.added", part(""));
        s.event(
                "response.reasoning_summary_text.delta",
                s.at(id).put("summary_index", 0).put("delta", t.text()));
        s.event(
                "response.reasoning_summary_text.done",
                s.at(id).put("summary_index", 0).put("text", t.text()));
        summary(s, id, "response.reasoning_summary_part.done", part(t.text()));
        item.putArray("summary").add(part(t.text()));
        if (t.signature() != null) item.put("encrypted_content", t.signature());
        s.done(item);
    }

    private static ObjectNode part(String summary) {
        return Trees.object().put("type", "summary_text").put("text", summary);
    }

    private static void summary(Speech s, String id, String type, ObjectNode part) {
        ObjectNode event = s.at(id).put("summary_index", 0);
        event.set("part", part);
        s.event(type, event);
    }

    private static void call(Speech s, Script.Call c) {
        String id = "fc_" + c.id();
        ObjectNode item = Trees.object()
                .put("id", id)
                .put("type", "function_call")
                .put("status", "in_progress")
                .put("call_id", c.id())
                .put("name", c.name())
                .put("arguments", "");
        s.added(item);
        for (String piece : c.arguments()) {
            s.event("response.function_call_arguments.delta", s.at(id).put("delta", piece));
        }
        String whole = String.join("", c.arguments());
        s.event(
                "response.function_call_arguments.done",
                s.at(id).put("name", c.name()).put("arguments", whole));
        s.done(item.put("arguments", whole).put("status", "completed"));
    }

    private static ObjectNode usage(Counts c) {
        ObjectNode usage = Trees.object().put("input_tokens", c.wrong() ? -7 : c.prompt());
        usage.putObject("input_tokens_details").put("cached_tokens", c.cached()).put("cache_write_tokens", 0);
        usage.put("output_tokens", c.completion());
        usage.putObject("output_tokens_details").put("reasoning_tokens", c.reasoning());
        return usage.put("total_tokens", c.prompt() + c.completion());
    }

    @Override
    public byte[] error() {
        return Voice.event(
                "error",
                "{\"type\":\"error\",\"code\":\"server_error\",\"message\":\"The server had an error\",\"param\":null,\"sequence_number\":9999}");
    }

    @Override
    public byte[] malformed() {
        return Voice.event("response.output_text.delta", "{\"type\":\"response.output_text.delta\",\"delta\":\"hal");
    }

    @Override
    public byte[] ping() {
        return ": ping\n\n".getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public String refusal(int status, String message) {
        return new ChatVoice().refusal(status, message);
    }
}
