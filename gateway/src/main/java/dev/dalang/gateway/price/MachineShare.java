package dev.dalang.gateway.price;

import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Divides the machine's time and energy among the requests that it works on at once. Time runs for all of them together:
 * while n are under way, each is charged a n-th of it, so the shares of all add up to what was used and nothing is charged
 * twice. Two running sums, of time and energy per request, tell each share as a difference (fair queueing's virtual time).
 */
public final class MachineShare {

    /** @param microjoules null where energy cannot be read */
    public record Used(Duration time, @Nullable Long microjoules) {}

    /** A request under way. */
    public final class Stay {
        private final double time;
        private final double energy;
        private boolean over;

        private Stay(double time, double energy) {
            this.time = time;
            this.energy = energy;
        }

        /** The share up to now. */
        public Used soFar() {
            synchronized (MachineShare.this) {
                advance();
                return used();
            }
        }

        /** The share, at the end; the machine's time goes to the others from here on. */
        public Used end() {
            synchronized (MachineShare.this) {
                advance();
                if (!over) active--;
                over = true;
                return used();
            }
        }

        private Used used() {
            Duration share = Duration.ofNanos(Math.round(timeEach - time));
            return new Used(share, meter == null ? null : Math.round(energyEach - energy));
        }
    }

    private final LongSupplier nanos;
    private final @Nullable LongSupplier meter;
    private int active;
    private long lastNanos;
    private long lastMicrojoules;
    private double timeEach;
    private double energyEach;

    /**
     * @param nanos a clock that is never set back
     * @param meter microjoules that the machine used since some moment, or null
     */
    public MachineShare(LongSupplier nanos, @Nullable LongSupplier meter) {
        this.nanos = nanos;
        this.meter = meter;
    }

    public synchronized Stay begin() {
        advance();
        active++;
        return new Stay(timeEach, energyEach);
    }

    private void advance() {
        long now = nanos.getAsLong();
        long energy = meter == null ? 0 : meter.getAsLong();
        if (active > 0) {
            timeEach += (double) (now - lastNanos) / active;
            energyEach += (double) Math.max(0, energy - lastMicrojoules) / active;
        }
        lastNanos = now;
        lastMicrojoules = energy;
    }
}
