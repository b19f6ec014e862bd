package dev.dalang.cli;

import dev.dalang.api.DalangException;
import dev.dalang.engine.generate.Speculation;
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
            description = "Tensor arithmetic: auto, exact, scalar, vector or native.")
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

    @Option(
            names = "--cpu-features",
            paramLabel = "LIST",
            parameterConsumer = FeatureMask.class,
            description = "Features of the processor to do without, like -avx512f,-amx_tile.")
    @Nullable
    String cpuFeatures;

    @Option(names = "--exact", description = "Activations of 32 bits, whatever that costs; short for --kernels exact.")
    boolean exact;

    /** @throws DalangException naming the flag that is out of range */
    ModelOpener.Options options() {
        if (context != null && context < 1) throw Errors.usage("--context must be at least 1, not " + context);
        if (threads != null && (threads < 1 || threads > 1024)) {
            throw Errors.usage("--threads must be 1 to 1024, not " + threads);
        }
        if (exact && kernels != null) throw Errors.usage("--exact chooses the kernels: leave out --kernels");
        String tier = exact ? "exact" : kernels;
        return new ModelOpener.Options(context, tier, cpuFeatures, threads, cacheType, Set.of(), Speculation.NONE);
    }
}
