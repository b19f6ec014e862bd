package dev.dalang.engine.sample;

/**
 * The xoshiro256** generator of Blackman and Vigna ("Scrambled linear pseudorandom number generators", 2021), seeded
 * through SplitMix64 as its authors advise. Written out here because a seed must give the same answer on every JDK,
 * and the JDK promises that for {@code java.util.Random} alone.
 */
final class Xoshiro256StarStar {

    private long s0;
    private long s1;
    private long s2;
    private long s3;

    Xoshiro256StarStar(long seed) {
        seed(seed);
    }

    Xoshiro256StarStar(Xoshiro256StarStar other) {
        s0 = other.s0;
        s1 = other.s1;
        s2 = other.s2;
        s3 = other.s3;
    }

    void seed(long seed) {
        // Four outputs of SplitMix64 are never all zero, the one state that xoshiro cannot leave.
        s0 = splitMix(seed += 0x9e3779b97f4a7c15L);
        s1 = splitMix(seed += 0x9e3779b97f4a7c15L);
        s2 = splitMix(seed += 0x9e3779b97f4a7c15L);
        s3 = splitMix(seed + 0x9e3779b97f4a7c15L);
    }

    private static long splitMix(long z) {
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }

    long nextLong() {
        long result = Long.rotateLeft(s1 * 5, 7) * 9;
        long t = s1 << 17;
        s2 ^= s0;
        s3 ^= s1;
        s1 ^= s2;
        s0 ^= s3;
        s2 ^= t;
        s3 = Long.rotateLeft(s3, 45);
        return result;
    }

    /** Uniform in [0, 1), a multiple of 2^-53. */
    double nextDouble() {
        return (nextLong() >>> 11) * 0x1.0p-53;
    }
}
