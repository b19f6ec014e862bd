package dev.dalang.cli;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.hub.store.Exporter;
import dev.dalang.hub.store.InstalledModel;
import dev.dalang.hub.store.Library;
import dev.dalang.hub.store.Manifest;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code dalang export}: a model's files out of the store, under their names. */
@Command(name = "export", description = "Copy a model's files out of the store into a folder.")
@SuppressWarnings("NullAway.Init") // picocli's
final class ExportCommand implements Callable<Integer> {

    @Parameters(index = "0", paramLabel = "MODEL", description = "A model of the store.")
    String model;

    @Parameters(index = "1", paramLabel = "FOLDER", description = "Where to; files that are there stay as they are.")
    Path folder;

    private final Surroundings around;

    ExportCommand(Surroundings around) {
        this.around = around;
    }

    @Override
    public Integer call() {
        Library library = around.store();
        Manifest m = library.find(model).map(InstalledModel::manifest).orElse(null);
        if (m == null) {
            throw new DalangException(new Failure.ModelUnavailable(
                    "no model named " + model + " in the store; `dalang list` shows what is there", model));
        }
        for (Path p : new Exporter(library.store()).export(m, folder))
            around.out().println(p);
        return ExitCode.DONE;
    }
}
