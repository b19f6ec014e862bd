package dev.dalang.server.responses;

import dev.dalang.api.ChatEvent;
import dev.dalang.api.Failure;
import dev.dalang.api.FinishReason;
import dev.dalang.api.Part;
import dev.dalang.api.Source;
import dev.dalang.api.Usage;
import dev.dalang.server.http.Json;
import dev.dalang.server.openai.Notices;
import dev.dalang.server.openai.Scores;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * One answer as a response: its events as the dialect streams them, and the response object that they add up to. Whole and
 * streamed responses both come from here, so that they cannot differ.
 *
 * <p>Items come one after the other, except that calls of tools may be written side by side. Each event has a type and a
 * number that counts up. Not for use by several threads at once.
 */
final class ResponseEvents implements Consumer<ChatEvent> {

    private final ObjectNode response;
    private final ArrayNode output;
    private final Consumer<ObjectNode> out;
    private final boolean logprobs;
    private final List<ChatEvent.Notice> notices = new ArrayList<>();
    private final Map<Integer, CallItem> calls = new HashMap<>();
    private @Nullable TextItem text;
    private @Nullable ReasoningItem reasoning;
    private final Scores scores = new Scores();
    private int sequence;
    private boolean announced;

    /**
     * @param response the response as it stands, which is filled in
     * @param logprobs scores of tokens were asked for
     * @param out takes the events
     */
    ResponseEvents(ObjectNode response, boolean logprobs, Consumer<ObjectNode> out) {
        this.response = response;
        this.output = response.putArray("output");
        this.logprobs = logprobs;
        this.out = out;
    }

    /** The response as it stands. */
    ObjectNode response() {
        return response.deepCopy();
    }

    /** The response waits for its turn. */
    void queued() {
        response.put("status", "queued");
        announce();
        whole("response.queued");
    }

    private void announce() {
        if (!announced) whole("response.created");
        announced = true;
    }

    /** Whether nothing more can come. */
    static boolean isOver(ObjectNode response) {
        return !List.of("queued", "in_progress")
                .contains(response.path("status").asString(""));
    }

    @Override
    public void accept(ChatEvent event) {
        switch (event) {
            case ChatEvent.Started e -> begin(e);
            case ChatEvent.TextStarted e -> {
                closeSpoken();
                text = new TextItem(this, e.itemId(), e.phase());
            }
            case ChatEvent.TextDelta e -> {
                if (!e.text().isEmpty()) text().text(e.text(), scores.take(e.text()));
            }
            case ChatEvent.TextAnnotation e -> text().annotation(Json.parse(e.json()));
            case ChatEvent.RefusalDelta e -> {
                scores.drop();
                text().refusal(e.text());
            }
            case ChatEvent.ReasoningDelta e -> {
                scores.drop();
                if (!e.text().isEmpty()) reasoning().text(e.text());
            }
            case ChatEvent.ReasoningSignature e -> {
                reasoning().sealed(e.signature(), e.itemId());
                closeReasoning();
            }
            case ChatEvent.ReasoningRedacted e -> {
                closeSpoken();
                closeReasoning();
                reasoning().sealed(e.data(), e.itemId());
                closeReasoning();
            }
            case ChatEvent.ToolCallStarted e -> {
                scores.drop();
                closeSpoken();
                closeReasoning();
                calls.put(e.index(), new CallItem(this, e));
            }
            case ChatEvent.ToolCallDelta e -> {
                scores.drop();
                call(e.index()).delta(e.arguments());
            }
            case ChatEvent.ToolCallFinished e -> call(e.index()).close("completed");
            case ChatEvent.MediaPart e -> medium(e.part());
            case ChatEvent.OpaquePart e -> opaque(e.part());
            case ChatEvent.TokenScores e -> {
                if (logprobs) scores.add(e.tokens());
            }
            case ChatEvent.Notice e -> notices.add(e);
            case ChatEvent.PromptProgress e -> {}
            case ChatEvent.Finished e -> finish(e);
        }
    }

    /** The answer ended in a failure: an event of this dialect, since the status of HTTP is out already. */
    void failed(Failure failure) {
        closeAll("incomplete");
        response.put("status", "failed");
        response.putObject("error").put("code", code(failure)).put("message", failure.message());
        whole("response.failed");
    }

    private static String code(Failure failure) {
        return switch (failure) {
            case Failure.RateLimited f -> "rate_limit_exceeded";
            case Failure.BudgetExceeded f -> "rate_limit_exceeded";
            case Failure.InvalidRequest f -> "invalid_prompt";
            case Failure.ContextOverflow f -> "invalid_prompt";
            case Failure.ContentPolicy f -> "invalid_prompt";
            case Failure.Unsupported f -> "invalid_prompt";
            default -> "server_error";
        };
    }

    // ------------------------------------------------------------------ beginning and end

    private void begin(ChatEvent.Started e) {
        response.put("status", "in_progress").put("model", e.model());
        announce();
        whole("response.in_progress");
    }

    private void finish(ChatEvent.Finished e) {
        boolean cut = e.reason() != FinishReason.END_OF_TURN
                && e.reason() != FinishReason.TOOL_CALLS
                && e.reason() != FinishReason.STOP_SEQUENCE
                && e.reason() != FinishReason.REFUSAL
                && e.reason() != FinishReason.PAUSED;
        closeAll(cut ? "incomplete" : "completed");
        String status = e.reason() == FinishReason.CANCELLED ? "cancelled" : cut ? "incomplete" : "completed";
        response.put("status", status);
        if (status.equals("completed"))
            response.put("completed_at", Instant.now().getEpochSecond());
        if (status.equals("incomplete")) {
            boolean filtered = e.reason() == FinishReason.CONTENT_FILTER;
            response.putObject("incomplete_details").put("reason", filtered ? "content_filter" : "max_output_tokens");
        }
        response.set("usage", usage(e.usage()));
        e.details().forEach((name, json) -> {
            if (name.equals("service_tier") || !response.has(name)) response.set(name, Json.parse(json));
        });
        Notices.write(response, notices);
        whole(status.equals("completed") ? "response.completed" : "response.incomplete");
    }

    private static ObjectNode usage(Usage usage) {
        ObjectNode node = Json.object().put("input_tokens", usage.promptTokens());
        node.putObject("input_tokens_details")
                .put("cached_tokens", usage.cachedTokens())
                .put("cache_write_tokens", usage.cacheWriteTokens());
        node.put("output_tokens", usage.completionTokens());
        node.putObject("output_tokens_details").put("reasoning_tokens", usage.reasoningTokens());
        return node.put("total_tokens", usage.totalTokens());
    }

    // ------------------------------------------------------------------ items

    private TextItem text() {
        closeReasoning();
        TextItem item = text;
        if (item == null) {
            item = new TextItem(this, null, null);
            text = item;
        }
        return item;
    }

    private ReasoningItem reasoning() {
        closeSpoken();
        ReasoningItem item = reasoning;
        if (item == null) {
            item = new ReasoningItem(this);
            reasoning = item;
        }
        return item;
    }

    private CallItem call(int index) {
        CallItem item = calls.get(index);
        if (item == null) throw new IllegalStateException("tool call " + index + " never started");
        return item;
    }

    private void medium(Part part) {
        closeSpoken();
        closeReasoning();
        if (part instanceof Part.Image image && image.source() instanceof Source.Bytes bytes) {
            ObjectNode item = Json.object()
                    .put("type", "image_generation_call")
                    .put("id", Ids.next("ig"))
                    .put("status", "completed")
                    .put("result", Base64.getEncoder().encodeToString(bytes.data()));
            done(add(item), item);
        } else {
            notices.add(Notices.notShown(part));
        }
    }

    private void opaque(Part.Opaque part) {
        closeSpoken();
        closeReasoning();
        if (part.provider().equals("openai") && Json.parse(part.json()) instanceof ObjectNode item) {
            if (item.get("id") == null) item.put("id", Ids.next("item"));
            done(add(item), item);
        } else {
            notices.add(Notices.notShown(part));
        }
    }

    private void closeSpoken() {
        if (text != null) text.close("completed");
        text = null;
    }

    private void closeReasoning() {
        if (reasoning != null) reasoning.close("completed");
        reasoning = null;
    }

    private void closeAll(String status) {
        if (text != null) text.close(status);
        if (reasoning != null) reasoning.close(status);
        for (CallItem call : calls.values()) call.close(status);
        text = null;
        reasoning = null;
    }

    // ------------------------------------------------------------------ for the items

    /** Begins an item; returns its place. */
    int add(ObjectNode item) {
        output.add(item);
        int index = output.size() - 1;
        ObjectNode event = event("response.output_item.added").put("output_index", index);
        event.set("item", item.deepCopy());
        out.accept(event);
        return index;
    }

    void done(int index, ObjectNode item) {
        ObjectNode event = event("response.output_item.done").put("output_index", index);
        event.set("item", item.deepCopy());
        out.accept(event);
    }

    /** An event about an item. */
    void send(String type, ObjectNode item, int index, Consumer<ObjectNode> fill) {
        ObjectNode event =
                event(type).put("item_id", item.path("id").asString("")).put("output_index", index);
        fill.accept(event);
        out.accept(event);
    }

    private void whole(String type) {
        ObjectNode event = event(type);
        event.set("response", response());
        out.accept(event);
    }

    private ObjectNode event(String type) {
        return Json.object().put("type", type).put("sequence_number", sequence++);
    }
}
