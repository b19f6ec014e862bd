package dev.dalang.hub.fit;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a model finds here.
 *
 * @param cpu its name, or null
 * @param cores that this process may use
 * @param features of the CPU that kernels are written for
 * @param memoryTotal bytes, of the container where there is one
 * @param memoryAvailable bytes free or only caching files
 * @param diskFree bytes where models are kept; null when unknown
 * @param bandwidth bytes a second that all cores together read from memory; 0 when it was not measured
 * @param gpus named by the driver
 */
public record Machine(
        @Nullable String cpu,
        int cores,
        List<String> features,
        long memoryTotal,
        long memoryAvailable,
        @Nullable Long diskFree,
        double bandwidth,
        List<Gpu> gpus) {

    /**
     * @param memoryTotal bytes of its own; null when unknown, or when it shares the machine's
     * @param memoryFree bytes; null when unknown
     */
    public record Gpu(
            String name,
            @Nullable Long memoryTotal,
            @Nullable Long memoryFree) {}

    public Machine {
        features = List.copyOf(features);
        gpus = List.copyOf(gpus);
    }
}
