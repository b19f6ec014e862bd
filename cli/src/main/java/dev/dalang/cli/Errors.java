package dev.dalang.cli;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Every way to fail ends here: one line on standard error and an exit code. */
final class Errors {
    private final Surroundings around;

    Errors(Surroundings around) {
        this.around = around;
    }

    int usage(ParameterException e, String[] args) {
        if (around.debug()) e.printStackTrace(around.err());
        // A converter's own failure says more than picocli's sentence around it.
        if (e.getCause() instanceof DalangException d) return failed(d);
        CommandLine command = e.getCommandLine();
        String problem = e instanceof UnmatchedArgumentException u ? unmatched(u) : Text.oneLine(e.getMessage());
        around.say(problem + " (`" + command.getCommandSpec().qualifiedName() + " --help` shows the usage)");
        return ExitCode.USAGE;
    }

    /** A verb or option that does not exist, and those that resemble it. */
    private static String unmatched(UnmatchedArgumentException e) {
        CommandLine command = e.getCommandLine();
        String word = e.getUnmatched().getFirst();
        boolean verb = !e.isUnknownOption() && !command.getSubcommands().isEmpty();
        String problem = verb ? "there is no verb '" + word + "'" : Text.oneLine(e.getMessage());
        List<String> alike = Alike.of(
                word,
                verb
                        ? command.getSubcommands().keySet()
                        : command.getCommandSpec().optionsMap().keySet());
        return alike.isEmpty() ? problem : problem + "; did you mean " + String.join(" or ", alike) + "?";
    }

    int failed(Throwable e) {
        if (around.debug()) e.printStackTrace(around.err());
        switch (e) {
            // The program is going down: what breaks on the way is no news.
            case Throwable t
            when around.interrupt().isCancelled() -> {
                return ExitCode.INTERRUPTED;
            }
            case DalangException d -> {
                around.say(d.failure().message());
                return ExitCode.of(d.failure());
            }
            case UncheckedIOException u -> around.say(describe(u.getCause()));
            case IOException io -> around.say(describe(io));
            case OutOfMemoryError oom -> {
                around.say("out of memory: " + oom.getMessage()
                        + "; a smaller --context, a smaller model, or a larger Java heap helps");
                return ExitCode.DOES_NOT_FIT;
            }
            case Throwable t
            when isMappedFault(t) ->
                around.say("a file could not be read to its end: it became shorter meanwhile, or its disk failed");
            default ->
                around.say("internal error: " + e + "; DALANG_DEBUG=1 shows where, and we would like to hear of it");
        }
        return ExitCode.FAILED;
    }

    /** The JVM's error where a page of a mapped file cannot be read; a team of threads passes it on as a cause. */
    private static boolean isMappedFault(Throwable e) {
        for (Throwable t = e; t != null; t = t.getCause()) {
            if (t instanceof InternalError
                    && t.getMessage() != null
                    && t.getMessage().contains("memory access")) {
                return true;
            }
        }
        return false;
    }

    /** The JDK's file errors often say only the path; this says what is the matter with it. */
    static String describe(@Nullable IOException e) {
        return switch (e) {
            case null -> "input or output failed";
            case CharacterCodingException f -> "not UTF-8 text";
            case NoSuchFileException f -> "no such file: " + f.getFile();
            case DirectoryNotEmptyException f -> f.getFile() + ": a folder of this name is in the way";
            case AccessDeniedException f -> f.getFile() + ": permission denied";
            case FileSystemException f ->
                f.getFile() + ": " + (f.getReason() == null ? f.getClass().getSimpleName() : f.getReason());
            default -> e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        };
    }

    static DalangException storage(IOException e, @Nullable Path path) {
        String what = describe(e);
        String where = path == null ? null : path.toString();
        return new DalangException(
                new Failure.Storage(where == null || what.contains(where) ? what : where + ": " + what, where), e);
    }

    static DalangException usage(String message) {
        return DalangException.invalidRequest(message, null);
    }
}
