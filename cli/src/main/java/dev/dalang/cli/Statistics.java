package dev.dalang.cli;

import dev.dalang.api.ChatEvent;
import dev.dalang.api.FinishReason;
import dev.dalang.api.Timings;
import java.io.PrintStream;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Counts and speeds of an answer, in the words of Ollama's users. */
final class Statistics {
    private Statistics() {}

    /** The first answer with the time that opening the model took, which its user waited for too. */
    static ChatEvent.Finished withLoad(ChatEvent.Finished answer, Duration load) {
        Timings t = answer.timings();
        Duration first = t.timeToFirstToken();
        return new ChatEvent.Finished(
                answer.reason(),
                answer.stopSequence(),
                answer.usage(),
                new Timings(
                        t.total().plus(load),
                        load,
                        t.promptEval(),
                        t.generation(),
                        first == null ? null : first.plus(load)));
    }

    static void print(ChatEvent.Finished answer, PrintStream out) {
        int read = answer.usage().promptTokens() - answer.usage().cachedTokens();
        line(out, "total duration", Text.duration(answer.timings().total()));
        Duration load = answer.timings().load();
        if (load != null) line(out, "load duration", Text.duration(load));
        line(out, "prompt eval count", read + " token(s)");
        if (answer.usage().cachedTokens() > 0) {
            line(out, "prompt cached count", answer.usage().cachedTokens() + " token(s)");
        }
        phase(out, "prompt eval", read, answer.timings().promptEval());
        line(out, "eval count", answer.usage().completionTokens() + " token(s)");
        phase(out, "eval", answer.usage().completionTokens(), answer.timings().generation());
        out.flush();
    }

    /** The same as fields of Ollama's final object; durations in nanoseconds. */
    static Map<String, @Nullable Object> fields(ChatEvent.Finished answer) {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        fields.put("done_reason", reason(answer.reason()));
        fields.put("total_duration", answer.timings().total().toNanos());
        put(fields, "load_duration", answer.timings().load());
        fields.put("prompt_eval_count", answer.usage().promptTokens());
        fields.put("prompt_cached_count", answer.usage().cachedTokens());
        put(fields, "prompt_eval_duration", answer.timings().promptEval());
        fields.put("eval_count", answer.usage().completionTokens());
        put(fields, "eval_duration", answer.timings().generation());
        put(fields, "time_to_first_token", answer.timings().timeToFirstToken());
        return fields;
    }

    static String reason(FinishReason reason) {
        return switch (reason) {
            case END_OF_TURN, STOP_SEQUENCE -> "stop";
            case LENGTH, CONTEXT_FULL -> "length";
            case TOOL_CALLS -> "tool_calls";
            case CONTENT_FILTER -> "content_filter";
            case REFUSAL -> "refusal";
            case PAUSED -> "paused";
            case CANCELLED -> "cancelled";
        };
    }

    private static void put(Map<String, @Nullable Object> fields, String name, @Nullable Duration d) {
        if (d != null) fields.put(name, d.toNanos());
    }

    private static void phase(PrintStream out, String name, int tokens, @Nullable Duration d) {
        if (d == null) return;
        line(out, name + " duration", Text.duration(d));
        if (d.isPositive()) {
            line(out, name + " rate", Text.format("%.2f tokens/s", tokens / (d.toNanos() / 1e9)));
        }
    }

    private static void line(PrintStream out, String name, String value) {
        out.println(Text.format("%-21s %s", name + ":", value));
    }
}
