package dev.dalang.cli;

import dev.dalang.api.DalangException;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Flags of every verb that opens a model. */
final class ModelFlags {
    @Option(
            names = {"-c", "--context", "--ctx-size"},
            paramLabel = "N",
            description = "Context length in tokens.")
    @Nullable
    Integer context;

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

    @Option(
            names = "--cache-type",
            paramLabel = "TYPE",
            description = "How keys and values are kept: f32, f16, bf16, q8_0 or q4_0. Default: f16.")
    @Nullable
    String cacheType;

    /** @throws DalangException naming the flag that is out of range */
    ModelOpener.Options options() {
        if (context != null && context < 1) throw Errors.usage("--context must be at least 1, not " + context);
        if (threads != null && (threads < 1 || threads > 1024)) {
            throw Errors.usage("--threads must be 1 to 1024, not " + threads);
        }
        return new ModelOpener.Options(context, kernels, threads, cacheType, Set.of());
    }
}
