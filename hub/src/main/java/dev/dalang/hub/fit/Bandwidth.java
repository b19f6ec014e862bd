package dev.dalang.hub.fit;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.LongAdder;

/** The speed at which all cores together read memory that is in no cache. */
public final class Bandwidth {

    /** Of each thread: larger than its share of any cache that is known. */
    private static final int BYTES = 64 << 20;

    private Bandwidth() {}

    /**
     * Measures for about this long.
     *
     * @return bytes a second
     */
    public static double measure(int threads, Duration time) {
        LongAdder bytes = new LongAdder();
        LongAdder sums = new LongAdder();
        long nanos = time.toNanos();
        CyclicBarrier start = new CyclicBarrier(threads);
        double[] seconds = new double[threads];
        List<Thread> all = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
            int index = t;
            all.add(Thread.ofPlatform().name("bandwidth-" + t).start(() -> {
                long[] data = new long[BYTES / Long.BYTES];
                for (int i = 0; i < data.length; i++) data[i] = i;
                // Once without counting, so that the loop is compiled.
                sums.add(sum(data));
                sums.add(sum(data));
                await(start);
                long from = System.nanoTime();
                long now;
                do {
                    sums.add(sum(data));
                    bytes.add(BYTES);
                    now = System.nanoTime();
                } while (now - from < nanos);
                seconds[index] = (now - from) / 1e9;
            }));
        }
        double longest = 0;
        for (Thread t : all) join(t);
        for (double s : seconds) longest = Math.max(longest, s);
        // The sums are used, so that no compiler may leave the loops out.
        if (sums.sum() == 42) return 0;
        return longest == 0 ? 0 : bytes.sum() / longest;
    }

    /** Four sums, as one would wait for itself. */
    private static long sum(long[] data) {
        long a = 0;
        long b = 0;
        long c = 0;
        long d = 0;
        for (int i = 0; i + 3 < data.length; i += 4) {
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
