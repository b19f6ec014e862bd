package dev.dalang.cli;

import dev.dalang.engine.generate.LoadOptions;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How a model would be loaded, for a fit. */
final class FitFlags {
    @Option(
            names = "--kernels",
            paramLabel = "TIER",
            description = "Tensor arithmetic: auto, scalar, vector or native.")
    @Nullable
    String kernels;

    @Option(
            names = {"-t", "--threads"},
            paramLabel = "N",
            description = "Threads to compute on.")
    @Nullable
    Integer threads;

    LoadOptions options() {
        LoadOptions options = LoadOptions.DEFAULT;
        if (kernels != null) options = options.withKernels(kernels);
        if (threads != null) options = options.withThreads(threads);
        return options;
    }
}
