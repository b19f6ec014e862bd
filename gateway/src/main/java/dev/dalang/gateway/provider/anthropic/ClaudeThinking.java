package dev.dalang.gateway.provider.anthropic;

import dev.dalang.api.ReasoningOptions;
import dev.dalang.api.ReasoningOptions.Effort;
import dev.dalang.gateway.provider.wire.Fields;
import java.util.Locale;
import java.util.regex.Pattern;
import tools.jackson.databind.node.ObjectNode;

/** How Claude is told to think: earlier models by a budget of tokens, later ones by effort ("adaptive"). */
public final class ClaudeThinking {
    private static final int LEAST_BUDGET = 1024;

    private static final Pattern BY_BUDGET =
            Pattern.compile("(?i).*claude-(3|(opus|sonnet|haiku)-4(-[015](\\b|-)|-2025|@|$)).*");

    private ClaudeThinking() {}

    /** @return the limit of the answer, which a budget of thinking is a part of */
    public static int write(ReasoningOptions t, String model, int most, boolean asked, Fields fields, ObjectNode out) {
        for (String name : new String[] {"enabled", "effort", "budget_tokens", "summary", "encrypted_content"}) {
            fields.take("reasoning." + name); // its signature is its sealed form, and comes always
        }
        if (t.off()) {
            out.putObject("thinking").put("type", "disabled");
            return most;
        }
        Effort effort = t.effort();
        Integer budget = t.budgetTokens();
        boolean byBudget = BY_BUDGET.matcher(model).matches();
        if (budget == null && byBudget && (effort != null || Boolean.TRUE.equals(t.enabled()))) {
            budget = budget(effort == null ? Effort.MEDIUM : effort);
            if (asked) budget = Math.max(LEAST_BUDGET, Math.min(budget, most - 1));
        }
        if (budget != null) {
            display(out.putObject("thinking").put("type", "enabled").put("budget_tokens", budget), t, byBudget);
            if (!asked) most = Math.max(most, budget + MessagesWriter.DEFAULT_MAX_TOKENS);
        } else if (effort != null || Boolean.TRUE.equals(t.enabled()) || t.summary() != null) {
            display(out.putObject("thinking").put("type", "adaptive"), t, byBudget);
        }
        if (effort != null && !byBudget) {
            Effort known = effort == Effort.MINIMAL ? Effort.LOW : effort;
            out.withObjectProperty("output_config").put("effort", known.name().toLowerCase(Locale.ROOT));
        }
        return most;
    }

    private static void display(ObjectNode thinking, ReasoningOptions t, boolean always) {
        if (t.summary() != null && !always) thinking.put("display", "summarized");
    }

    private static int budget(Effort effort) {
        return switch (effort) {
            case NONE, MINIMAL -> LEAST_BUDGET;
            case LOW -> 2 * LEAST_BUDGET;
            case MEDIUM -> 8 * LEAST_BUDGET;
            case HIGH -> 16 * LEAST_BUDGET;
            case XHIGH -> 24 * LEAST_BUDGET;
            case MAX -> 32 * LEAST_BUDGET;
        };
    }
}
