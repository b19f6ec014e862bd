package dev.dalang.server.preset;

import java.util.regex.Pattern;

/** Templates in the notation of Go's text/template, which Ollama's models have, told from Jinja. */
public final class GoTemplate {

    /** {@code {{ .Prompt }}}, {@code {{- range .Messages }}}, {@code {{ if .System }}}, {@code {{ end }}}. */
    private static final Pattern GO =
            Pattern.compile("\\{\\{-?\\s*(?:\\.[A-Z]|\\$|(?:if|else|range|with|end|template|block|define)\\b|/\\*)");

    private GoTemplate() {}

    public static boolean isOne(String template) {
        return GO.matcher(template).find();
    }
}
