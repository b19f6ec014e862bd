package dev.dalang.cli;

import dev.dalang.hub.fetch.RegistryLogins;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code dalang logout}: forgets what {@code dalang login} remembered. */
@Command(name = "logout", description = "Forget the login to a registry.")
final class LogoutCommand implements Callable<Integer> {

    @Parameters(paramLabel = "REGISTRY", description = "As for login.")
    @SuppressWarnings("NullAway.Init") // picocli's
    String registry;

    private final Surroundings around;

    LogoutCommand(Surroundings around) {
        this.around = around;
    }

    @Override
    public Integer call() {
        LoginCommand.registry(registry);
        RegistryLogins logins = RegistryLogins.of(around.home(), around.environment());
        boolean removed = logins.remove(registry);
        around.say(removed ? "logged out of " + registry : "there was no login to " + registry);
        logins.find(registry)
                .ifPresent(l ->
                        around.say("a login of another tool remains and will be used: " + Text.oneLine(l.toString())));
        return ExitCode.DONE;
    }
}
