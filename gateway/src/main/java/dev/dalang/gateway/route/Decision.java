package dev.dalang.gateway.route;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Who would answer a request, and why.
 *
 * @param route the name's route
 * @param verdicts on each of its models: those that fit first, in the order in which they would be asked
 * @param keeper a model of this machine that answers where the rules let none of them have the request, or null
 */
public record Decision(
        Route route, List<Verdict> verdicts, @Nullable Verdict keeper) {

    /**
     * @param fits it may be asked
     * @param why in words: what speaks for its place, or against it
     */
    public record Verdict(String model, boolean fits, String why, Optional<Candidate> candidate) {}

    public Decision {
        verdicts = List.copyOf(verdicts);
    }

    public List<Verdict> fitting() {
        return verdicts.stream().filter(Verdict::fits).toList();
    }
}
