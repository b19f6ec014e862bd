package dev.dalang.server.openai;

import dev.dalang.api.ChatEvent;
import dev.dalang.api.ChatResponse;
import dev.dalang.api.Part;
import dev.dalang.api.Source;
import dev.dalang.api.TokenScore;
import dev.dalang.server.http.Json;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Whole answers as a {@code chat.completion} object. */
final class ChatWriter {

    private ChatWriter() {}

    /** @param answers one for each choice, to the same request */
    static ObjectNode write(List<Collected> answers, boolean logprobs) {
        ChatResponse first = answers.getFirst().response();
        ObjectNode whole = Json.object()
                .put("id", first.id())
                .put("object", "chat.completion")
                .put("created", first.created().getEpochSecond())
                .put("model", first.model());
        ArrayNode choices = whole.putArray("choices");
        List<ChatEvent.Notice> notices = new ArrayList<>();
        for (Collected collected : answers) {
            ChatResponse answer = collected.response();
            for (ChatEvent.Notice n : answer.notices()) if (!notices.contains(n)) notices.add(n);
            ObjectNode choice = choices.addObject().put("index", choices.size() - 1);
            choice.set("message", message(answer, notices));
            logprobs(choice, answer, logprobs ? collected.scores() : null);
            choice.put("finish_reason", Said.finish(answer.finishReason()));
        }
        whole.set(
                "usage",
                Said.total(List.of(Said.together(
                        answers.stream().map(a -> a.response().usage()).toList()))));
        Said.details(whole, first.details());
        Notices.write(whole, notices);
        return whole;
    }

    private static ObjectNode message(ChatResponse answer, List<ChatEvent.Notice> notices) {
        ObjectNode message = Json.object().put("role", "assistant");
        message.putNull("content").putNull("refusal");
        StringBuilder text = new StringBuilder();
        StringBuilder reasoning = new StringBuilder();
        StringBuilder refusal = new StringBuilder();
        ArrayNode calls = Json.array();
        ArrayNode annotations = Json.array();
        for (Part part : answer.message().parts()) {
            switch (part) {
                case Part.Text p -> {
                    text.append(p.text());
                    if (p.annotations() != null) annotations.addAll((ArrayNode) Json.parse(p.annotations()));
                }
                case Part.Reasoning p -> reasoning.append(p.text());
                case Part.Refusal p -> refusal.append(p.text());
                case Part.ToolCall p -> calls.add(call(p));
                case Part.Image p -> medium(p, message, m -> {}, notices::add);
                case Part.Audio p -> medium(p, message, m -> {}, notices::add);
                case Part.Document p -> medium(p, message, m -> {}, notices::add);
                case Part.Opaque p -> notices.add(Notices.notShown(p));
                case Part.RedactedReasoning p -> {}
                case Part.ToolResult p -> throw new IllegalStateException("a tool result in an answer");
            }
        }
        boolean silent = text.isEmpty() && (!calls.isEmpty() || !refusal.isEmpty() || message.has("audio"));
        if (!silent) message.put("content", text.toString());
        if (!refusal.isEmpty()) message.put("refusal", refusal.toString());
        message.set("annotations", annotations);
        if (!reasoning.isEmpty()) message.put("reasoning_content", reasoning.toString());
        if (!calls.isEmpty()) message.set("tool_calls", calls);
        return message;
    }

    private static ObjectNode call(Part.ToolCall p) {
        ObjectNode call = Json.object().put("id", p.id()).put("type", p.freeform() ? "custom" : "function");
        call.putObject(p.freeform() ? "custom" : "function")
                .put("name", p.name())
                .put(p.freeform() ? "input" : "arguments", p.arguments());
        return call;
    }

    private static void logprobs(ObjectNode choice, ChatResponse answer, @Nullable List<TokenScore> scores) {
        if (scores == null) {
            choice.putNull("logprobs");
            return;
        }
        ObjectNode logprobs = choice.putObject("logprobs");
        logprobs.putNull("content").putNull("refusal");
        boolean refused = answer.message().parts().stream().anyMatch(p -> p instanceof Part.Refusal);
        logprobs.set(refused ? "refusal" : "content", Scores.json(scores));
    }

    /** A sound goes where the dialect has it; a picture where others that speak the dialect put it. */
    static void medium(Part part, ObjectNode message, Consumer<ObjectNode> send, Consumer<ChatEvent.Notice> notices) {
        switch (part) {
            case Part.Audio audio
            when audio.source() instanceof Source.Bytes bytes -> {
                ObjectNode node = message.putObject("audio");
                if (audio.itemId() != null) node.put("id", audio.itemId());
                node.put("data", Base64.getEncoder().encodeToString(bytes.data()));
                node.put("transcript", audio.transcript() == null ? "" : audio.transcript());
            }
            case Part.Image image
            when image.source() instanceof Source.Bytes bytes -> {
                String type = bytes.mediaType() == null ? "image/png" : bytes.mediaType();
                String url = "data:" + type + ";base64," + Base64.getEncoder().encodeToString(bytes.data());
                image(message, url);
            }
            case Part.Image image when image.source() instanceof Source.Url url -> image(message, url.url());
            default -> {
                notices.accept(Notices.notShown(part));
                return;
            }
        }
        send.accept(message);
    }

    private static void image(ObjectNode message, String url) {
        ArrayNode images = message.get("images") instanceof ArrayNode there ? there : message.putArray("images");
        images.addObject().put("type", "image_url").putObject("image_url").put("url", url);
    }
}
