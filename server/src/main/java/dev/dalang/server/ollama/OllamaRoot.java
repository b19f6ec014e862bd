package dev.dalang.server.ollama;

import dev.dalang.server.http.Exchange;
import java.nio.charset.StandardCharsets;

/** The sign of life at {@code /}, which is the web page's path too: a browser asks for HTML, Ollama's clients do not. */
public final class OllamaRoot {

    private OllamaRoot() {}

    /** Whether whoever asks wants no page. */
    public static boolean wanted(Exchange x) {
        return x.headers("accept").stream().noneMatch(a -> a.contains("text/html"));
    }

    /** What tools look for to find a server of Ollama's. */
    public static void answer(Exchange x) {
        x.send(200, "text/plain; charset=utf-8", "Ollama is running".getBytes(StandardCharsets.UTF_8));
    }
}
