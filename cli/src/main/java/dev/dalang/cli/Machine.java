package dev.dalang.cli;

import com.sun.management.OperatingSystemMXBean;
import dev.dalang.hub.fit.Gpus;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What this machine is: on Linux from /proc and /sys, elsewhere from what the JVM knows. Nothing here fails; what cannot
 * be found out is left out.
 */
final class Machine {

    /** The CPU features that kernels are written for, in /proc/cpuinfo's spelling: x86-64, then AArch64. */
    private static final List<String> KERNEL_FEATURES = List.of(
            "sse4_2",
            "avx",
            "f16c",
            "fma",
            "avx2",
            "avx_vnni",
            "avx_vnni_int8",
            "avx512f",
            "avx512bw",
            "avx512dq",
            "avx512vl",
            "avx512_vnni",
            "avx512_bf16",
            "avx512_fp16",
            "amx_tile",
            "amx_int8",
            "amx_bf16",
            "asimd",
            "asimdhp",
            "asimddp",
            "asimdfhm",
            "bf16",
            "i8mm",
            "sve",
            "sve2",
            "sme");

    private final Path root;

    Machine() {
        this(Path.of("/"));
    }

    /** With another root in place of /, for tests. */
    Machine(Path root) {
        this.root = root;
    }

    @Nullable
    String cpuModel() {
        Map<String, String> cpu = firstCpu();
        String model = cpu.get("model name");
        return model != null ? model : cpu.get("Model");
    }

    /** All features the kernel lists. */
    Set<String> cpuFlags() {
        Map<String, String> cpu = firstCpu();
        String flags = cpu.getOrDefault("flags", cpu.getOrDefault("Features", ""));
        return flags.isEmpty() ? Set.of() : Set.of(flags.strip().split("\\s+"));
    }

    List<String> kernelFeatures() {
        Set<String> flags = cpuFlags();
        return KERNEL_FEATURES.stream().filter(flags::contains).toList();
    }

    /** Cores, not counting the second thread of each; null where unknown. */
    @Nullable
    Integer physicalCores() {
        Set<String> cores = new HashSet<>();
        String physical = "";
        for (String line : lines("proc/cpuinfo")) {
            if (line.startsWith("physical id")) physical = value(line);
            if (line.startsWith("core id")) cores.add(physical + "/" + value(line));
        }
        return cores.isEmpty() ? null : cores.size();
    }

    /** As the JVM counts: a container's share, where there is one. */
    int availableCores() {
        return Runtime.getRuntime().availableProcessors();
    }

    /** A container's limit, where there is one. */
    long memoryTotal() {
        return system().getTotalMemorySize();
    }

    /** Free, or only caching files. */
    long memoryAvailable() {
        for (String line : lines("proc/meminfo")) {
            if (line.startsWith("MemAvailable:")) {
                try {
                    long bytes = Long.parseLong(value(line).replace("kB", "").strip()) * 1024;
                    return Math.min(bytes, memoryTotal());
                } catch (NumberFormatException e) {
                    break;
                }
            }
        }
        return system().getFreeMemorySize();
    }

    /** The chosen mode of transparent huge pages, null where there is none. */
    @Nullable
    String hugePages() {
        for (String line : lines("sys/kernel/mm/transparent_hugepage/enabled")) {
            int from = line.indexOf('[');
            int to = line.indexOf(']');
            if (from >= 0 && to > from) return line.substring(from + 1, to);
        }
        return null;
    }

    /** Names of graphics cards; no program is started for them. */
    List<String> gpus() {
        return Gpus.ofSystem(root).stream().map(g -> g.name()).toList();
    }

    /** Bytes this user may still write where {@code path} is or will be; null where unknown. */
    static @Nullable Long diskFree(Path path) {
        Path at = path.toAbsolutePath();
        while (at != null && !Files.exists(at)) at = at.getParent();
        if (at == null) return null;
        try {
            FileStore store = Files.getFileStore(at);
            return store.getUsableSpace();
        } catch (IOException e) {
            return null;
        }
    }

    private static OperatingSystemMXBean system() {
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    }

    private Map<String, String> firstCpu() {
        Map<String, String> cpu = new LinkedHashMap<>();
        for (String line : lines("proc/cpuinfo")) {
            int colon = line.indexOf(':');
            if (colon > 0) cpu.putIfAbsent(line.substring(0, colon).strip(), value(line));
        }
        return cpu;
    }

    private static String value(String line) {
        return line.substring(line.indexOf(':') + 1).strip();
    }

    private List<String> lines(String file) {
        return read(root.resolve(file));
    }

    private static List<String> read(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            return List.of();
        }
    }
}
