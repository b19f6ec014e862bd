package dev.dalang.gateway.simulator;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** OpenAI's Responses, in the order of {@code ResponseStreamEvent}s that its clients test for. */
final class ResponsesVoice implements Voice {

    /** One answer's frames as they are put together. */
    private static final class Speech {
        final List<byte[]> out = new ArrayList<>();
        final ArrayNode output = Trees.array();
        int sequence;

        void event(String type, ObjectNode event) {
            ObjectNode all = Trees.object().put("type", type);
            all.setAll(event);
            all.put("sequence_number", sequence++);
            out.add(Voice.event(type, all));
        }

        ObjectNode at(String item) {
            return Trees.object().put("item_id", item).put("output_index", output.size());
        }
    }

    @Override
    public List<byte[]> frames(Script script, String model, Counts counts, JsonNode request) {
        Speech s = new Speech();
        ObjectNode response = Trees.object()
                .put("id", "resp_sim")
                .put("object", "response")
                .put("created_at", 1790000000)
                .put("status", "in_progress")
                .put("model", model);
        response.putArray("output");
        s.event("response.created", with(response));
        s.event("response.in_progress", with(response));
        StringBuilder text = new StringBuilder();
        boolean refusing = false;
        for (Script.Step step : script.steps()) {
            switch (step) {
                case Script.Say say -> {
                    if (text.isEmpty()) begin(s);
                    text.append(say.text());
                    ObjectNode delta = s.at("msg_sim").put("content_index", 0).put("delta", say.text());
                    delta.putArray("logprobs");
                    s.event("response.output_text.delta", delta);
                }
                case Script.Refuse r -> {
                    if (!refusing) begin(s);
                    refusing = true;
                    s.event(
                            "response.refusal.delta",
                            s.at("msg_sim").put("content_index", 0).put("delta", r.text()));
                }
                case Script.Think t -> think(s, t);
                case Script.Call c -> {
                    end(s, text);
                    call(s, c);
                }
            }
        }
        if (script.refuses()) {
            s.output.addObject().put("type", "message").put("id", "msg_sim").put("role", "assistant");
        } else {
            end(s, text);
        }
        boolean cut = script.end() == Script.End.LENGTH || script.end() == Script.End.FILTER;
        response.put("status", cut ? "incomplete" : "completed");
        if (cut) {
            response.putObject("incomplete_details")
                    .put("reason", script.end() == Script.End.LENGTH ? "max_output_tokens" : "content_filter");
        }
        response.put("service_tier", "default").set("output", s.output);
        if (counts != null) response.set("usage", usage(counts));
        ObjectNode last = Trees.object();
        last.set("response", response);
        s.event(cut ? "response.incomplete" : "response.completed", last);
        return s.out;
    }

    private static ObjectNode with(ObjectNode response) {
        ObjectNode event = Trees.object();
        event.set("response", response.deepCopy());
        return event;
    }

    private static void begin(Speech s) {
        ObjectNode item = Trees.object()
                .put("id", "msg_sim")
                .put("type", "message")
                .put("status", "in_progress")
                .put("role", "assistant");
        item.putArray("content");
        ObjectNode added = Trees.object().put("output_index", s.output.size());
        added.set("item", item);
        s.event("response.output_item.added", added);
        ObjectNode part = s.at("msg_sim").put("content_index", 0);
        part.putObject("part").put("type", "output_text").put("text", "").putArray("annotations");
        s.event("response.content_part.added", part);
    }

    private static void end(Speech s, StringBuilder text) {
        if (text.isEmpty()) return;
        s.event(
                "response.output_text.done",
                s.at("msg_sim").put("content_index", 0).put("text", text.toString()));
        ObjectNode part = s.at("msg_sim").put("content_index", 0);
        part.putObject("part")
                .put("type", "output_text")
                .put("text", text.toString())
                .putArray("annotations");
        s.event("response.content_part.done", part);
        ObjectNode item = Trees.object()
                .put("id", "msg_sim")
                .put("type", "message")
                .put("status", "completed")
                .put("role", "assistant");
        item.putArray("content")
                .addObject()
                .put("type", "output_text")
                .put("text", text.toString())
                .putArray("annotations");
        done(s, item);
        text.setLength(0);
    }

    private static void think(Speech s, Script.Think t) {
        ObjectNode item = Trees.object().put("id", "rs_sim").put("type", "reasoning");
        item.putArray("summary");
        ObjectNode added = Trees.object().put("output_index", s.output.size());
        added.set("item", item.deepCopy());
        s.event("response.output_item.added", added);
        s.event("response.reasoning_summary_part.added", s.at("rs_sim").put("summary_index", 0));
        s.event(
                "response.reasoning_summary_text.delta",
                s.at("rs_sim").put("summary_index", 0).put("delta", t.text()));
        s.event(
                "response.reasoning_summary_text.done",
                s.at("rs_sim").put("summary_index", 0).put("text", t.text()));
        item.putArray("summary").addObject().put("type", "summary_text").put("text", t.text());
        if (t.signature() != null) item.put("encrypted_content", t.signature());
        done(s, item);
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
        ObjectNode added = Trees.object().put("output_index", s.output.size());
        added.set("item", item.deepCopy());
        s.event("response.output_item.added", added);
        for (String piece : c.arguments()) {
            s.event("response.function_call_arguments.delta", s.at(id).put("delta", piece));
        }
        String whole = String.join("", c.arguments());
        s.event("response.function_call_arguments.done", s.at(id).put("arguments", whole));
        done(s, item.put("arguments", whole).put("status", "completed"));
    }

    private static void done(Speech s, ObjectNode item) {
        ObjectNode event = Trees.object().put("output_index", s.output.size());
        event.set("item", item);
        s.event("response.output_item.done", event);
        s.output.add(item);
    }

    private static ObjectNode usage(Counts c) {
        ObjectNode usage = Trees.object()
                .put("input_tokens", c.wrong() ? -7 : c.prompt())
                .put("output_tokens", c.completion())
                .put("total_tokens", c.prompt() + c.completion());
        usage.putObject("input_tokens_details").put("cached_tokens", c.cached());
        usage.putObject("output_tokens_details").put("reasoning_tokens", c.reasoning());
        return usage;
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
