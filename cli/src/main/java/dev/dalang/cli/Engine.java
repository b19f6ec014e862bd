package dev.dalang.cli;

import dev.dalang.engine.format.BlockType;
import dev.dalang.engine.format.ModelSource;
import dev.dalang.engine.generate.LoadOptions;
import dev.dalang.engine.generate.ModelRunner;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** From flags to the engine's own terms. */
final class Engine {
    private Engine() {}

    static LoadOptions options(ModelOpener.Options flags) {
        LoadOptions options = LoadOptions.DEFAULT;
        if (flags.kernels() != null) options = options.withKernels(flags.kernels());
        if (flags.cpuFeatures() != null) options = options.withCpuFeatures(flags.cpuFeatures());
        if (flags.threads() != null) options = options.withThreads(flags.threads());
        if (flags.context() != null) options = options.withContextLength(flags.context());
        if (flags.cacheType() != null) options = options.withCacheType(BlockType.ofName(flags.cacheType()));
        Map<String, Path> adapters = new LinkedHashMap<>();
        for (Path path : flags.adapters()) adapters.put(path.toString(), path);
        return options.withAdapters(adapters);
    }

    /** Takes the source over: it is closed with the runner, and at once when that cannot be made. */
    static ModelRunner runner(ModelSource source, LoadOptions options) {
        try {
            return new ModelRunner(source, options);
        } catch (Throwable t) {
            source.close();
            throw t;
        }
    }
}
