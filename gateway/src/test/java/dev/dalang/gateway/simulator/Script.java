package dev.dalang.gateway.simulator;

import java.util.ArrayList;
import java.util.List;

/**
 * What a simulated model says, in no provider's words yet.
 *
 * @param steps in order
 * @param end why it stops
 * @param cached of the prompt's tokens
 */
public record Script(List<Step> steps, End end, int cached) {

    /** A piece of an answer. */
    public sealed interface Step {}

    public record Say(String text) implements Step {}

    /** Reasoning, in one stretch; {@code signature} proves it. */
    public record Think(String text, String signature) implements Step {}

    /** A tool call; its arguments come in pieces. */
    public record Call(String id, String name, List<String> arguments) implements Step {}

    public record Refuse(String text) implements Step {}

    public enum End {
        TURN,
        LENGTH,
        FILTER,
        STOP_STRING
    }

    public Script {
        steps = List.copyOf(steps);
    }

    public static Script saying(String... pieces) {
        List<Step> steps = new ArrayList<>();
        for (String p : pieces) steps.add(new Say(p));
        return new Script(steps, End.TURN, 0);
    }

    public static Script of(Step... steps) {
        return new Script(List.of(steps), End.TURN, 0);
    }

    public Script ending(End other) {
        return new Script(steps, other, cached);
    }

    public Script cached(int tokens) {
        return new Script(steps, end, tokens);
    }

    public boolean calls() {
        return steps.stream().anyMatch(Call.class::isInstance);
    }

    public boolean refuses() {
        return steps.stream().anyMatch(Refuse.class::isInstance);
    }

    /** One token for each word of what is said, thought or called. */
    public int tokens() {
        return steps.stream().mapToInt(Script::tokens).sum();
    }

    public int reasoningTokens() {
        return steps.stream()
                .filter(Think.class::isInstance)
                .mapToInt(Script::tokens)
                .sum();
    }

    private static int tokens(Step step) {
        return switch (step) {
            case Say s -> words(s.text());
            case Think t -> words(t.text());
            case Refuse r -> words(r.text());
            case Call c -> 1 + c.arguments().size();
        };
    }

    private static int words(String text) {
        return text.isBlank() ? 1 : text.strip().split("\\s+").length;
    }
}
