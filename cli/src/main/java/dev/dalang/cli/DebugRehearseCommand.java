package dev.dalang.cli;

import dev.dalang.api.Cancellation;
import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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
    public Integer call() throws InterruptedException {
        Surroundings quiet = quiet(new Cancellation());
        String file = model.toAbsolutePath().toString();
        return serve ? serve(quiet, file) : answers(quiet, file);
    }

    private int answers(Surroundings quiet, String file) {
        int code = Dalang.execute(
                quiet, "run", file, "--kernels", "native", "--raw", "--max-tokens", "40", "Once upon a time");
        if (code != ExitCode.DONE || around.builtIn().isEmpty()) return code;
        return Dalang.execute(quiet, "run", "--kernels", "native", "What is the capital of Kenya?");
    }

    private Surroundings quiet(Cancellation interrupt) {
        PrintStream nowhere = new PrintStream(PrintStream.nullOutputStream(), false, StandardCharsets.UTF_8);
        return new Surroundings(
                InputStream.nullInputStream(),
                nowhere,
                nowhere,
                false,
                false,
                false,
                around.environment(),
                around.models(),
                around.builtIn(),
                interrupt);
    }

    private int serve(Surroundings quiet, String file) throws InterruptedException {
        int[] code = {ExitCode.FAILED};
        Thread server = Thread.ofPlatform()
                .start(() -> code[0] = Dalang.execute(quiet, "serve", "--port", "0", "--kernels", "native"));
        try {
            while (!Files.exists(ServerState.file(quiet)) && server.isAlive()) Thread.sleep(20);
            if (!server.isAlive()) return code[0];
            ServerLink link = ServerLink.open(quiet, null);
            link.get("/health");
            link.post(
                    "/v1/chat/completions",
                    Map.of(
                            "model",
                            file,
                            "max_tokens",
                            8,
                            "messages",
                            List.of(Map.of("role", "user", "content", "Once upon a time"))));
            link.get("/dalang/server/status");
        } catch (DalangException e) {
            if (!(e.failure() instanceof Failure.Upstream)) throw e;
            around.say("the rehearsal's server: " + e.getMessage());
        } finally {
            quiet.interrupt().cancel();
            server.join();
        }
        return code[0];
    }
}
