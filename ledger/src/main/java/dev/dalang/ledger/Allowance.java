package dev.dalang.ledger;

import dev.dalang.api.DalangException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How fast a subject may ask, and for which models; null and empty are "no limit".
 *
 * @param parallel requests at the same time
 * @param models names, or patterns with {@code *}
 */
public record Allowance(
        Subject subject,
        @Nullable Long requestsPerMinute,
        @Nullable Long tokensPerMinute,
        @Nullable Long parallel,
        List<String> models) {
    public Allowance {
        models = List.copyOf(models);
        check("requests per minute", requestsPerMinute);
        check("tokens per minute", tokensPerMinute);
        check("parallel requests", parallel);
        for (String m : models) {
            if (m.isBlank() || m.contains("\n")) {
                throw DalangException.invalidRequest("a model's name cannot be empty or of two lines", "models");
            }
        }
    }

    private static void check(String what, @Nullable Long value) {
        if (value != null && value < 1) {
            throw DalangException.invalidRequest(what + " must be at least 1, not " + value, null);
        }
    }
}
