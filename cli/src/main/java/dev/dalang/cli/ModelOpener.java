package dev.dalang.cli;

import dev.dalang.api.ChatModel;
import dev.dalang.engine.generate.Speculation;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Turns a model's file or folder into something that answers. */
interface ModelOpener {

    /**
     * How to open a model; null leaves it to the engine.
     *
     * @param context tokens
     * @param kernels a tier's name
     * @param cpuFeatures features of the processor to do without
     * @param threads to compute on
     * @param cacheType of cached keys and values: a block type's name
     * @param adapters to load, which requests then name by their paths
     * @param speculation whether tokens are guessed and checked together
     */
    record Options(
            @Nullable Integer context,
            @Nullable String kernels,
            @Nullable String cpuFeatures,
            @Nullable Integer threads,
            @Nullable String cacheType,
            Set<Path> adapters,
            Speculation speculation) {

        /** The flags that were given, as a user writes them: all of them are about a model of this machine. */
        List<String> given() {
            List<String> flags = new ArrayList<>();
            if (context != null) flags.add("--context");
            if (kernels != null) flags.add("--kernels");
            if (cpuFeatures != null) flags.add("--cpu-features");
            if (threads != null) flags.add("--threads");
            if (cacheType != null) flags.add("--cache-type");
            if (!adapters.isEmpty()) flags.add("--lora");
            if (!speculation.equals(Speculation.NONE)) flags.add("--lookup or --model-draft");
            return flags;
        }

        Options withAdapters(Set<Path> paths) {
            return new Options(context, kernels, cpuFeatures, threads, cacheType, paths, speculation);
        }

        Options withContext(int tokens) {
            return new Options(tokens, kernels, cpuFeatures, threads, cacheType, adapters, speculation);
        }

        Options withSpeculation(Speculation value) {
            return new Options(context, kernels, cpuFeatures, threads, cacheType, adapters, value);
        }
    }

    /**
     * @param chat the model
     * @param contextLength in tokens; {@link #UNKNOWN_CONTEXT} where its provider does not say
     * @param loadTime that opening took
     * @param slower why slower kernels run than there are, or null
     * @param closer frees it
     */
    record Opened(
            ChatModel chat,
            int contextLength,
            Duration loadTime,
            @Nullable String slower,
            Runnable closer) implements AutoCloseable {
        static final int UNKNOWN_CONTEXT = 0;

        /** The same model behind another that wraps it. */
        Opened withChat(ChatModel wrapped) {
            return new Opened(wrapped, contextLength, loadTime, slower, closer);
        }

        @Override
        public void close() {
            closer.run();
        }
    }

    Opened open(Path model, Options options);
}
