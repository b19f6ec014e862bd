package dev.dalang.net;

/** Shares a number of bytes a second among all connections: whoever read has to wait until the bytes were due. */
final class Bandwidth {
    private static final long SECOND_NANOS = 1_000_000_000L;
    /** A pause earns nothing beyond this. */
    private static final long BURST_NANOS = SECOND_NANOS / 4;

    private final long bytesPerSecond;
    private long freeAt = System.nanoTime();

    /** @param bytesPerSecond 0 for no limit */
    Bandwidth(long bytesPerSecond) {
        this.bytesPerSecond = bytesPerSecond;
    }

    /** The most to read at once, so that a slow limit does not come in lumps. */
    int portion(int wanted) {
        return bytesPerSecond == 0 ? wanted : (int) Math.max(1, Math.min(wanted, bytesPerSecond / 8));
    }

    /** Waits; an interrupt ends the waiting and stays set. */
    void took(int bytes) {
        if (bytesPerSecond == 0) return;
        long wait;
        synchronized (this) {
            long now = System.nanoTime();
            freeAt = Math.max(freeAt, now - BURST_NANOS) + Math.round(bytes * (double) SECOND_NANOS / bytesPerSecond);
            wait = freeAt - now;
        }
        if (wait <= 0) return;
        try {
            Thread.sleep(wait / 1_000_000, (int) (wait % 1_000_000));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
