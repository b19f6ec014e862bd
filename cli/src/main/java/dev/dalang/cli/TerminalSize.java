package dev.dalang.cli;

import java.io.IOException;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jspecify.annotations.Nullable;

/** How large the user's terminal is, asked anew each time, since windows are resized. */
final class TerminalSize implements AutoCloseable {

    private static final int COLUMNS = 80;
    private static final int ROWS = 24;

    private final Surroundings around;
    private final @Nullable Terminal terminal;

    TerminalSize(Surroundings around) {
        this.around = around;
        this.terminal = around.variable("COLUMNS") == null ? open() : null;
    }

    private static @Nullable Terminal open() {
        try {
            return TerminalBuilder.builder()
                    .name("dalang")
                    .system(true)
                    .dumb(true)
                    .nativeSignals(false)
                    .graphemeCluster(false)
                    .build();
        } catch (IOException | IllegalStateException e) {
            return null;
        }
    }

    /** How wide a line for a person may be: as wide as the terminal, and any width where a program reads. */
    static int width(Surroundings around) {
        if (!around.outIsTerminal()) return Integer.MAX_VALUE;
        try (TerminalSize size = new TerminalSize(around)) {
            return size.columns();
        }
    }

    int columns() {
        return size(terminal == null ? 0 : terminal.getColumns(), "COLUMNS", COLUMNS);
    }

    int rows() {
        return size(terminal == null ? 0 : terminal.getRows(), "LINES", ROWS);
    }

    private int size(int told, String variable, int usual) {
        if (told > 0) return told;
        String value = around.variable(variable);
        return value != null && value.matches("[1-9][0-9]{0,3}") ? Integer.parseInt(value) : usual;
    }

    @Override
    public void close() {
        if (terminal == null) return;
        try {
            terminal.close();
        } catch (IOException e) {
            around.say("the terminal: " + Errors.describe(e));
        }
    }
}
