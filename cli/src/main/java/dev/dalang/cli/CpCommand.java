package dev.dalang.cli;

import dev.dalang.hub.store.InstalledModel;
import dev.dalang.hub.store.Library;
import dev.dalang.hub.store.Manifest;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code dalang cp}: a second name for a model; nothing is copied. */
@Command(name = "cp", aliases = "copy", description = "Give a model of the store a second name; its files are shared.")
@SuppressWarnings("NullAway.Init") // picocli's
final class CpCommand implements Callable<Integer> {

    @Parameters(index = "0", paramLabel = "MODEL", description = "A model of the store.")
    String from;

    @Parameters(index = "1", paramLabel = "NAME", description = "Its further name.")
    String to;

    private final Surroundings around;

    CpCommand(Surroundings around) {
        this.around = around;
    }

    @Override
    public Integer call() {
        Library library = around.store();
        Manifest.checkName(to);
        String name = library.find(from)
                .filter(m -> m.holder() == InstalledModel.Holder.DALANG)
                .map(InstalledModel::name)
                .orElse(from);
        String named = library.named(to);
        library.store().copy(name, named);
        around.say("copied " + name + " to " + named);
        return ExitCode.DONE;
    }
}
