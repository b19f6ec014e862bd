package dev.dalang.cli;

import java.text.MessageFormat;
import java.util.Locale;
import java.util.ResourceBundle;
import org.jspecify.annotations.Nullable;

/**
 * Where {@link System.Logger} goes, the libraries' too: warnings and errors to standard error, a line each, as all that Dalang
 * says. With {@code DALANG_DEBUG=1} also what is for information, and stack traces.
 */
public final class Loggers extends System.LoggerFinder {

    @Override
    public System.Logger getLogger(String name, Module module) {
        return new Line(name, "1".equals(System.getenv("DALANG_DEBUG")));
    }

    private record Line(String name, boolean debug) implements System.Logger {
        @Override
        public String getName() {
            return name;
        }

        @Override
        public boolean isLoggable(Level level) {
            int least = (debug ? Level.INFO : Level.WARNING).getSeverity();
            return level != Level.OFF && level.getSeverity() >= least;
        }

        @Override
        public void log(Level level, @Nullable ResourceBundle bundle, @Nullable String message, @Nullable Throwable t) {
            if (!isLoggable(level)) return;
            String text = message == null ? "" : message;
            if (t != null) text += (text.isEmpty() ? "" : ": ") + t;
            System.err.println("dalang: " + level.getName().toLowerCase(Locale.ROOT) + ": " + Text.oneLine(text));
            if (t != null && debug) t.printStackTrace(System.err);
        }

        @Override
        public void log(
                Level level, @Nullable ResourceBundle bundle, @Nullable String format, @Nullable Object... values) {
            if (!isLoggable(level)) return;
            boolean plain = format == null || values == null || values.length == 0;
            log(level, bundle, plain ? format : new MessageFormat(format, Locale.ROOT).format(values), (Throwable)
                    null);
        }
    }
}
