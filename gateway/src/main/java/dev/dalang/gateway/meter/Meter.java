package dev.dalang.gateway.meter;

import dev.dalang.gateway.price.MachineShare;
import dev.dalang.ledger.Book;
import java.time.Clock;
import java.util.function.LongSupplier;

/**
 * What all metered models of a process share.
 *
 * @param limits how fast each may ask
 * @param share the machine's time and energy among local answers
 * @param policy what an unknown price means, and what is kept
 * @param clock the time of day, which may be set back
 * @param nanos the clock for durations, which is not
 */
public record Meter(
        Book books,
        Tariff tariff,
        RateLimits limits,
        MachineShare share,
        MeterPolicy policy,
        Clock clock,
        LongSupplier nanos) {}
