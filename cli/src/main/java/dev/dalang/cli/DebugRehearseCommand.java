package dev.dalang.cli;

import dev.dalang.api.Cancellation;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * {@code dalang debug rehearse}: what most starts do, answers or a server with a few requests, for the launcher to make the
 * JDK's start-up caches from.
 */
@Command(
        name = "rehearse",
        hidden = true,
        description = "Do what most starts do: what the start-up caches are made from. Uses DALANG_HOME.")
final class DebugRehearseCommand implements Callable<Integer> {

    @Parameters(paramLabel = "MODEL", description = "A tiny model.")
    @SuppressWarnings("NullAway.Init") // picocli's
    Path model;

    @Option(names = "--serve", description = "A server that is asked, instead of answers at the command line.")
    boolean serve;

    private final Surroundings around;

    DebugRehearseCommand(Surroundings around) {
        this.around = around;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        return serve ? new ServerRehearsal(this::quiet, model).run() : answers();
    }

    private int answers() {
        Surroundings quiet = quiet(InputStream.nullInputStream());
        String file = model.toAbsolutePath().toString();
        int code = Dalang.execute(
                quiet, "run", file, "--kernels", "native", "--raw", "--max-tokens", "40", "Once upon a time");
        if (code != ExitCode.DONE || around.builtIn().isEmpty()) return code;
        return Dalang.execute(quiet, "run", "--kernels", "native", "What is the capital of Kenya?");
    }

    /** Of the environment the home alone: nobody's proxy, ledger or key has to do with it. */
    private Surroundings quiet(InputStream typed) {
        PrintStream nowhere = new PrintStream(PrintStream.nullOutputStream(), false, StandardCharsets.UTF_8);
        return new Surroundings(
                typed,
                nowhere,
                nowhere,
                false,
                false,
                false,
                Map.of("DALANG_HOME", around.home().toString()),
                around.models(),
                around.builtIn(),
                new Cancellation());
    }
}
