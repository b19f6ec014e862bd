package dev.dalang.cli;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.hub.fetch.RegistryLogins;
import dev.dalang.hub.fetch.Source;
import java.io.BufferedReader;
import java.io.Console;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code dalang login}: a name and a password for a registry of models, tried and then remembered. */
@Command(
        name = "login",
        description = "Log in to a registry of models; what Docker is logged in to works without.",
        footer = {"", "Example: printf %%s \"$TOKEN\" | dalang login registry.example.com -u anna --password-stdin"})
final class LoginCommand implements Callable<Integer> {

    @Parameters(paramLabel = "REGISTRY", description = "Like registry.example.com or localhost:5000.")
    @SuppressWarnings("NullAway.Init") // picocli's
    String registry;

    @Option(
            names = {"-u", "--username"},
            paramLabel = "NAME",
            description = "The name; asked for on a terminal.")
    @Nullable
    String user;

    @Option(names = "--password-stdin", description = "The password or access token is standard input.")
    boolean fromStdin;

    @Mixin
    NetFlags net = new NetFlags();

    private final Surroundings around;

    LoginCommand(Surroundings around) {
        this.around = around;
    }

    @Override
    public Integer call() throws IOException {
        Source source = registry(registry);
        Console console = fromStdin || !around.inIsTerminal() ? null : System.console();
        String name = user;
        if (name == null && console != null) name = console.readLine("Name: ");
        if (name == null || name.isBlank()) throw Errors.usage("a name is missing: -u NAME");
        String password = password(console);
        if (password == null || password.isEmpty()) {
            throw Errors.usage("a password is missing; without a terminal it is read with --password-stdin");
        }
        try (HubAccess hub = HubAccess.open(around, net, source)) {
            if (!hub.fetcher().accepts(registry, name, password)) {
                throw new DalangException(
                        new Failure.Unauthenticated(Text.oneLine(registry) + " does not take this name and password"));
            }
        }
        RegistryLogins.of(around.home(), around.environment()).save(registry, name, password);
        around.say("logged in to " + registry + " as " + Text.oneLine(name));
        return ExitCode.DONE;
    }

    private @Nullable String password(@Nullable Console console) throws IOException {
        if (console != null) {
            char[] typed = console.readPassword("Password or access token: ");
            return typed == null ? null : new String(typed);
        }
        if (!fromStdin) return null;
        // One line; a newline at its end is no part of it.
        return new BufferedReader(new InputStreamReader(around.in(), StandardCharsets.UTF_8)).readLine();
    }

    /** A source in the registry, whose host may thereby be reached. */
    static Source registry(String registry) {
        String what = "\"" + Text.oneLine(registry) + "\" is no registry like registry.example.com or localhost:5000";
        if (registry.indexOf('/') >= 0 || registry.isBlank()) throw Errors.usage(what);
        try {
            return Source.parse("oci://" + registry + "/a/b").orElseThrow(() -> Errors.usage(what));
        } catch (DalangException e) {
            throw Errors.usage(what);
        }
    }
}
