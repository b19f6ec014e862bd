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

    /** Whoever says to come again in years has a wrong clock; who means it says so again. */
    private static final Duration LONGEST_REST = Duration.ofHours(1);

    /** A latency that was measured so long ago is measured again. */
    static final Duration STALE = Duration.ofMinutes(10);

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
        private long measuredAt;
        private int asking;

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

        /** When it is true, one of the methods that say what came of it must follow. */
        boolean mayAsk() {
            if (rest() > 0 || !breaker.tryAcquirePermission()) return false;
            synchronized (this) {
                asking++;
            }
            return true;
        }

        void answered(long firstToken, long all) {
            breaker.onSuccess(all, TimeUnit.NANOSECONDS);
            synchronized (this) {
                asking--;
                coolUntil = Long.MIN_VALUE;
                if (firstToken < 0) return;
                // What is stale says nothing about now, so the new measure stands alone.
                firstTokenNanos = firstTokenNanos < 0 || stale()
                        ? (double) firstToken
                        : firstTokenNanos + NEWEST_SHARE * (firstToken - firstTokenNanos);
                measuredAt = nanos.getAsLong();
            }
        }

        /** Another answered sooner, after this one had said nothing for so long. */
        synchronized void slower(long atLeast) {
            if (firstTokenNanos >= atLeast && !stale()) return;
            firstTokenNanos = Math.max(firstTokenNanos, (double) atLeast);
            measuredAt = nanos.getAsLong();
        }

        private boolean stale() {
            return nanos.getAsLong() - measuredAt > STALE.toNanos();
        }

        /** It failed, by its own fault. */
        void failed(long all, Throwable why, Duration coolDown) {
            breaker.onError(all, TimeUnit.NANOSECONDS, why);
            over();
            cool(coolDown);
        }

        /** It said when to come again, or is at its limit: no fault. */
        void busy(Duration until) {
            breaker.releasePermission();
            over();
            cool(until.compareTo(LONGEST_REST) > 0 ? LONGEST_REST : until);
        }

        /** The request was wrong, or the caller left: that says nothing. */
        void nothingLearned() {
            breaker.releasePermission();
            over();
        }

        private synchronized void over() {
            asking--;
        }

        private synchronized void cool(Duration d) {
            long until = nanos.getAsLong() + d.toNanos();
            if (coolUntil == Long.MIN_VALUE || until - coolUntil > 0) coolUntil = until;
        }

        /**
         * Of late, in nanoseconds; empty where it has to be measured, for the first time or again: one request does that,
         * and to the others it is meanwhile as it was before, or the slowest of all.
         */
        synchronized OptionalLong firstToken() {
            boolean unknown = firstTokenNanos < 0 || stale();
            if (!unknown) return OptionalLong.of(Math.round(firstTokenNanos));
            if (asking == 0) return OptionalLong.empty();
            return OptionalLong.of(firstTokenNanos < 0 ? Long.MAX_VALUE : Math.round(firstTokenNanos));
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
