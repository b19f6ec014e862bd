package dev.dalang.cli;

import dev.dalang.api.Cancellation;
import dev.dalang.mini.BuiltIn;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Runs the command in this process, with everything captured. */
final class Shell {

    /** What one run left behind. */
    record Result(int code, String out, String err) {}

    final Path home;
    final Map<String, String> environment = new HashMap<>();
    final Cancellation interrupt = new Cancellation();
    ModelOpener models = new LocalModels();
    /** None, whatever this build has, so that a test counts what it made itself. */
    Optional<BuiltIn> builtIn = Optional.empty();

    String stdin = "";
    /** In place of {@link #stdin}, when set. */
    InputStream input;

    boolean inIsTerminal;
    boolean outIsTerminal;
    boolean errIsTerminal;

    Shell(Path home) {
        this.home = home;
        environment.put("DALANG_HOME", home.toString());
    }

    Result run(Object... args) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        String[] words = new String[args.length];
        for (int i = 0; i < args.length; i++) words[i] = args[i].toString();
        int code = Dalang.execute(
                around(
                        new PrintStream(out, false, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8)),
                words);
        return new Result(code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    Surroundings around(PrintStream out, PrintStream err) {
        return new Surroundings(
                input != null ? input : new ByteArrayInputStream(stdin.getBytes(StandardCharsets.UTF_8)),
                out,
                err,
                inIsTerminal,
                outIsTerminal,
                errIsTerminal,
                environment,
                models,
                builtIn,
                interrupt);
    }

    /** A file below the home folder. */
    Path write(String name, String text) {
        try {
            Path file = home.resolve(name);
            Files.createDirectories(file.getParent());
            return Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
