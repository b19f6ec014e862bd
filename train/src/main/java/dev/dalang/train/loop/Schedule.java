package dev.dalang.train.loop;

/**
 * The learning rate over a run. All three begin with a linear warm-up: step s of {@code warmup} (from 0) has the rate
 * {@code peak·(s+1)/warmup}.
 */
public sealed interface Schedule {

    /** The highest rate. */
    double peak();

    /** Steps until the rate is highest. */
    long warmup();

    /** The rate of step {@code step}, from 0, of a run of {@code steps}. */
    default double rate(long step, long steps) {
        return step < warmup() ? peak() * (step + 1) / warmup() : afterWarmup(step, steps);
    }

    /** The rate of a step after the warm-up. */
    double afterWarmup(long step, long steps);

    private static void check(double peak, long warmup, double floor) {
        if (!(peak > 0 && peak <= 10)) throw TrainingSettings.wrong("rate", peak, "between 0 and 10");
        if (warmup < 0) throw TrainingSettings.wrong("warmup", warmup, "0 or more");
        if (!(floor >= 0 && floor <= 1)) throw TrainingSettings.wrong("floor", floor, "between 0 and 1");
    }

    /** The same rate to the end. */
    record Constant(double peak, long warmup) implements Schedule {
        public Constant {
            check(peak, warmup, 0);
        }

        @Override
        public double afterWarmup(long step, long steps) {
            return peak;
        }
    }

    /**
     * Half a cosine from the peak to {@code floor} times the peak (Loshchilov and Hutter 2017, arXiv:1608.03983, without
     * restarts): with p the share of the steps after the warm-up that are over, {@code peak·(floor + (1-floor)·(1+cos πp)/2)}.
     */
    record Cosine(double peak, long warmup, double floor) implements Schedule {
        public Cosine {
            check(peak, warmup, floor);
        }

        @Override
        public double afterWarmup(long step, long steps) {
            double over = Math.min(1, (double) (step - warmup) / (steps - warmup));
            return peak * (floor + (1 - floor) * 0.5 * (1 + Math.cos(Math.PI * over)));
        }
    }

    /**
     * Warm-up, stable, decay (Hu et al. 2024, arXiv:2404.06395): the peak until {@code decay} steps are left, then in a
     * straight line towards {@code floor} times the peak, which would be the rate of the step after the last.
     */
    record WarmupStableDecay(double peak, long warmup, long decay, double floor) implements Schedule {
        public WarmupStableDecay {
            check(peak, warmup, floor);
            if (decay < 1) throw TrainingSettings.wrong("decay", decay, "1 or more");
        }

        @Override
        public double afterWarmup(long step, long steps) {
            long left = Math.max(0, steps - step);
            if (left >= decay) return peak;
            return peak * (floor + (1 - floor) * left / decay);
        }
    }
}
