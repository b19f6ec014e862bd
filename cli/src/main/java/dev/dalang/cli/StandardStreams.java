package dev.dalang.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.jline.terminal.TerminalBuilder;
import org.jline.terminal.spi.SystemStream;
import org.jline.terminal.spi.TerminalProvider;

/**
 * Which of the three standard streams are terminals. Linux says it by the name behind {@code /proc/self/fd}; where that
 * does not settle it, the terminal library asks the system, whose calls take a tenth of a second to set up.
 */
final class StandardStreams {
    private static final Path OPEN_FILES = Path.of("/proc/self/fd");
    private static final Pattern TERMINAL = Pattern.compile("/dev/(pts/\\d+|tty\\d*|console)");

    private StandardStreams() {}

    static boolean isTerminal(SystemStream stream) {
        return switch (kind(name(stream.ordinal()))) {
            case TERMINAL -> true;
            case OTHER -> false;
            case UNKNOWN -> asked(stream);
        };
    }

    enum Kind {
        TERMINAL,
        OTHER,
        UNKNOWN
    }

    /** @param name of an open file, as the system says it; empty when it does not say */
    static Kind kind(String name) {
        if (TERMINAL.matcher(name).matches()) return Kind.TERMINAL;
        return name.isEmpty() || name.startsWith("/dev/") && !name.equals("/dev/null") ? Kind.UNKNOWN : Kind.OTHER;
    }

    private static String name(int number) {
        try {
            return Files.readSymbolicLink(OPEN_FILES.resolve(String.valueOf(number)))
                    .toString();
        } catch (IOException | UnsupportedOperationException e) {
            return "";
        }
    }

    private static boolean asked(SystemStream stream) {
        try {
            return TerminalProvider.load(TerminalBuilder.PROP_PROVIDER_FFM).isSystemStream(stream);
        } catch (IOException e) {
            return false;
        }
    }
}
