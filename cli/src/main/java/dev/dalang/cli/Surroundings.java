package dev.dalang.cli;

import dev.dalang.api.Cancellation;
import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.hub.store.Library;
import dev.dalang.mini.BuiltIn;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * All that one invocation sees of the world, so that a test can hand in another.
 *
 * @param in standard input
 * @param out standard output, UTF-8
 * @param err standard error, UTF-8
 * @param inIsTerminal somebody types
 * @param outIsTerminal somebody reads standard output
 * @param errIsTerminal somebody reads standard error
 * @param environment variables
 * @param models opens models
 * @param builtIn the model that comes with Dalang, where this build has one
 * @param interrupt cancelled when the user presses Ctrl-C
 */
record Surroundings(
        InputStream in,
        PrintStream out,
        PrintStream err,
        boolean inIsTerminal,
        boolean outIsTerminal,
        boolean errIsTerminal,
        Map<String, String> environment,
        ModelOpener models,
        Optional<BuiltIn> builtIn,
        Cancellation interrupt) {

    /** Where the state lives: {@code $DALANG_HOME}, else {@code ~/.dalang}. */
    Path home() {
        String home = variable("DALANG_HOME");
        if (home != null) return Path.of(home);
        String user = System.getProperty("user.home", "");
        // The JVM says "?" where the user has no home, as in some containers.
        if (user.isEmpty() || user.equals("?")) {
            throw new DalangException(new Failure.Storage(
                    "this user has no home folder; set DALANG_HOME to the folder that Dalang may use", null));
        }
        return Path.of(user, ".dalang");
    }

    /** The models on this disk. */
    Library store() {
        Library library = new Library(home(), environment);
        return builtIn.map(m -> library.with(new BuiltInModel(m, home()))).orElse(library);
    }

    /** The same with nobody at a terminal, for work that a client of the server asked for and may stop. */
    Surroundings unattended(Cancellation stop) {
        return new Surroundings(
                InputStream.nullInputStream(), out, err, false, false, false, environment, models, builtIn, stop);
    }

    /** The variable, or null when it is not set or empty. */
    @Nullable
    String variable(String name) {
        String value = environment.get(name);
        return value == null || value.isEmpty() ? null : value;
    }

    /** Full stack traces are wanted. */
    boolean debug() {
        return "1".equals(variable("DALANG_DEBUG"));
    }

    /** Colour and dimming on a terminal, unless the user opted out (no-color.org). */
    boolean styled(boolean terminal) {
        return terminal && variable("NO_COLOR") == null && !"dumb".equals(variable("TERM"));
    }

    /** Ends long work after Ctrl-C. */
    void stopWhenInterrupted() {
        if (interrupt.isCancelled()) throw new DalangException(new Failure.Internal("interrupted"));
    }

    /** One line on standard error. */
    void say(String message) {
        err.println("dalang: " + Text.oneLine(message));
        err.flush();
    }
}
