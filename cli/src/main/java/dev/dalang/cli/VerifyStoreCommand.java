package dev.dalang.cli;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.hub.store.InstalledModel;
import dev.dalang.hub.store.Library;
import dev.dalang.hub.store.Manifest;
import dev.dalang.hub.store.Store;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code dalang verify-store}: whether the files are still the bytes that came. */
@Command(name = "verify-store", description = "Read every file of the store again and compare it with its hash.")
final class VerifyStoreCommand implements Callable<Integer> {

    @Parameters(arity = "0..*", paramLabel = "MODEL", description = "Only these models.")
    List<String> models = new ArrayList<>();

    @Option(names = "--repair", description = "Remove damaged files, so that a pull brings them anew.")
    boolean repair;

    private final Surroundings around;

    VerifyStoreCommand(Surroundings around) {
        this.around = around;
    }

    @Override
    public Integer call() {
        Library library = around.store();
        boolean sound = true;
        for (Manifest m : chosen(library)) {
            around.stopWhenInterrupted();
            List<Store.Damage> damages = library.store().verify(m);
            around.out().println(m.name() + ": " + (damages.isEmpty() ? "ok" : "damaged"));
            for (Store.Damage d : damages) {
                sound = false;
                around.say(m.name() + ": " + d.file().name() + (d.missing() ? " is missing" : " is not what it was")
                        + (repair ? "; pull the model again" : "; --repair and another pull bring it anew"));
                if (repair && !d.missing()) library.store().discard(d.file().digest());
            }
        }
        return sound ? ExitCode.DONE : ExitCode.FAILED;
    }

    private List<Manifest> chosen(Library library) {
        if (models.isEmpty()) return library.store().manifests();
        List<Manifest> chosen = new ArrayList<>();
        for (String name : models) {
            Manifest m = library.find(name).map(InstalledModel::manifest).orElse(null);
            if (m == null) {
                throw new DalangException(new Failure.ModelUnavailable(
                        "no model named " + name + " in the store; `dalang list` shows what is there", name));
            }
            chosen.add(m);
        }
        return chosen;
    }
}
