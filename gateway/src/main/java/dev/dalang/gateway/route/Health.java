package dev.dalang.gateway.route;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** How models have been of late: what fails is left alone for a while, what fails often for longer. */
final class Health {

    private static final int WINDOW = 20;
    private static final int LEAST_CALLS = 5;
    private static final float FAILURE_PERCENT = 50;
    private static final Duration OPEN = Duration.ofSeconds(30);
    private static final double NEWEST_SHARE = 0.2;

    private final LongSupplier nanos;
    private final CircuitBreakerConfig config;
    private final Map<String, State> states = new ConcurrentHashMap<>();

    /** @param nanos a clock that is never set back */
    Health(LongSupplier nanos) {
        this.nanos = nanos;
        this.config = CircuitBreakerConfig.custom()
                .slidingWindowType(CircuitBreakerConfig.SlidingWindowType.COUNT_BASED)
                .slidingWindowSize(WINDOW)
                .minimumNumberOfCalls(LEAST_CALLS)
                .failureRateThreshold(FAILURE_PERCENT)
                .waitDurationInOpenState(OPEN)
                .permittedNumberOfCallsInHalfOpenState(2)
                .clock(new Monotone(nanos))
                .build();
    }

    State of(String model) {
        return states.computeIfAbsent(model, m -> new State(CircuitBreaker.of(m, config)));
    }

    /** One model's. */
    final class State {
        private final CircuitBreaker breaker;
        private long coolUntil = Long.MIN_VALUE;
        private double firstTokenNanos = -1;

        private State(CircuitBreaker breaker) {
            this.breaker = breaker;
        }

        /** How long it is to be left alone, in nanoseconds; zero or less when it may be asked. */
        synchronized long rest() {
            return coolUntil == Long.MIN_VALUE ? 0 : coolUntil - nanos.getAsLong();
        }

        boolean isBroken() {
            // An open breaker turns half open only when it is asked, so its time is looked at by asking.
            if (breaker.getState() != CircuitBreaker.State.OPEN) return false;
            if (!breaker.tryAcquirePermission()) return true;
            breaker.releasePermission();
            return false;
        }

        boolean mayAsk() {
            return rest() <= 0 && breaker.tryAcquirePermission();
        }

        void answered(long firstToken, long all) {
            breaker.onSuccess(all, TimeUnit.NANOSECONDS);
            synchronized (this) {
                coolUntil = Long.MIN_VALUE;
                if (firstToken < 0) return;
                firstTokenNanos = firstTokenNanos < 0
                        ? firstToken
                        : firstTokenNanos + NEWEST_SHARE * (firstToken - firstTokenNanos);
            }
        }

        /** It failed, by its own fault. */
        void failed(long all, Throwable why, Duration coolDown) {
            breaker.onError(all, TimeUnit.NANOSECONDS, why);
            cool(coolDown);
        }

        /** It said when to come again, or is at its limit: no fault. */
        void busy(Duration until) {
            breaker.releasePermission();
            cool(until);
        }

        /** The request was wrong, or the caller left: that says nothing. */
        void nothingLearned() {
            breaker.releasePermission();
        }

        private synchronized void cool(Duration d) {
            long until = nanos.getAsLong() + d.toNanos();
            if (coolUntil == Long.MIN_VALUE || until - coolUntil > 0) coolUntil = until;
        }

        /** Of late, in nanoseconds; empty when it was not asked yet. */
        synchronized OptionalLong firstToken() {
            return firstTokenNanos < 0 ? OptionalLong.empty() : OptionalLong.of(Math.round(firstTokenNanos));
        }
    }

    /** Time for the breakers, which a clock that is set does not move. */
    private static final class Monotone extends Clock {
        private final LongSupplier nanos;

        Monotone(LongSupplier nanos) {
            this.nanos = nanos;
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return Instant.EPOCH.plusNanos(nanos.getAsLong());
        }
    }
}
