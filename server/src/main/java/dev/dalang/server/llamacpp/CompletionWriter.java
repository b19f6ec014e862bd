package dev.dalang.server.llamacpp;

import dev.dalang.api.ChatEvent;
import dev.dalang.api.FinishReason;
import dev.dalang.api.Prompt;
import dev.dalang.api.Timings;
import dev.dalang.api.TokenScore;
import dev.dalang.api.Usage;
import dev.dalang.server.http.Answers;
import dev.dalang.server.http.Json;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * An answer of {@code /completion}: pieces with {@code "stop": false}, and an end that says all of the whole; or, where no
 * stream is wanted, the end alone with the whole text.
 */
final class CompletionWriter implements Consumer<ChatEvent> {

    private final int index;
    private final CompletionReader.Read read;
    private final Prompt prompt;
    private final Consumer<ObjectNode> out;
    private final StringBuilder text = new StringBuilder();
    private final List<TokenScore> all = new ArrayList<>();
    private final List<TokenScore> waiting = new ArrayList<>();
    private final List<ChatEvent.Notice> notices = new ArrayList<>();
    private final long start = System.nanoTime();

    /** @param index of the prompt among those of the request */
    CompletionWriter(int index, CompletionReader.Read read, Prompt prompt, Consumer<ObjectNode> out) {
        this.index = index;
        this.read = read;
        this.prompt = prompt;
        this.out = out;
    }

    @Override
    public void accept(ChatEvent event) {
        switch (event) {
            case ChatEvent.TextDelta e -> text(e.text());
            case ChatEvent.RefusalDelta e -> text(e.text());
            case ChatEvent.ReasoningDelta e -> text(e.text());
            case ChatEvent.TokenScores e -> {
                waiting.addAll(e.tokens());
                all.addAll(e.tokens());
            }
            case ChatEvent.PromptProgress e -> progress(e);
            case ChatEvent.Notice e -> notices.add(e);
            case ChatEvent.Finished e -> finish(e);
            default -> {
                // A prompt without messages gets no calls, media or citations.
            }
        }
    }

    private void text(String piece) {
        if (piece.isEmpty()) return;
        text.append(piece);
        if (!read.stream()) return;
        ObjectNode o = piece(piece, waiting);
        waiting.clear();
        out.accept(o);
    }

    private ObjectNode piece(String content, List<TokenScore> scores) {
        ObjectNode o = Json.object().put("index", index).put("content", content);
        if (read.tokens()) {
            ArrayNode ids = o.putArray("tokens");
            for (TokenScore s : scores) ids.add(s.id());
        } else {
            o.putArray("tokens");
        }
        o.put("stop", false);
        o.put("id_slot", -1);
        if (read.scores()) o.set("completion_probabilities", probabilities(scores));
        return o;
    }

    private void progress(ChatEvent.PromptProgress e) {
        if (!read.stream() || !read.progress()) return;
        ObjectNode o = piece("", List.of());
        o.putObject("prompt_progress")
                .put("total", e.total())
                .put("cache", 0)
                .put("processed", e.done())
                .put("time_ms", (System.nanoTime() - start) / 1e6);
        out.accept(o);
    }

    private void finish(ChatEvent.Finished e) {
        boolean stream = read.stream();
        ObjectNode o = piece(stream ? "" : text.toString(), stream ? waiting : all);
        o.put("stop", true);
        o.put("model", read.base().model());
        o.put("tokens_predicted", e.usage().completionTokens());
        o.put("tokens_evaluated", e.usage().promptTokens());
        o.put("tokens_cached", e.usage().promptTokens() + e.usage().completionTokens());
        o.set("generation_settings", settings());
        o.set("prompt", promptJson());
        o.put("has_new_line", text.indexOf("\n") >= 0);
        o.put("truncated", false);
        o.put("stop_type", stopType(e.reason()));
        o.put("stopping_word", e.stopSequence() == null ? "" : e.stopSequence());
        o.set("timings", timings(e.usage(), e.timings()));
        if (!notices.isEmpty()) {
            ArrayNode list = o.putArray("notices");
            for (ChatEvent.Notice n : notices) list.add(Answers.notice(n));
        }
        out.accept(read.fields() == null ? o : only(o, read.fields()));
    }

    private static String stopType(FinishReason reason) {
        return switch (reason) {
            case END_OF_TURN, TOOL_CALLS, REFUSAL, CONTENT_FILTER, PAUSED -> "eos";
            case STOP_SEQUENCE -> "word";
            case LENGTH, CONTEXT_FULL -> "limit";
            case CANCELLED -> "none";
        };
    }

    private ObjectNode settings() {
        ObjectNode o = Json.object();
        Integer most = read.base().maxTokens();
        o.put("n_predict", most == null ? -1 : most);
        o.put("stream", read.stream());
        if (read.base().sampling().temperature() != null)
            o.put("temperature", read.base().sampling().temperature());
        if (read.base().sampling().seed() != null)
            o.put("seed", read.base().sampling().seed());
        ArrayNode stop = o.putArray("stop");
        read.base().stop().forEach(stop::add);
        return o;
    }

    private JsonNode promptJson() {
        return switch (prompt) {
            case Prompt.Raw r -> tools.jackson.databind.node.StringNode.valueOf(r.text());
            case Prompt.Infill i -> tools.jackson.databind.node.StringNode.valueOf(i.prefix());
            case Prompt.Tokens t -> {
                ArrayNode ids = Json.array();
                for (int id : t.ids()) ids.add(id);
                yield ids;
            }
            case Prompt.Conversation c -> Json.array();
        };
    }

    private static ArrayNode probabilities(List<TokenScore> scores) {
        ArrayNode list = Json.array();
        for (TokenScore s : scores) {
            ObjectNode o = score(s);
            ArrayNode top = o.putArray("top_logprobs");
            for (TokenScore t : s.top()) top.add(score(t));
            list.add(o);
        }
        return list;
    }

    private static ObjectNode score(TokenScore s) {
        ObjectNode o = Json.object().put("id", s.id()).put("token", s.text());
        ArrayNode bytes = o.putArray("bytes");
        byte[] own = s.bytes();
        if (own != null) for (byte b : own) bytes.add(b & 0xff);
        return o.put("logprob", s.logprob());
    }

    private static ObjectNode timings(Usage u, Timings t) {
        ObjectNode o = Json.object();
        int read = Math.max(0, u.promptTokens() - u.cachedTokens());
        o.put("cache_n", u.cachedTokens());
        rate(o, "prompt", read, t.promptEval());
        rate(o, "predicted", u.completionTokens(), t.generation());
        return o;
    }

    private static void rate(ObjectNode o, String what, int n, @Nullable Duration d) {
        double ms = d == null ? 0 : d.toNanos() / 1e6;
        o.put(what + "_n", n).put(what + "_ms", ms);
        o.put(what + "_per_token_ms", n == 0 ? 0 : ms / n);
        o.put(what + "_per_second", ms == 0 ? 0 : n * 1000 / ms);
    }

    /** {@code a/b} names a field within a field. */
    private static ObjectNode only(ObjectNode whole, List<String> fields) {
        ObjectNode o = Json.object();
        for (String field : fields) {
            JsonNode at = whole;
            for (String step : field.split("/")) at = at.path(step);
            if (!at.isMissingNode()) o.set(field.substring(field.lastIndexOf('/') + 1), at);
        }
        return o;
    }
}
