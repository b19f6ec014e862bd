package dev.dalang.engine.generate;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How much memory this machine has for us. */
final class HostMemory {

    private static final Pattern TOTAL = Pattern.compile("MemTotal:\\s+(\\d{1,15}) kB");
    private static final Path CONTAINER = Path.of("/sys/fs/cgroup/memory.max");

    /** The JVM's heap is by default a quarter of what it takes for the machine's memory. */
    private static final int HEAP_SHARE = 4;

    private HostMemory() {}

    /** Bytes, or what a container's limit leaves of them. */
    static long total() {
        try {
            Matcher m = TOTAL.matcher(Files.readString(Path.of("/proc/meminfo")));
            if (m.find()) return Math.min(1024 * Long.parseLong(m.group(1)), container());
        } catch (IOException e) {
            // Not Linux.
        }
        return HEAP_SHARE * Runtime.getRuntime().maxMemory();
    }

    private static long container() {
        try {
            String limit = Files.readString(CONTAINER).strip();
            return limit.matches("\\d{1,18}") ? Long.parseLong(limit) : Long.MAX_VALUE;
        } catch (IOException e) {
            return Long.MAX_VALUE;
        }
    }
}
