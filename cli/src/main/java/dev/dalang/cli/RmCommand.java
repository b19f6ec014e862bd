package dev.dalang.cli;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.hub.store.InstalledModel;
import dev.dalang.hub.store.Library;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code dalang rm}: models out of the store; what other tools hold is theirs to remove. */
@Command(name = "rm", aliases = "delete", description = "Remove models from the local store.")
final class RmCommand implements Callable<Integer> {

    @Parameters(arity = "1..*", paramLabel = "MODEL", description = "Names as `dalang list` shows them.")
    List<String> models = new ArrayList<>();

    private final Surroundings around;

    RmCommand(Surroundings around) {
        this.around = around;
    }

    @Override
    public Integer call() {
        Library library = around.store();
        for (String model : models) {
            Optional<InstalledModel> found = library.find(model);
            if (found.isPresent() && found.get().holder() != InstalledModel.Holder.DALANG) {
                throw new DalangException(new Failure.PermissionDenied(
                        found.get().name() + " lies in " + found.get().path() + " and is not the store's to remove"));
            }
            String name = found.map(InstalledModel::name).orElse(model);
            if (!library.store().remove(name)) {
                throw new DalangException(new Failure.ModelUnavailable(
                        "no model named " + model + " in the store; `dalang list` shows what is there", model));
            }
            around.say("removed " + name);
        }
        return ExitCode.DONE;
    }
}
