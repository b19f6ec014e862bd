package dev.dalang.api;

import java.util.regex.Pattern;

/** What a tool may be called: the widest of what the dialects allow. */
final class ToolName {
    private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9_.:/-]{1,256}");

    private ToolName() {}

    static void check(String name) {
        if (!NAME.matcher(name).matches()) {
            throw Checks.invalid(
                    "tools",
                    "a tool's name is made of 1 to 256 letters, digits and _ . : / -, unlike \"" + name + "\"");
        }
    }
}
