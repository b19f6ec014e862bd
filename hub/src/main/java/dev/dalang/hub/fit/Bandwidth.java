package dev.dalang.hub.fit;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.LongAdder;

/**
 * The speed at which all cores together read memory that is in no cache.
 *
 * <p>Each thread walks through memory of its own in blocks of a millisecond or less and takes the time of each. The third
 * quartile counts: what slows many blocks down is some other program, and what makes few of them fast is a cache.
 */
public final class Bandwidth {

    /** Of all threads together: larger than any cache that is known. */
    private static final int BYTES = 256 << 20;

    private static final int LEAST_BYTES = 32 << 20;
    private static final int BLOCK = (4 << 20) / Long.BYTES;
    private static final double QUARTILE = 0.75;

    private Bandwidth() {}

    /**
     * Measures for about this long.
     *
     * @return bytes a second
     */
    public static double measure(int threads, Duration time) {
        LongAdder sums = new LongAdder();
        long nanos = time.toNanos();
        CyclicBarrier start = new CyclicBarrier(threads);
        double[] rates = new double[threads];
        List<Thread> all = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
            int index = t;
            all.add(Thread.ofPlatform().name("bandwidth-" + t).start(() -> {
                long[] data = new long[Math.max(LEAST_BYTES, BYTES / threads) / Long.BYTES];
                for (int i = 0; i < data.length; i++) data[i] = i;
                // Once without counting, so that the loop is compiled.
                sums.add(sum(data, 0, data.length));
                sums.add(sum(data, 0, data.length));
                await(start);
                rates[index] = rate(data, nanos, sums);
            }));
        }
        for (Thread t : all) join(t);
        // The sums are used, so that no compiler may leave the loops out.
        return sums.sum() == 42 ? 0 : Arrays.stream(rates).sum();
    }

    private static double rate(long[] data, long nanos, LongAdder sums) {
        List<Double> rates = new ArrayList<>();
        long from = System.nanoTime();
        long before = from;
        for (int at = 0; before - from < nanos || rates.isEmpty(); at = (at + BLOCK) % data.length) {
            int to = Math.min(data.length, at + BLOCK);
            sums.add(sum(data, at, to));
            long now = System.nanoTime();
            rates.add((to - at) * (double) Long.BYTES / Math.max(1, now - before) * 1e9);
            before = now;
        }
        rates.sort(null);
        return rates.get((int) (QUARTILE * (rates.size() - 1)));
    }

    /** Four sums, as one would wait for itself. */
    private static long sum(long[] data, int from, int to) {
        long a = 0;
        long b = 0;
        long c = 0;
        long d = 0;
        for (int i = from; i + 3 < to; i += 4) {
            a += data[i];
            b += data[i + 1];
            c += data[i + 2];
            d += data[i + 3];
        }
        return a + b + c + d;
    }

    private static void await(CyclicBarrier start) {
        try {
            start.await();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static void join(Thread t) {
        boolean interrupted = false;
        while (t.isAlive()) {
            try {
                t.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) Thread.currentThread().interrupt();
    }
}
