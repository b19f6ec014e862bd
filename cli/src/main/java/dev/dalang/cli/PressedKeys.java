package dev.dalang.cli;

import java.io.IOException;
import org.jline.terminal.Attributes;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jspecify.annotations.Nullable;

/** Single keys of a person at the terminal, which are not shown while this is open. */
final class PressedKeys implements AutoCloseable {

    private final Terminal terminal;
    private final Attributes before;

    private PressedKeys(Terminal terminal) {
        this.terminal = terminal;
        this.before = terminal.enterRawMode();
    }

    /** Null where nobody sits at a terminal. */
    static @Nullable PressedKeys open(Surroundings around) {
        if (!around.inIsTerminal() || !around.outIsTerminal()) return null;
        try {
            return new PressedKeys(TerminalBuilder.builder()
                    .name("dalang")
                    .system(true)
                    .dumb(true)
                    .nativeSignals(false)
                    .graphemeCluster(false)
                    .build());
        } catch (IOException | IllegalStateException e) {
            return null;
        }
    }

    /** The next key; negative when none came in time, or none can come any more. */
    int within(long millis) throws IOException {
        return terminal.reader().read(millis);
    }

    @Override
    public void close() {
        try {
            terminal.setAttributes(before);
            terminal.close();
        } catch (IOException e) {
            // The terminal is gone, and with it whom to tell.
        }
    }
}
