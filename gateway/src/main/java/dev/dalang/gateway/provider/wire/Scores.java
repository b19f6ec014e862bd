package dev.dalang.gateway.provider.wire;

import dev.dalang.api.TokenScore;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Scores of tokens; what a provider leaves out is unknown. */
public final class Scores {
    private Scores() {}

    /** @param logprob not a number where it is missing */
    @SuppressWarnings("NullAway") // it does not read that a component which is an array may be null
    public static TokenScore of(int id, String text, JsonNode logprob, byte @Nullable [] bytes, List<TokenScore> top) {
        return new TokenScore(id, text, logprob.isNumber() ? logprob.floatValue() : Float.NaN, bytes, top);
    }
}
