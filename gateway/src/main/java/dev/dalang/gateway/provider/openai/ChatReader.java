package dev.dalang.gateway.provider.openai;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.api.FinishReason;
import dev.dalang.api.Part;
import dev.dalang.api.Source;
import dev.dalang.api.TokenScore;
import dev.dalang.gateway.provider.wire.Answer;
import dev.dalang.gateway.provider.wire.AnswerReader;
import dev.dalang.gateway.provider.wire.Counts;
import dev.dalang.gateway.provider.wire.Frame;
import dev.dalang.gateway.provider.wire.Json;
import dev.dalang.gateway.provider.wire.Refusals;
import dev.dalang.gateway.provider.wire.Scores;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The chunks of a streamed chat completion ({@code CreateChatCompletionStreamResponse}), of OpenAI's and of those that
 * imitate it: {@code usage} in a chunk of its own or in the last, {@code reasoning_content} or {@code reasoning}, tool
 * calls with or without an index, content as text or as parts, and {@code message} in place of {@code delta} where a
 * server does not stream.
 */
final class ChatReader implements AnswerReader {

    private record Call(int number, @Nullable String id) {}

    private final Answer answer;
    private final Refusals refusals;
    private final String model;
    private final Map<Integer, Call> byIndex = new LinkedHashMap<>();
    private @Nullable Call last;
    private final ByteArrayOutputStream sound = new ByteArrayOutputStream();
    private final StringBuilder transcript = new StringBuilder();
    private @Nullable String soundId;

    ChatReader(Answer answer, Refusals refusals, String model) {
        this.answer = answer;
        this.refusals = refusals;
        this.model = model;
    }

    @Override
    public boolean read(Frame frame) {
        String data = frame.data().strip();
        if (data.equals("[DONE]")) return false;
        JsonNode chunk = Json.parse(data);
        if (chunk == null || !chunk.isObject()) throw answer.broken("sent a chunk that is no JSON");
        boolean failed =
                frame.name().equals("error") || "error".equalsIgnoreCase(Json.text(chunk, "object")); // Mistral
        if (failed || chunk.hasNonNull("error")) throw refusals.of(0, chunk, null, model);
        if (!Json.text(chunk, "id", "").isEmpty() || chunk.path("choices").size() > 0) {
            int created = Json.number(chunk, "created", 0);
            answer.started(
                    Json.text(chunk, "id"),
                    Json.text(chunk, "model"),
                    created > 0 ? Instant.ofEpochSecond(created) : null);
        }
        for (JsonNode choice : chunk.path("choices").values()) {
            if (Json.number(choice, "index", 0) == 0) choice(choice);
        }
        for (String name : new String[] {"service_tier", "system_fingerprint", "moderation"}) {
            if (chunk.hasNonNull(name)) answer.detail(name, chunk.get(name).toString());
        }
        if (chunk.path("usage").isObject()) usage(chunk.get("usage"));
        return true;
    }

    private void choice(JsonNode choice) {
        JsonNode delta = choice.path("delta").isObject() ? choice.get("delta") : choice.path("message");
        scores(choice.path("logprobs"));
        for (String field : new String[] {"reasoning_content", "reasoning"}) {
            String text = Json.text(delta, field);
            if (text != null && !text.isEmpty()) {
                answer.reasoning(text, false);
                break;
            }
        }
        content(delta.path("content"));
        String completion = Json.text(choice, "text");
        if (completion != null) answer.text(completion);
        String refusal = Json.text(delta, "refusal");
        if (refusal != null) answer.refusal(refusal);
        for (JsonNode note : delta.path("annotations").values()) answer.annotation(note.toString());
        for (JsonNode call : delta.path("tool_calls").values()) call(call);
        if (delta.path("audio").isObject()) audio(delta.get("audio"));
        String reason = Json.text(choice, "finish_reason");
        if (reason != null && !reason.isEmpty()) finish(reason, choice);
    }

    private void content(JsonNode content) {
        if (content.isString()) {
            answer.text(content.stringValue());
            return;
        }
        for (JsonNode part : content.values()) { // Mistral
            if ("thinking".equals(Json.text(part, "type"))) {
                JsonNode thinking = part.path("thinking");
                if (thinking.isString()) answer.reasoning(thinking.stringValue(), false);
                for (JsonNode t : thinking.values()) answer.reasoning(Json.text(t, "text", ""), false);
                String signature = Json.text(part, "signature", "");
                if (!signature.isEmpty()) answer.signature(signature, null);
            } else if (part.path("text").isString()) {
                answer.text(part.get("text").stringValue());
            } else {
                answer.annotation(part.toString());
            }
        }
    }

    /** By index where there is one, else by id, else the one under way. Repeated heads of a call are taken for one. */
    private void call(JsonNode delta) {
        String id = Json.text(delta, "id");
        if (id != null && (id.isEmpty() || id.equals("null"))) id = null; // Mistral's word for none
        boolean custom = delta.path("custom").isObject();
        JsonNode function = custom ? delta.get("custom") : delta.path("function");
        String name = Json.text(function, "name", "");
        int index = Json.number(delta, "index", -1);
        Call call = index >= 0 ? byIndex.get(index) : id == null ? last : ofId(id);
        boolean another = call != null && id != null && call.id() != null && !id.equals(call.id()) && !name.isEmpty();
        if (call == null || another) {
            if (name.isEmpty()) throw answer.broken("goes on with a tool call that it never began");
            if (last != null) answer.callEnded(last.number());
            call = new Call(answer.call(id, name, null, custom), id);
            byIndex.put(index >= 0 ? index : -1 - call.number(), call);
        }
        last = call;
        JsonNode arguments = function.path(custom ? "input" : "arguments");
        if (arguments.isString()) answer.arguments(call.number(), arguments.stringValue());
        else if (arguments.isObject()) answer.arguments(call.number(), arguments.toString());
    }

    private @Nullable Call ofId(String id) {
        return byIndex.values().stream()
                .filter(c -> id.equals(c.id()))
                .findFirst()
                .orElse(null);
    }

    private void audio(JsonNode audio) {
        if (soundId == null) soundId = Json.text(audio, "id");
        transcript.append(Json.text(audio, "transcript", ""));
        String data = Json.text(audio, "data");
        if (data == null) return;
        try {
            sound.writeBytes(Base64.getDecoder().decode(data));
        } catch (IllegalArgumentException e) {
            throw answer.broken("sent a sound that is no base64");
        }
    }

    private void finish(String reason, JsonNode choice) {
        if (soundId != null || sound.size() > 0) {
            answer.media(new Part.Audio(
                    new Source.Bytes(sound.toByteArray(), null), null, null, soundId, transcript.toString()));
            sound.reset();
            soundId = null;
        }
        if (choice.path("content_filter_results").isObject()) {
            answer.detail(
                    "content_filter_results",
                    choice.get("content_filter_results").toString());
        }
        String stop = Json.text(choice, "stop_reason"); // vLLM says which
        switch (reason) {
            case "stop", "eos", "end_turn", "eos_token", "STOP" -> {
                if (stop == null) answer.ended(FinishReason.END_OF_TURN, null);
                else answer.ended(FinishReason.STOP_SEQUENCE, stop);
            }
            case "length", "max_tokens" -> answer.ended(FinishReason.LENGTH, null);
            case "model_length" -> answer.ended(FinishReason.CONTEXT_FULL, null);
            case "tool_calls", "function_call" -> answer.ended(FinishReason.TOOL_CALLS, null);
            case "content_filter" -> answer.ended(FinishReason.CONTENT_FILTER, null);
            case "error" ->
                throw new DalangException(
                        new Failure.Upstream(answer.provider() + " says that the answer failed in the middle", 0));
            case "insufficient_system_resource", "abort" ->
                throw new DalangException(new Failure.Overloaded(
                        answer.provider() + " broke the answer off for lack of resources", null));
            default -> {
                answer.notice(
                        "finish_reason",
                        answer.provider() + " ended the answer for a reason of its own: " + refusals.line(reason));
                answer.ended(FinishReason.END_OF_TURN, null);
            }
        }
    }

    private void scores(JsonNode logprobs) {
        for (String field : new String[] {"content", "refusal"}) {
            List<TokenScore> tokens = new ArrayList<>();
            for (JsonNode t : logprobs.path(field).values()) tokens.add(score(t, true));
            answer.scores(tokens);
        }
    }

    static TokenScore score(JsonNode t, boolean withTop) {
        byte[] bytes = null;
        JsonNode array = t.path("bytes");
        if (array.isArray()) {
            bytes = new byte[array.size()];
            for (int i = 0; i < bytes.length; i++)
                bytes[i] = (byte) array.get(i).asInt(0);
        }
        List<TokenScore> top = new ArrayList<>();
        if (withTop) for (JsonNode other : t.path("top_logprobs").values()) top.add(score(other, false));
        return Scores.of(
                Json.number(t, "token_id", -1),
                Json.text(t, "token", bytes == null ? "" : new String(bytes, StandardCharsets.UTF_8)),
                t.path("logprob"),
                bytes,
                top);
    }

    private void usage(JsonNode usage) {
        Counts c = new Counts(usage);
        Map<String, Long> other = new LinkedHashMap<>();
        c.put(other, "prompt_audio_tokens", "prompt_tokens_details.audio_tokens");
        c.put(other, "completion_audio_tokens", "completion_tokens_details.audio_tokens");
        c.put(other, "accepted_prediction_tokens", "completion_tokens_details.accepted_prediction_tokens");
        c.put(other, "rejected_prediction_tokens", "completion_tokens_details.rejected_prediction_tokens");
        c.put(other, "prompt_audio_seconds", "prompt_audio_seconds"); // Mistral
        int cached = c.at("prompt_tokens_details.cached_tokens");
        for (String older : new String[] {"prompt_cache_hit_tokens", "num_cached_tokens"}) { // DeepSeek, Mistral
            if (!c.has("prompt_tokens_details.cached_tokens") && c.has(older)) cached = c.at(older);
        }
        if (usage.path("service_tier").isString()) {
            answer.detail("service_tier", usage.get("service_tier").toString());
        }
        int completion = c.at("completion_tokens");
        int reasoning = c.at("completion_tokens_details.reasoning_tokens");
        int prompt = c.at("prompt_tokens");
        int total = c.at("total_tokens");
        // xAI counts reasoning apart from the completion, and its total tells.
        if (reasoning > 0 && total == (long) prompt + completion + reasoning) completion = c.sum(completion, reasoning);
        c.deliver(
                answer,
                c.usage(
                        prompt,
                        cached,
                        c.at("prompt_tokens_details.cache_write_tokens"),
                        completion,
                        reasoning,
                        other));
    }
}
