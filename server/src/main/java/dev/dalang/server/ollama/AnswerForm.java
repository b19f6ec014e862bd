package dev.dalang.server.ollama;

import dev.dalang.api.ChatEvent.Notice;
import dev.dalang.api.DalangException;
import dev.dalang.api.FinishReason;
import dev.dalang.api.Part;
import dev.dalang.api.Source;
import dev.dalang.api.Timings;
import dev.dalang.api.TokenScore;
import dev.dalang.api.Usage;
import dev.dalang.server.http.Answers;
import dev.dalang.server.http.Json;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The two forms that answers have: {@code /api/chat}'s, with a message, and {@code /api/generate}'s, with a text. */
enum AnswerForm {
    CHAT,
    GENERATE;

    /** An answer, or a piece of one, without text yet. */
    ObjectNode empty(String model) {
        ObjectNode o = Json.object();
        o.put("model", model);
        o.put("created_at", Instant.now().toString());
        if (this == CHAT) o.putObject("message").put("role", "assistant").put("content", "");
        else o.put("response", "");
        return o.put("done", false);
    }

    /** Where what the model says goes. */
    private ObjectNode said(ObjectNode answer) {
        return this == CHAT ? answer.withObject("message") : answer;
    }

    void text(ObjectNode answer, String text) {
        said(answer).put(this == CHAT ? "content" : "response", text);
    }

    void thinking(ObjectNode answer, String text) {
        said(answer).put("thinking", text);
    }

    void call(ObjectNode answer, int index, String id, String name, String arguments) {
        ObjectNode call = said(answer).withArray("tool_calls").addObject();
        call.put("id", id);
        ObjectNode function = call.putObject("function");
        function.put("index", index).put("name", name).set("arguments", Answers.argumentsOf(arguments));
    }

    /** @throws DalangException if it is no picture that is here */
    void picture(ObjectNode answer, Part part) {
        if (this == CHAT && part instanceof Part.Image i && i.source() instanceof Source.Bytes b) {
            said(answer).withArray("images").add(Base64.getEncoder().encodeToString(b.data()));
            return;
        }
        throw DalangException.unsupported(
                "the answer holds a picture, sound or document, which Ollama's form cannot show", "messages");
    }

    static void scores(ObjectNode answer, List<TokenScore> scores) {
        if (scores.isEmpty()) return;
        ArrayNode all = answer.withArray("logprobs");
        for (TokenScore s : scores) {
            ObjectNode score = score(s);
            ArrayNode top = score.putArray("top_logprobs");
            for (TokenScore t : s.top()) top.add(score(t));
            all.add(score);
        }
    }

    private static ObjectNode score(TokenScore s) {
        ObjectNode o = Json.object().put("token", s.text()).put("logprob", s.logprob());
        byte[] bytes = s.bytes();
        if (bytes == null) return o;
        ArrayNode list = o.putArray("bytes");
        for (byte b : bytes) list.add(b & 0xff);
        return o;
    }

    /** What the last piece says of the whole; durations are in nanoseconds. */
    static void finish(
            ObjectNode answer,
            FinishReason reason,
            Usage usage,
            Timings t,
            int @Nullable [] context,
            List<Notice> notices) {
        answer.put("done", true);
        answer.put("done_reason", reason(reason));
        if (context != null) {
            ArrayNode ids = answer.putArray("context");
            for (int id : context) ids.add(id);
        }
        answer.put("total_duration", t.total().toNanos());
        answer.put("load_duration", nanos(t.load()));
        answer.put("prompt_eval_count", usage.promptTokens());
        answer.put("prompt_eval_duration", nanos(t.promptEval()));
        answer.put("eval_count", usage.completionTokens());
        answer.put("eval_duration", nanos(t.generation()));
        if (notices.isEmpty()) return;
        // Not of Ollama's: what was done that the request did not ask for. Clients skip fields that they do not know.
        ArrayNode all = answer.putArray("notices");
        for (Notice n : notices) all.add(Answers.notice(n));
    }

    private static long nanos(@Nullable Duration d) {
        return d == null ? 0 : d.toNanos();
    }

    private static String reason(FinishReason reason) {
        return switch (reason) {
            case LENGTH, CONTEXT_FULL -> "length";
            case END_OF_TURN, STOP_SEQUENCE, TOOL_CALLS, CONTENT_FILTER, REFUSAL, PAUSED, CANCELLED -> "stop";
        };
    }
}
