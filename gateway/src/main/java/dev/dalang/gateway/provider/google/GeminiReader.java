package dev.dalang.gateway.provider.google;

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
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The {@code GenerateContentResponse}s of a stream: each holds the parts that are new, and counts that are cumulative. */
final class GeminiReader implements AnswerReader {
    private final Answer answer;
    private final Refusals refusals;
    private final String model;

    GeminiReader(Answer answer, Refusals refusals, String model) {
        this.answer = answer;
        this.refusals = refusals;
        this.model = model;
    }

    @Override
    public boolean read(Frame frame) {
        JsonNode chunk = Json.parse(frame.data());
        if (chunk == null || !chunk.isObject()) throw answer.broken("sent a chunk that is no JSON");
        if (chunk.hasNonNull("error")) throw refusals.of(0, chunk, null, model);
        answer.started(Json.text(chunk, "responseId"), Json.text(chunk, "modelVersion"), created(chunk));
        String blocked = Json.text(chunk.path("promptFeedback"), "blockReason");
        if (blocked != null) {
            throw new DalangException(new Failure.ContentPolicy(
                    answer.provider() + " refused the prompt: " + refusals.line(blocked.toLowerCase(Locale.ROOT))));
        }
        if (chunk.path("usageMetadata").isObject()) usage(chunk.get("usageMetadata"));
        JsonNode candidate = chunk.path("candidates").path(0);
        scores(candidate.path("logprobsResult"));
        for (JsonNode part : candidate.path("content").path("parts").values()) part(part);
        for (String name :
                new String[] {"groundingMetadata", "citationMetadata", "safetyRatings", "urlContextMetadata"}) {
            if (candidate.hasNonNull(name))
                answer.detail(name, candidate.get(name).toString());
        }
        String reason = Json.text(candidate, "finishReason");
        if (reason != null) finish(reason, Json.text(candidate, "finishMessage"));
        return true;
    }

    private static @Nullable Instant created(JsonNode chunk) {
        String time = Json.text(chunk, "createTime");
        try {
            return time == null ? null : Instant.parse(time);
        } catch (DateTimeParseException e) {
            return null;
        }
    }

    private void part(JsonNode part) {
        boolean thought =
                part.path("thought").isBoolean() && part.path("thought").booleanValue();
        if (thought) answer.reasoning(Json.text(part, "text", ""), true);
        String signature = Json.text(part, "thoughtSignature");
        if (signature != null) answer.signature(signature, null);
        if (thought) return;
        if (part.path("text").isString()) {
            answer.text(part.get("text").stringValue());
        } else if (part.path("functionCall").isObject()) {
            JsonNode call = part.get("functionCall");
            int index = answer.call(Json.text(call, "id"), Json.text(call, "name", ""), null, false);
            JsonNode args = call.path("args");
            answer.arguments(index, args.isObject() ? args.toString() : "{}");
            answer.callEnded(index);
        } else if (part.path("inlineData").isObject()) {
            answer.media(medium(part.get("inlineData")));
        } else {
            part.propertyStream()
                    .map(Map.Entry::getKey)
                    .filter(k -> !k.equals("thoughtSignature"))
                    .findFirst()
                    .ifPresent(type -> answer.opaque(GeminiContent.FAMILY, type, part.toString()));
        }
    }

    private Part medium(JsonNode data) {
        String type = Json.text(data, "mimeType", "application/octet-stream");
        Source source;
        try {
            source = new Source.Bytes(Base64.getDecoder().decode(Json.text(data, "data", "")), type);
        } catch (IllegalArgumentException e) {
            throw answer.broken("sent a medium that is no base64");
        }
        if (type.startsWith("image/")) return new Part.Image(source, null, null);
        if (type.startsWith("audio/")) return new Part.Audio(source, null, null);
        return new Part.Document(source, null, null, false, null);
    }

    private void finish(String reason, @Nullable String message) {
        switch (reason) {
            case "STOP" -> answer.ended(FinishReason.END_OF_TURN, null);
            case "MAX_TOKENS" -> answer.ended(FinishReason.LENGTH, null);
            case "SAFETY",
                    "RECITATION",
                    "LANGUAGE",
                    "BLOCKLIST",
                    "PROHIBITED_CONTENT",
                    "SPII",
                    "IMAGE_SAFETY",
                    "IMAGE_PROHIBITED_CONTENT",
                    "IMAGE_RECITATION",
                    "MODEL_ARMOR" -> {
                answer.detail("finish_reason", "\"" + reason + "\"");
                answer.ended(FinishReason.CONTENT_FILTER, null);
            }
            case "MALFORMED_FUNCTION_CALL",
                    "UNEXPECTED_TOOL_CALL",
                    "TOO_MANY_TOOL_CALLS",
                    "MISSING_THOUGHT_SIGNATURE",
                    "MALFORMED_RESPONSE" ->
                throw new DalangException(new Failure.Upstream(
                        answer.provider() + " says that its answer failed: "
                                + refusals.line(message == null ? reason.toLowerCase(Locale.ROOT) : message),
                        0));
            case "FINISH_REASON_UNSPECIFIED" -> {}
            default -> {
                answer.notice(
                        "finish_reason",
                        answer.provider() + " ended the answer for a reason of its own: " + refusals.line(reason));
                answer.ended(FinishReason.END_OF_TURN, null);
            }
        }
    }

    private void scores(JsonNode result) {
        List<TokenScore> tokens = new ArrayList<>();
        JsonNode tops = result.path("topCandidates");
        int i = 0;
        for (JsonNode chosen : result.path("chosenCandidates").values()) {
            List<TokenScore> top = new ArrayList<>();
            for (JsonNode t : tops.path(i).path("candidates").values()) top.add(score(t, List.of()));
            tokens.add(score(chosen, top));
            i++;
        }
        answer.scores(tokens);
    }

    private static TokenScore score(JsonNode t, List<TokenScore> top) {
        return Scores.of(Json.number(t, "tokenId", -1), Json.text(t, "token", ""), t.path("logProbability"), null, top);
    }

    private void usage(JsonNode usage) {
        Counts c = new Counts(usage);
        Map<String, Long> other = new LinkedHashMap<>();
        c.put(other, "tool_use_prompt_tokens", "toolUsePromptTokenCount");
        modalities(usage.path("promptTokensDetails"), "prompt_", other);
        modalities(usage.path("candidatesTokensDetails"), "completion_", other);
        int thoughts = c.at("thoughtsTokenCount");
        c.deliver(
                answer,
                c.usage(
                        c.sum(c.at("promptTokenCount"), c.at("toolUsePromptTokenCount")),
                        c.at("cachedContentTokenCount"),
                        0,
                        c.sum(c.at("candidatesTokenCount"), thoughts),
                        thoughts,
                        other));
    }

    private static void modalities(JsonNode details, String prefix, Map<String, Long> other) {
        for (JsonNode d : details.values()) {
            String name = Json.text(d, "modality", "").toLowerCase(Locale.ROOT);
            int n = Json.number(d, "tokenCount", 0);
            if (n > 0 && !name.isEmpty() && !name.equals("text")) other.put(prefix + name + "_tokens", (long) n);
        }
    }
}
