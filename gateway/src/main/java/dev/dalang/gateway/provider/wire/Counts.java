package dev.dalang.gateway.provider.wire;

import dev.dalang.api.Usage;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A provider's counts on their way to a {@link Usage}. What cannot be right (negative, no whole number, more cached than
 * read, more than there can be) is remembered as {@link #odd}, and does not become a bill.
 */
public final class Counts {
    private static final int CHARACTERS_PER_TOKEN = 3;

    private final JsonNode usage;
    private @Nullable String odd;

    public Counts(JsonNode usage) {
        this.usage = usage;
    }

    /** The count at a dotted path; 0 where it is absent. */
    public int at(String path) {
        JsonNode value = usage;
        for (String step : path.split("\\.")) value = value.path(step);
        if (value.isMissingNode() || value.isNull()) return 0;
        // Some gateways write 12.0.
        double d = value.isNumber() ? value.doubleValue() : -1;
        if (!(d >= 0 && d <= Integer.MAX_VALUE) || d != Math.rint(d)) {
            if (odd == null) odd = path + " is " + clipped(value.toString());
            return 0;
        }
        return (int) d;
    }

    public boolean has(String path) {
        JsonNode value = usage;
        for (String step : path.split("\\.")) value = value.path(step);
        return !value.isMissingNode() && !value.isNull();
    }

    /** Puts the count under a name of {@link Usage#other} when there is one. */
    public void put(Map<String, Long> other, String name, String path) {
        int n = at(path);
        if (n != 0) other.put(name, (long) n);
    }

    /** Adds up, or remembers that there is too much of it. */
    public int sum(int... parts) {
        long all = 0;
        for (int p : parts) all += p;
        if (all <= Integer.MAX_VALUE) return (int) all;
        if (odd == null) odd = "the sum of the tokens is " + all;
        return Integer.MAX_VALUE;
    }

    public Usage usage(int prompt, int cached, int cacheWrite, int completion, int reasoning, Map<String, Long> other) {
        if ((long) prompt + completion > Integer.MAX_VALUE) {
            if (odd == null) odd = "the sum of the tokens is " + ((long) prompt + completion);
            return new Usage(0, 0, 0, 0, 0, other);
        }
        if (cached > prompt && odd == null) odd = cached + " tokens are cached of " + prompt;
        if (reasoning > completion && odd == null) odd = reasoning + " tokens are reasoning of " + completion;
        return new Usage(
                prompt, Math.min(cached, prompt), cacheWrite, completion, Math.min(reasoning, completion), other);
    }

    /** What is wrong with the counts, or null. */
    public @Nullable String odd() {
        return odd;
    }

    /** Hands the usage over, with a notice when the counts cannot be right. */
    public void deliver(Answer answer, Usage counted) {
        answer.usage(counted);
        if (odd != null) answer.doubtCounts(odd);
    }

    /** Rather too much than too little, and marked as what it is. */
    static Usage estimate(int promptCharacters, long characters) {
        Map<String, Long> other = new LinkedHashMap<>();
        other.put("estimated", 1L);
        return new Usage(
                promptCharacters / CHARACTERS_PER_TOKEN + 1,
                0,
                0,
                characters == 0 ? 0 : (int) Math.min(Integer.MAX_VALUE, characters / CHARACTERS_PER_TOKEN + 1),
                0,
                other);
    }

    private static String clipped(String text) {
        return text.length() > 40 ? text.substring(0, 40) + "…" : text;
    }
}
