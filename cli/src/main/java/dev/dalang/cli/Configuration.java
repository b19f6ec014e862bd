package dev.dalang.cli;

import dev.dalang.api.DalangException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * What the user configured, below the flags: a variable {@code DALANG_…} wins over {@code $DALANG_HOME/config}, which is
 * lines of {@code key = value} with {@code #} comments. A key that does not exist is an error, not a typo that nobody
 * notices.
 */
final class Configuration implements IDefaultValueProvider {

    /** A value and where it was said, for messages. */
    record Given(String value, String where) {}

    private final Map<Setting, Given> given;

    private Configuration(Map<Setting, Given> given) {
        this.given = given;
    }

    static Path file(Surroundings around) {
        return around.home().resolve("config");
    }

    /** @throws DalangException naming file and line, or variable, of a wrong key or value */
    static Configuration read(Surroundings around) {
        Map<Setting, Given> given = new EnumMap<>(Setting.class);
        Path file = file(around);
        if (Files.isRegularFile(file)) {
            try {
                List<String> lines = Files.readAllLines(file);
                for (int i = 0; i < lines.size(); i++) line(lines.get(i), file + " line " + (i + 1), given);
            } catch (IOException e) {
                throw Errors.storage(e, file);
            }
        }
        for (Setting s : Setting.values()) {
            String value = around.variable(s.variable());
            if (value != null) put(s, value, s.variable(), given);
        }
        return new Configuration(given);
    }

    private static void line(String line, String where, Map<Setting, Given> given) {
        String text = line.strip();
        if (text.isEmpty() || text.startsWith("#")) return;
        int equals = text.indexOf('=');
        if (equals < 0) throw Errors.usage(where + ": a line is `key = value`, unlike \"" + text + "\"");
        String key = text.substring(0, equals).strip();
        Setting setting = Setting.of(key);
        if (setting == null) {
            throw Errors.usage(where + ": there is no setting \"" + key + "\"; `dalang doctor --config` lists them");
        }
        put(setting, text.substring(equals + 1).strip(), where, given);
    }

    private static void put(Setting s, String spelling, String where, Map<Setting, Given> given) {
        String value = s.canonical(spelling);
        String wanted = s.objection(value);
        if (wanted != null) {
            throw Errors.usage(where + ": " + s.key() + " must be " + wanted + ", not \"" + value + "\"");
        }
        given.put(s, new Given(value, where));
    }

    @Nullable
    Given get(Setting s) {
        return given.get(s);
    }

    @Override
    public @Nullable String defaultValue(ArgSpec arg) {
        if (!(arg instanceof OptionSpec option)) return null;
        for (String name : option.names()) {
            Setting s = name.startsWith("--") ? Setting.of(name.substring(2)) : null;
            Given value = s == null ? null : given.get(s);
            if (value != null) return value.value();
        }
        return null;
    }

    /** The whole file with every key explained; what is configured now is filled in, the rest is commented out. */
    String commented() {
        StringBuilder text = new StringBuilder("# Dalang's configuration. A flag (--key) wins over a variable"
                + " (DALANG_KEY), which wins over this file.\n");
        for (Setting s : Setting.values()) {
            Given value = given.get(s);
            text.append("\n# ").append(s.purpose).append(" Variable: ").append(s.variable());
            text.append('\n').append(value == null ? "# " : "").append(s.key()).append(" =");
            String shown = value == null ? s.initial : value.value();
            if (!shown.isEmpty()) text.append(' ').append(shown);
            text.append('\n');
        }
        return text.toString();
    }
}
