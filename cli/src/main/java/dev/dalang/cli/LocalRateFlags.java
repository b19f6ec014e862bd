package dev.dalang.cli;

import dev.dalang.gateway.meter.Tariff;
import dev.dalang.gateway.price.LocalRate;
import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What the answers of this machine cost. */
final class LocalRateFlags {

    @Nullable
    @Option(names = "--power-watts", paramLabel = "W", description = "What this machine draws while it answers.")
    BigDecimal watts;

    @Nullable
    @Option(names = "--power-tariff", paramLabel = "USD", description = "The price of a kilowatt hour here.")
    BigDecimal tariff;

    @Nullable
    @Option(names = "--machine-price", paramLabel = "USD", description = "What this machine cost.")
    BigDecimal price;

    @Option(
            names = "--machine-hours",
            paramLabel = "N",
            defaultValue = "20000",
            description = "Hours of use over which its price is spread.")
    long hours = 20_000;

    /** Everybody's prices. */
    Tariff tariff(Surroundings around) {
        return new Tariff(MeterFlags.prices(around), rate());
    }

    /** Null where nothing is stated. */
    @Nullable
    LocalRate rate() {
        boolean stated = watts != null || tariff != null || price != null;
        return stated ? new LocalRate(orZero(watts), orZero(tariff), orZero(price), hours) : null;
    }

    private static BigDecimal orZero(@Nullable BigDecimal value) {
        return value == null ? BigDecimal.ZERO : value;
    }
}
