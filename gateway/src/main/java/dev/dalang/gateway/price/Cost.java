package dev.dalang.gateway.price;

import dev.dalang.api.Usage;
import dev.dalang.ledger.Money;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Tokens times rates, in whole picodollars. */
public final class Cost {

    /** Counts in {@link Usage#other} that are part of prompt or answer and have rates of their own. */
    private static final String WRITE_LONG = "cache_write_1h_tokens";

    private static final String AUDIO_IN = "prompt_audio_tokens";
    private static final String AUDIO_OUT = "completion_audio_tokens";
    private static final String IMAGE_OUT = "completion_image_tokens";
    private static final String SEARCHES = "web_search_requests";

    /** What a request may make use of that has a rate of its own. */
    public enum Extra {
        CACHE_WRITE,
        CACHE_WRITE_LONG,
        AUDIO_INPUT,
        AUDIO_OUTPUT,
        IMAGE_OUTPUT,
        SEARCH
    }

    private Cost() {}

    /**
     * What an answer cost, or nothing where a rate that it needs is not known.
     *
     * @param tier that the provider says it served, else the one asked for
     * @param images pictures in the answer
     */
    public static Optional<Money> of(ModelPrice price, Usage usage, @Nullable String tier, int images) {
        Rates r = price.rates(tier, usage.promptTokens());
        if (r == null) return Optional.empty();
        long audioIn = other(usage, AUDIO_IN);
        long audioOut = other(usage, AUDIO_OUT);
        long imageOut = other(usage, IMAGE_OUT);
        long writeLong = other(usage, WRITE_LONG);
        long searches = other(usage, SEARCHES);
        boolean known = (audioIn == 0 || r.audioInput() != null)
                && (audioOut == 0 || r.audioOutput() != null)
                && (writeLong == 0 || r.cacheWriteLong() != null)
                && (searches == 0 || price.perSearch() != null);
        if (!known) return Optional.empty();
        if (images > 0 && imageOut == 0 && price.perImage() == null && r.imageOutput() != null) return Optional.empty();

        long cached = usage.cachedTokens();
        long write = Math.max(0, usage.cacheWriteTokens() - writeLong);
        long plain = Math.max(0, usage.promptTokens() - cached - usage.cacheWriteTokens() - audioIn);
        long said = Math.max(0, usage.completionTokens() - usage.reasoningTokens() - audioOut - imageOut);
        try {
            long sum = times(plain, r.input());
            sum = Math.addExact(sum, times(cached, r.cachedOrInput()));
            sum = Math.addExact(sum, times(write, r.cacheWriteOrInput()));
            sum = Math.addExact(sum, times(writeLong, orZero(r.cacheWriteLong())));
            sum = Math.addExact(sum, times(audioIn, orZero(r.audioInput())));
            sum = Math.addExact(sum, times(said, r.output()));
            sum = Math.addExact(sum, times(usage.reasoningTokens(), r.reasoningOrOutput()));
            sum = Math.addExact(sum, times(audioOut, orZero(r.audioOutput())));
            sum = Math.addExact(sum, times(imageOut, r.imageOutput() == null ? r.output() : r.imageOutput()));
            if (imageOut == 0) sum = Math.addExact(sum, times(images, orZero(price.perImage())));
            sum = Math.addExact(sum, times(searches, orZero(price.perSearch())));
            sum = Math.addExact(sum, orZero(price.perRequest()));
            return Optional.of(new Money(sum));
        } catch (ArithmeticException beyondCounting) {
            return Optional.empty();
        }
    }

    /**
     * The most that a request can cost: every token at the dearest rate that may apply, in every tier and band that may be
     * served. Nothing where it cannot be known.
     *
     * @param tier asked for; null and {@code auto} leave the choice to the provider
     */
    public static Optional<Money> worst(
            ModelPrice price, long promptTokens, long completionTokens, @Nullable String tier, Set<Extra> extras) {
        // How many searches there will be, nobody says beforehand.
        if (extras.contains(Extra.SEARCH)) return Optional.empty();
        boolean open = tier == null || tier.isEmpty() || tier.equals("auto");
        long worst = -1;
        if (open || ModelPrice.isUsual(tier)) {
            worst = Math.max(worst, worst(price.base(), promptTokens, completionTokens, extras));
            for (ModelPrice.Threshold t : price.above()) {
                if (promptTokens <= t.tokens()) break;
                long band = worst(t.rates(), promptTokens, completionTokens, extras);
                if (band < 0) return Optional.empty();
                worst = Math.max(worst, band);
            }
        }
        for (var other : price.tiers().entrySet()) {
            if (!open && !other.getKey().equals(tier)) continue;
            // A tier that the provider may choose for a long prompt has no stated rate: the dearest of both is not
            // known.
            long rate = worst(other.getValue(), promptTokens, completionTokens, extras);
            worst = Math.max(worst, rate);
        }
        if (worst < 0) return Optional.empty();
        try {
            return Optional.of(new Money(Math.addExact(worst, orZero(price.perRequest()))));
        } catch (ArithmeticException beyondCounting) {
            return Optional.empty();
        }
    }

    /** -1 where a rate is not known, or beyond counting. */
    private static long worst(Rates r, long prompt, long completion, Set<Extra> extras) {
        long in = Math.max(r.input(), r.cachedOrInput());
        if (extras.contains(Extra.CACHE_WRITE)) in = Math.max(in, r.cacheWriteOrInput());
        if (extras.contains(Extra.CACHE_WRITE_LONG)) {
            if (r.cacheWriteLong() != null) in = Math.max(in, r.cacheWriteLong());
            else in = Math.max(in, r.cacheWriteOrInput());
        }
        if (extras.contains(Extra.AUDIO_INPUT)) {
            if (r.audioInput() == null) return -1;
            in = Math.max(in, r.audioInput());
        }
        long out = Math.max(r.output(), r.reasoningOrOutput());
        if (extras.contains(Extra.AUDIO_OUTPUT)) {
            if (r.audioOutput() == null) return -1;
            out = Math.max(out, r.audioOutput());
        }
        if (r.imageOutput() != null) out = Math.max(out, r.imageOutput());
        try {
            return Math.addExact(times(prompt, in), times(completion, out));
        } catch (ArithmeticException beyondCounting) {
            return -1;
        }
    }

    private static long other(Usage usage, String name) {
        return Math.max(0, usage.other().getOrDefault(name, 0L));
    }

    private static long times(long tokens, long rate) {
        return Math.multiplyExact(tokens, rate);
    }

    private static long orZero(@Nullable Long value) {
        return value == null ? 0 : value;
    }
}
