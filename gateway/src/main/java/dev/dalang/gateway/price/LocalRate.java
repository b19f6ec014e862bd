package dev.dalang.gateway.price;

import dev.dalang.api.DalangException;
import dev.dalang.ledger.Money;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.time.Duration;

/**
 * What an hour of this machine costs, so that local answers stand beside hosted ones.
 *
 * @param watts drawn while it answers
 * @param tariff USD for a kilowatt hour
 * @param price USD that the machine cost
 * @param lifetimeHours over which its price is spread: hours in use, not hours on a shelf
 */
public record LocalRate(BigDecimal watts, BigDecimal tariff, BigDecimal price, long lifetimeHours) {

    private static final BigDecimal NANOS_PER_HOUR = BigDecimal.valueOf(3_600_000_000_000L);
    private static final BigDecimal MICROJOULES_PER_KWH = new BigDecimal("3600000000000");

    public LocalRate {
        for (BigDecimal b : new BigDecimal[] {watts, tariff, price}) {
            if (b.signum() < 0) throw DalangException.invalidRequest("a local rate cannot be below zero: " + b, null);
        }
        if (lifetimeHours < 1) throw DalangException.invalidRequest("a machine lives for at least an hour", null);
    }

    private BigDecimal amortisationPerHour() {
        return price.divide(BigDecimal.valueOf(lifetimeHours), MathContext.DECIMAL64);
    }

    /** USD an hour, at the stated power. */
    public BigDecimal perHour() {
        return watts.multiply(tariff)
                .divide(BigDecimal.valueOf(1000), MathContext.DECIMAL64)
                .add(amortisationPerHour());
    }

    /** What a share of the machine for so long costs, at the stated power. */
    public Money of(Duration busy) {
        return Money.ofUsd(perHour().multiply(hours(busy)));
    }

    /** The same, with energy that was measured in place of the stated power. */
    public Money of(Duration busy, long microjoules) {
        BigDecimal energy = BigDecimal.valueOf(microjoules)
                .divide(MICROJOULES_PER_KWH, MathContext.DECIMAL64)
                .multiply(tariff);
        return Money.ofUsd(energy.add(amortisationPerHour().multiply(hours(busy))));
    }

    private static BigDecimal hours(Duration d) {
        return BigDecimal.valueOf(d.toNanos()).divide(NANOS_PER_HOUR, 18, RoundingMode.CEILING);
    }
}
