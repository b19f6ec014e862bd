package dev.dalang.train.loop;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryUsage;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What this process takes besides the numbers that it computes with: the JVM, its heap with the data, loaded code.
 *
 * @param now bytes that it has in memory at this time
 * @param later bytes that it will take by and by, whatever it computes
 */
public record ProcessMemory(long now, long later) {

    /** Code that the JIT has yet to make, the compilers' own memory, and the stacks of threads; as measured. */
    private static final long CODE = 96L << 20;

    /** Where the system does not say what the process takes. */
    private static final long UNKNOWN = 128L << 20;

    private static final Path STATUS = Path.of("/proc/self/status");
    private static final String RESIDENT = "VmRSS:";

    public static ProcessMemory measure() {
        return new ProcessMemory(resident(), eden() + CODE);
    }

    public long total() {
        return now + later;
    }

    private static long resident() {
        try {
            for (String line : Files.readAllLines(STATUS)) {
                if (line.startsWith(RESIDENT)) {
                    return Long.parseLong(line.substring(RESIDENT.length()).replaceAll("\\D", "")) << 10;
                }
            }
        } catch (IOException | NumberFormatException e) {
            // Not Linux: what the heap has is all that is known.
        }
        return Runtime.getRuntime().totalMemory() + UNKNOWN;
    }

    /** The part of the heap where objects are made: all of it is used once before the first collection. */
    private static long eden() {
        long untouched = 0;
        for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
            if (!pool.getName().contains("Eden")) continue;
            MemoryUsage most = pool.getPeakUsage();
            MemoryUsage usage = pool.getUsage();
            untouched += Math.max(0, usage.getCommitted() - Math.max(most.getUsed(), usage.getUsed()));
        }
        return untouched;
    }
}
