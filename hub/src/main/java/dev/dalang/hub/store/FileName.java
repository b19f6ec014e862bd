package dev.dalang.hub.store;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The name of one file of a model. It comes from outside and is the only thing from there that ever becomes part of a
 * path: the last part, of harmless letters, below a folder that we chose.
 *
 * @param text letters, digits, and {@code . _ + -} but not first
 */
public record FileName(String text) {
    private static final Pattern HARMLESS = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._+-]{0,199}");
    /** Names that are devices on Windows, with whatever ending. */
    private static final Set<String> DEVICES =
            Set.of("con", "prn", "aux", "nul", "com1", "com2", "com3", "com4", "lpt1", "lpt2", "lpt3");

    /** @throws DalangException (upstream) if it is anything else */
    public FileName {
        if (!isHarmless(text)) {
            String shown = text.replaceAll("[^ -~]+", "?");
            throw new DalangException(new Failure.Upstream(
                    "the model has a file named \"" + (shown.length() > 80 ? shown.substring(0, 80) + "…" : shown)
                            + "\", which is not used as the name of a file; nothing was written",
                    0));
        }
    }

    public static boolean isHarmless(String text) {
        if (!HARMLESS.matcher(text).matches() || text.endsWith(".") || text.contains("..")) return false;
        String stem = text.toLowerCase(Locale.ROOT);
        int dot = stem.indexOf('.');
        return !DEVICES.contains(dot < 0 ? stem : stem.substring(0, dot));
    }

    public boolean endsWith(String ending) {
        return text.toLowerCase(Locale.ROOT).endsWith(ending);
    }

    @Override
    public String toString() {
        return text;
    }
}
