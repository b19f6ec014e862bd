package dev.dalang.gateway.meter;

import dev.dalang.api.ChatRequest;
import dev.dalang.api.Usage;
import dev.dalang.gateway.price.Cost;
import dev.dalang.gateway.price.LocalRate;
import dev.dalang.gateway.price.MachineShare;
import dev.dalang.gateway.price.ModelPrice;
import dev.dalang.gateway.price.PriceTable;
import dev.dalang.ledger.Money;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What answers cost: hosted ones by the price table, local ones by the machine's rate.
 *
 * @param local null where no rate is stated: local answers then cost nothing
 */
public record Tariff(PriceTable prices, @Nullable LocalRate local) {

    /** Slower than this no local answer is planned for: tokens written, and read, a second. */
    private static final long SLOWEST_WRITING = 1;

    private static final long SLOWEST_READING = 16;

    /** What is planned with where nothing is known: tokens of an answer, and written and read a second here. */
    private static final int USUAL_ANSWER = 500;

    private static final int USUAL_WRITING = 10;
    private static final int USUAL_READING = 100;

    /** What a model of which nothing is known may write at most. */
    private static final long NO_LIMIT = Integer.MAX_VALUE;

    String version() {
        return prices.version();
    }

    /** @param maxTokens the answer's limit, or null for the models' own */
    Quote quote(ChatRequest request, Plan plan, @Nullable Integer maxTokens) {
        PromptBound bound = PromptBound.of(request);
        Money worst = Money.ZERO;
        long worstTokens = 0;
        long worstCompletion = 0;
        String unknown = plan.targets().isEmpty() ? "nobody knows which model will answer" : null;
        for (Target t : plan.targets()) {
            Optional<ModelPrice> price = t.local() ? Optional.empty() : prices.find(t.model());
            long context = context(t, price);
            long prompt = Math.min(bound.tokens(), context);
            long completion = Math.min(completion(t, price, maxTokens), context);
            worstTokens = Math.max(worstTokens, prompt + completion);
            worstCompletion = Math.max(worstCompletion, completion);
            Optional<Money> most = t.local()
                    ? Optional.of(localWorst(prompt, completion))
                    : price.flatMap(p -> Cost.worst(p, prompt, completion, request.serviceTier(), bound.extras()));
            if (t.local() || prompt < NO_LIMIT && completion < NO_LIMIT && most.isPresent()) {
                if (most.get().compareTo(worst) > 0) worst = most.get();
            } else if (unknown == null) {
                unknown = price.isEmpty()
                        ? "the price of " + t.model() + " is not known"
                        : "the worst case of " + t.model() + " is not known: its limit on tokens, or a part's price";
            }
        }
        Money all = unknown == null ? worst.times(plan.attempts()) : null;
        return new Quote(all, unknown == null ? worst : null, worstTokens * plan.attempts(), worstCompletion, unknown);
    }

    /** The most tokens of prompt and answer, or null where it is not known. */
    public @Nullable Integer context(Target t) {
        if (t.context() != null) return t.context();
        return t.local()
                ? null
                : prices.find(t.model()).map(ModelPrice::context).orElse(null);
    }

    /** About how many tokens the prompt will be. */
    public static int promptEstimate(ChatRequest request) {
        return PromptBound.of(request).estimate();
    }

    /** About what an answer will cost, to compare models by; empty where that is not known. */
    public Optional<Money> estimate(ChatRequest request, Target t) {
        int prompt = promptEstimate(request);
        int completion = request.maxTokens() == null ? USUAL_ANSWER : Math.min(USUAL_ANSWER, request.maxTokens());
        if (!t.local()) {
            Usage usage = Usage.of(prompt, completion);
            return prices.find(t.model()).flatMap(p -> Cost.of(p, usage, request.serviceTier(), 0));
        }
        if (local == null) return Optional.of(Money.ZERO);
        return Optional.of(
                local.of(Duration.ofMillis(1000L * completion / USUAL_WRITING + 1000L * prompt / USUAL_READING)));
    }

    private static long context(Target t, Optional<ModelPrice> price) {
        if (t.context() != null) return t.context();
        Integer known = price.map(ModelPrice::context).orElse(null);
        return known == null ? NO_LIMIT : known;
    }

    private static long completion(Target t, Optional<ModelPrice> price, @Nullable Integer maxTokens) {
        if (maxTokens != null) return maxTokens;
        if (t.maxOutput() != null) return t.maxOutput();
        Integer known = price.map(ModelPrice::maxOutput).orElse(null);
        return known == null ? NO_LIMIT : known;
    }

    private Money localWorst(long prompt, long completion) {
        if (local == null) return Money.ZERO;
        long seconds = prompt / SLOWEST_READING + completion / SLOWEST_WRITING + 1;
        return local.of(Duration.ofSeconds(seconds));
    }

    /**
     * The most tokens that an answer may have within an amount, or -1 where not one fits.
     *
     * @param most what the answer would be limited to anyway
     */
    int completionWithin(ChatRequest request, Plan plan, Money limit, long tokenLimit, long most) {
        long low = 0;
        long high = Math.min(most, Integer.MAX_VALUE);
        while (low < high) {
            long middle = low + (high - low + 1) / 2;
            Quote q = quote(request, plan, (int) middle);
            boolean fits = q.money() != null && q.money().compareTo(limit) <= 0 && q.tokens() <= tokenLimit;
            if (fits) low = middle;
            else high = middle - 1;
        }
        return low == 0 ? -1 : (int) low;
    }

    /** What an answer cost; empty where that is not known. */
    Optional<Money> cost(Target t, Usage usage, @Nullable String tier, int images, MachineShare.@Nullable Used used) {
        if (!t.local()) return prices.find(t.model()).flatMap(p -> Cost.of(p, usage, tier, images));
        if (local == null || used == null) return Optional.of(Money.ZERO);
        return Optional.of(
                used.microjoules() == null ? local.of(used.time()) : local.of(used.time(), used.microjoules()));
    }
}
