package dev.dalang.api;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A token of the answer and how likely it was.
 *
 * @param id the token's id, -1 where the provider does not tell
 * @param text its text; a token that is part of a character reads as U+FFFD
 * @param logprob natural logarithm of its probability, before sampling changed the distribution
 * @param bytes its bytes, or null where the provider does not tell
 * @param top the likeliest tokens at this place, best first, without alternatives of their own
 */
@SuppressWarnings("ArrayRecordComponent") // copied on the way in and out, compared by content
public record TokenScore(int id, String text, float logprob, byte @Nullable [] bytes, List<TokenScore> top) {
    public TokenScore {
        bytes = bytes == null ? null : bytes.clone();
        top = List.copyOf(top);
    }

    @Override
    public byte @Nullable [] bytes() {
        return bytes == null ? null : bytes.clone();
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof TokenScore t
                && id == t.id
                && text.equals(t.text)
                && Float.compare(logprob, t.logprob) == 0
                && Arrays.equals(bytes, t.bytes)
                && top.equals(t.top);
    }

    @Override
    public int hashCode() {
        return 31 * (31 * id + text.hashCode()) + Float.hashCode(logprob);
    }
}
