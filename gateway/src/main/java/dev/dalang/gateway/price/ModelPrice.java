package dev.dalang.gateway.price;

import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a hosted model costs, and how that is known.
 *
 * @param model {@code provider/model}
 * @param aliases further names of it
 * @param context the most tokens of prompt and answer, where it is known
 * @param maxOutput the most tokens of an answer, where it is known
 * @param base the usual rates
 * @param tiers rates of the provider's other service tiers: {@code batch}, {@code flex}, {@code priority}
 * @param above rates of requests whose prompt is longer than a threshold, by rising threshold; they hold for all tokens of
 *     the request, and are those of the usual tier
 * @param perRequest picodollars for a request, whatever its length, or null
 * @param perSearch picodollars for a search of the web that the provider runs, or null
 * @param perImage picodollars for a picture that the model makes, or null
 * @param source where the figures are from
 * @param date when they were seen there
 */
public record ModelPrice(
        String model,
        List<String> aliases,
        @Nullable Integer context,
        @Nullable Integer maxOutput,
        Rates base,
        Map<String, Rates> tiers,
        List<Threshold> above,
        @Nullable Long perRequest,
        @Nullable Long perSearch,
        @Nullable Long perImage,
        String source,
        LocalDate date) {

    /** Rates from a length of the prompt on: of prompts with more tokens than that. */
    public record Threshold(int tokens, Rates rates) {}

    public ModelPrice {
        aliases = List.copyOf(aliases);
        tiers = Map.copyOf(tiers);
        above = List.copyOf(above);
    }

    /**
     * The rates of a request, or null where they are not known: another tier's for a long prompt.
     *
     * @param tier the provider's word; null, {@code default}, {@code standard} and {@code on_demand} are the usual
     */
    public @Nullable Rates rates(@Nullable String tier, int promptTokens) {
        Rates band = null;
        for (Threshold t : above) if (promptTokens > t.tokens()) band = t.rates();
        if (isUsual(tier)) return band == null ? base : band;
        return band == null ? tiers.get(tier) : null;
    }

    static boolean isUsual(@Nullable String tier) {
        return tier == null
                || switch (tier) {
                    case "", "auto", "default", "standard", "standard_only", "on_demand" -> true;
                    default -> false;
                };
    }
}
