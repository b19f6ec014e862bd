package dev.dalang.engine.manage;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.engine.generate.LoadOptions;
import dev.dalang.engine.generate.LocalModel;
import dev.dalang.engine.generate.ServingOptions;
import dev.dalang.engine.generate.Speculation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.DoubleConsumer;
import java.util.function.Function;
import java.util.stream.Stream;

/** Where a {@link ModelManager} gets models from. Called by several threads, for different names. */
public interface ModelLoader {

    /**
     * Memory that the model will take at least, for making room beforehand.
     *
     * @throws DalangException if there is no such model
     */
    long bytes(String name);

    /**
     * Loads a model.
     *
     * @param progress told the share that is done, 0 to 1, where that is known
     * @throws DalangException if it cannot be had
     */
    Resident load(String name, DoubleConsumer progress);

    /**
     * Models of the local engine.
     *
     * @param files finds a model's file or folder, or throws a {@link DalangException}
     */
    static ModelLoader ofFiles(Function<String, Path> files, LoadOptions options, ServingOptions serving) {
        return ofFiles(files, name -> options, serving);
    }

    /**
     * As {@link #ofFiles(Function, LoadOptions, ServingOptions)}, each loaded in its own way.
     *
     * @param options by the model's name
     */
    static ModelLoader ofFiles(
            Function<String, Path> files, Function<String, LoadOptions> options, ServingOptions serving) {
        return new ModelLoader() {
            @Override
            public long bytes(String name) {
                Path path = files.apply(name);
                try (Stream<Path> all = Files.walk(path, 1)) {
                    return all.filter(Files::isRegularFile)
                            .mapToLong(f -> f.toFile().length())
                            .sum();
                } catch (IOException e) {
                    throw new DalangException(
                            new Failure.Storage(path + ": cannot be read: " + e.getMessage(), path.toString()), e);
                }
            }

            @Override
            public Resident load(String name, DoubleConsumer progress) {
                progress.accept(0);
                LocalModel model = LocalModel.open(files.apply(name), options.apply(name), Speculation.NONE, serving);
                progress.accept(1);
                return Resident.of(model);
            }
        };
    }
}
