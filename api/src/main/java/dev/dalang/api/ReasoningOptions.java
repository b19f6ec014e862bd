package dev.dalang.api;

import org.jspecify.annotations.Nullable;

/**
 * How much a model may think before it answers. All null is the model's default.
 *
 * @param enabled think or do not, for models that can be told; null leaves it to the model and to the other two
 * @param effort in words
 * @param budgetTokens in tokens, at most
 * @param summary whether to show a summary of reasoning that is not shown itself: {@code auto}, {@code concise},
 *     {@code detailed}, or null for none
 * @param includeEncrypted give the reasoning back in its provider's sealed form, for callers that keep the state
 */
public record ReasoningOptions(
        @Nullable Boolean enabled,
        @Nullable Effort effort,
        @Nullable Integer budgetTokens,
        @Nullable String summary,
        boolean includeEncrypted) {

    /** Whatever the model does by itself. */
    public static final ReasoningOptions DEFAULT = new ReasoningOptions(null, null, null, null, false);

    /** In ascending order. */
    public enum Effort {
        NONE,
        MINIMAL,
        LOW,
        MEDIUM,
        HIGH,
        XHIGH,
        MAX
    }

    public ReasoningOptions {
        Checks.atLeast("reasoning.budget_tokens", budgetTokens, 0);
        if (Boolean.FALSE.equals(enabled) && effort != null && effort != Effort.NONE) {
            throw Checks.invalid("reasoning.effort", "reasoning is off, yet an effort is asked for");
        }
    }

    public static ReasoningOptions of(boolean enabled) {
        return new ReasoningOptions(enabled, null, null, null, false);
    }

    public static ReasoningOptions of(Effort effort) {
        return new ReasoningOptions(null, effort, null, null, false);
    }

    /** The caller asked, in one way or another, for no thinking. */
    public boolean off() {
        return Boolean.FALSE.equals(enabled) || effort == Effort.NONE || (budgetTokens != null && budgetTokens == 0);
    }
}
