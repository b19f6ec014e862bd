package dev.dalang.cli;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.gateway.provider.Providers;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code dalang providers remove}. */
@Command(name = "remove", aliases = "rm", description = "Forget a provider, and the key that was kept for it.")
final class ProvidersRemoveCommand implements Callable<Integer> {

    @Parameters(paramLabel = "NAME")
    String name = "";

    private final Surroundings around;

    ProvidersRemoveCommand(Surroundings around) {
        this.around = around;
    }

    @Override
    public Integer call() {
        Providers providers = HostedModels.providers(around);
        if (!providers.remove(name)) {
            String why = providers
                    .find(name)
                    .map(p -> name + " was not added: it is there because of "
                            + p.key().word())
                    .orElse("there is no provider named " + name);
            throw new DalangException(new Failure.ModelUnavailable(why, name));
        }
        around.say(name + " is forgotten" + ServerState.untilRestart(around));
        return ExitCode.DONE;
    }
}
