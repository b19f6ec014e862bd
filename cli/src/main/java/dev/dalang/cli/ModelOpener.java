package dev.dalang.cli;

import dev.dalang.api.ChatModel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Turns a model's file or folder into something that answers. */
interface ModelOpener {

    /**
     * How to open a model; null leaves it to the engine.
     *
     * @param context tokens
     * @param kernels a tier's name
     * @param threads to compute on
     * @param cacheType of cached keys and values: a block type's name
     * @param adapters to load, which requests then name by their paths
     */
    record Options(
            @Nullable Integer context,
            @Nullable String kernels,
            @Nullable Integer threads,
            @Nullable String cacheType,
            Set<Path> adapters) {

        Options withAdapters(Set<Path> paths) {
            return new Options(context, kernels, threads, cacheType, paths);
        }
    }

    /**
     * @param chat the model
     * @param contextLength in tokens
     * @param loadTime that opening took
     * @param closer frees it
     */
    record Opened(ChatModel chat, int contextLength, Duration loadTime, Runnable closer) implements AutoCloseable {
        @Override
        public void close() {
            closer.run();
        }
    }

    Opened open(Path model, Options options);
}
