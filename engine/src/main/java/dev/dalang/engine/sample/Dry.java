package dev.dalang.engine.sample;

import dev.dalang.engine.text.PatternAutomaton;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * DRY, "don't repeat yourself" (p-e-w, oobabooga/text-generation-webui#5677): a token that would carry on a repetition
 * of what stands at the end of the context is pushed down, the harder the longer the repetition already is.
 *
 * <p>Let L(t) be the length of the longest suffix of the last n tokens that also occurs earlier among them followed by
 * t. If L(t) ≥ allowedLength, the logit of t falls by multiplier · base^(L(t) - allowedLength). A repetition never
 * reaches back over a sequence breaker (a line break, a colon, a quote), and a token that itself holds one is never
 * pushed down: what ends a sequence may always come.
 *
 * <p>Breakers are looked for in the text, across token boundaries. (llama.cpp and KoboldCpp tokenise the part of the
 * breaker that follows a token; that gives the same answer for a breaker within one token, which nearly all are.)
 *
 * <p>All the suffix lengths come from one pass of the Z algorithm (Gusfield 1997, section 1.4) over the reversed
 * window: O(n) a token.
 */
final class Dry {

    /** ln of the largest float: a longer repetition is punished like one that reaches it. */
    private static final double FLOAT_MAX_LOG = 88.7228391;

    private final SamplerSettings.Dry settings;
    private final @Nullable TokenBytes bytes;
    private final @Nullable PatternAutomaton breakers;
    private final TokenHistory history;
    /** Tokens since the last one in which a breaker ended. */
    private int sinceBreaker;
    /** State of {@link #breakers} at the end of the history. */
    private int state;

    private int[] matched = {};
    /** Token in the high half, repetition length in the low one. */
    private long[] repeats = {};

    Dry(SamplerSettings.Dry settings, @Nullable TokenBytes bytes) {
        this.settings = settings;
        this.bytes = bytes;
        List<String> texts = settings.breakers().stream()
                .map(s -> new String(s.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1))
                .toList();
        this.breakers = texts.isEmpty() || bytes == null ? null : PatternAutomaton.ofStrings(texts);
        this.history = new TokenHistory(settings.lastN());
    }

    Dry(Dry other) {
        settings = other.settings;
        bytes = other.bytes;
        breakers = other.breakers;
        history = new TokenHistory(other.history);
        sinceBreaker = other.sinceBreaker;
        state = other.state;
    }

    void accept(int token) {
        history.add(token);
        sinceBreaker++;
        if (breakers == null || bytes == null) return;
        for (byte b : bytes.of(token)) {
            state = breakers.next(state, b & 0xff);
            if (breakers.longestMatch(state) >= 0) sinceBreaker = 0;
        }
    }

    void apply(float[] logits) {
        int n = history.size();
        int limit = Math.min(n, sinceBreaker);
        if (n <= settings.allowedLength() || limit < settings.allowedLength()) return;
        measureSuffixes(n);

        int found = 0;
        if (repeats.length < n) repeats = new long[n];
        for (int back = 1; back < n; back++) {
            int length = Math.min(matched[back], limit);
            // The token after the earlier occurrence is one nearer to the end than its last token.
            if (length >= settings.allowedLength() && length > 0) {
                repeats[found++] = ((long) history.back(back - 1) << 32) | length;
            }
        }
        Arrays.sort(repeats, 0, found);
        for (int i = 0; i < found; i++) {
            int token = (int) (repeats[i] >>> 32);
            boolean longest = i + 1 == found || (int) (repeats[i + 1] >>> 32) != token;
            if (longest && !holdsBreaker(token)) logits[token] -= penalty((int) repeats[i]);
        }
    }

    private float penalty(int length) {
        int exponent = length - settings.allowedLength();
        if (settings.base() > 1.000001f) {
            exponent = Math.min(exponent, (int) (FLOAT_MAX_LOG / StrictMath.log(settings.base())));
        }
        double penalty = settings.multiplier() * StrictMath.pow(settings.base(), exponent);
        return (float) Math.min(penalty, Float.MAX_VALUE);
    }

    private boolean holdsBreaker(int token) {
        if (breakers == null || bytes == null) return false;
        int s = PatternAutomaton.START;
        for (byte b : bytes.of(token)) {
            s = breakers.next(s, b & 0xff);
            if (breakers.longestMatch(s) >= 0) return true;
        }
        return false;
    }

    /** {@code matched[k]}: how many tokens before (and with) the k-th from the end equal those at the very end. */
    private void measureSuffixes(int n) {
        if (matched.length < n) matched = new int[Math.max(n, 64)];
        matched[0] = n;
        int left = 0;
        int right = 0; // [left, right) is the match that reaches furthest back
        for (int k = 1; k < n; k++) {
            int length = k < right ? Math.min(matched[k - left], right - k) : 0;
            while (k + length < n && history.back(length) == history.back(k + length)) length++;
            matched[k] = length;
            if (k + length > right) {
                left = k;
                right = k + length;
            }
        }
    }

    void reset() {
        history.clear();
        sinceBreaker = 0;
        state = PatternAutomaton.START;
    }
}
