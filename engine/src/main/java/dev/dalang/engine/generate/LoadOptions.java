package dev.dalang.engine.generate;

import dev.dalang.api.DalangException;
import dev.dalang.engine.format.BlockType;
import dev.dalang.engine.kernel.KernelTier;
import dev.dalang.engine.kernel.Kernels;
import java.nio.file.Path;
import java.util.Map;

/**
 * How a model is loaded.
 *
 * @param kernels {@code auto}, {@code exact} or the name of a kernel tier; see {@link KernelTier#named}
 * @param cpuFeatures features of the processor to do without, as in {@code -avx512f,-amx_tile}; empty for none
 * @param threads that compute; 0 for all processors of this machine
 * @param contextLength positions that a conversation may take; 0 for as many as the model was trained for
 * @param cacheType of cached keys and values: F32, F16, BF16, Q8_0 or Q4_0
 * @param batch tokens of a prompt that go through the model together
 * @param adapters LoRA adapters to load with the model, by the names that requests will use
 */
public record LoadOptions(
        String kernels,
        String cpuFeatures,
        int threads,
        int contextLength,
        BlockType cacheType,
        int batch,
        Map<String, Path> adapters) {

    public static final LoadOptions DEFAULT = new LoadOptions("auto", "", 0, 0, BlockType.F16, 512, Map.of());

    private static final int MAX_THREADS = 1024;
    private static final int MAX_BATCH = 16_384;

    public LoadOptions {
        adapters = Map.copyOf(adapters);
        if (threads < 0 || threads > MAX_THREADS) {
            throw DalangException.invalidRequest("threads is " + threads + ", outside 0.." + MAX_THREADS, "threads");
        }
        if (contextLength < 0) {
            throw DalangException.invalidRequest("context is " + contextLength + "; it cannot be negative", "context");
        }
        if (batch < 1 || batch > MAX_BATCH) {
            throw DalangException.invalidRequest("batch is " + batch + ", outside 1.." + MAX_BATCH, "batch");
        }
        if (!Kernels.isCacheType(cacheType)) {
            throw DalangException.invalidRequest(
                    "a cache of type " + cacheType + " is not supported: use F32, F16, BF16, Q8_0 or Q4_0",
                    "cache_type");
        }
    }

    public LoadOptions withKernels(String value) {
        return new LoadOptions(value, cpuFeatures, threads, contextLength, cacheType, batch, adapters);
    }

    public LoadOptions withCpuFeatures(String value) {
        return new LoadOptions(kernels, value, threads, contextLength, cacheType, batch, adapters);
    }

    public LoadOptions withThreads(int value) {
        return new LoadOptions(kernels, cpuFeatures, value, contextLength, cacheType, batch, adapters);
    }

    public LoadOptions withContextLength(int value) {
        return new LoadOptions(kernels, cpuFeatures, threads, value, cacheType, batch, adapters);
    }

    public LoadOptions withCacheType(BlockType value) {
        return new LoadOptions(kernels, cpuFeatures, threads, contextLength, value, batch, adapters);
    }

    public LoadOptions withBatch(int value) {
        return new LoadOptions(kernels, cpuFeatures, threads, contextLength, cacheType, value, adapters);
    }

    public LoadOptions withAdapters(Map<String, Path> value) {
        return new LoadOptions(kernels, cpuFeatures, threads, contextLength, cacheType, batch, value);
    }

    /** {@link #threads}, with 0 resolved. */
    public int effectiveThreads() {
        return threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
    }
}
