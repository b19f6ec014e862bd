package dev.dalang.cli;

import dev.dalang.api.DalangException;
import dev.dalang.engine.format.BlockType;
import dev.dalang.engine.format.ModelSource;
import dev.dalang.engine.generate.LoadOptions;
import dev.dalang.engine.generate.ModelRunner;
import dev.dalang.engine.kernel.Kernels;
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
        if (flags.cacheType() != null) options = options.withCacheType(cacheType(flags.cacheType()));
        Map<String, Path> adapters = new LinkedHashMap<>();
        for (Path path : flags.adapters()) adapters.put(path.toString(), path);
        return options.withAdapters(adapters);
    }

    /** @param name what {@code --cache-type} says */
    static BlockType cacheType(String name) {
        try {
            BlockType type = BlockType.ofName(name);
            if (Kernels.isCacheType(type)) return type;
        } catch (DalangException e) {
            // A type that there is not, and one that no cache has, are the same mistake here.
        }
        throw Errors.usage("--cache-type is '" + Text.oneLine(name) + "': use f32, f16, bf16, q8_0 or q4_0");
    }

    /** A slower kernel than the best is said, by every verb that computes with one. */
    static void sayIfSlower(ModelRunner runner, Surroundings around) {
        if (runner.slower() != null) around.say(runner.slower());
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
