package dev.dalang.train.report;

import java.util.List;
import java.util.Map;

/**
 * A page that needs nothing but a browser: no script, no other file, no host. It is HTML that is also well-formed XML, in
 * light or dark as the reader's system is set.
 */
final class Page {

    private static final String STYLE = """
            :root { color-scheme: light dark; --paper: #fff; --ink: #1a1a1a; --faint: #595959; --rule: #d9d9d9;
              --c0: #0b5cad; --c1: #b34700; --c2: #2e7d32; }
            @media (prefers-color-scheme: dark) { :root { --paper: #161616; --ink: #ececec; --faint: #b0b0b0;
              --rule: #3d3d3d; --c0: #74b4f5; --c1: #ffab6b; --c2: #81c784; } }
            body { background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; margin: 0 auto;
              max-width: 50rem; padding: 1rem; }
            h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2rem; }
            figure { margin: 1.5rem 0; } figcaption { font-weight: 600; } small, .tick { color: var(--faint); }
            svg[role=img] { width: 100%; height: auto; }
            .legend { font-weight: 400; }
            .grid { stroke: var(--rule); stroke-width: 1; fill: none; }
            .tick { font: 12px system-ui, sans-serif; fill: var(--faint); }
            .line { fill: none; stroke-width: 2; } .band { opacity: 0.25; stroke: none; }
            .line.c0 { stroke: var(--c0); } .line.c1 { stroke: var(--c1); stroke-dasharray: 7 4; }
            .line.c2 { stroke: var(--c2); stroke-dasharray: 2 3; }
            .band.c0, .dot.c0 { fill: var(--c0); } .band.c1, .dot.c1 { fill: var(--c1); }
            .band.c2, .dot.c2 { fill: var(--c2); }
            .scroll { overflow-x: auto; }
            table { border-collapse: collapse; margin: 0.5rem 0; font-variant-numeric: tabular-nums; }
            caption { text-align: left; color: var(--faint); }
            th, td { border-bottom: 1px solid var(--rule); padding: 0.2rem 0.8rem 0.2rem 0; text-align: left;
              vertical-align: top; }
            pre { white-space: pre-wrap; overflow-wrap: anywhere; border-left: 3px solid var(--rule); padding-left: 1rem; }
            @media print { details > * { display: block; } }
            """;

    private final StringBuilder body = new StringBuilder();
    private final String title;

    Page(String title) {
        this.title = title;
    }

    /** Adds what is already markup. */
    Page add(String markup) {
        body.append(markup);
        return this;
    }

    Page heading(String text) {
        return add("<h2>" + escape(text) + "</h2>\n");
    }

    Page paragraph(String text) {
        return add("<p>" + escape(text) + "</p>\n");
    }

    /** Names and what they are, one a line. */
    Page facts(String caption, Map<String, String> facts) {
        StringBuilder rows = new StringBuilder();
        facts.forEach((name, value) -> rows.append("<tr><th scope=\"row\">")
                .append(escape(name))
                .append("</th><td>")
                .append(escape(value))
                .append("</td></tr>\n"));
        return add("<div class=\"scroll\"><table>\n<caption>" + escape(caption) + "</caption>\n<tbody>\n" + rows
                + "</tbody>\n</table></div>\n");
    }

    static String table(String caption, List<String> head, List<List<String>> rows) {
        StringBuilder s = new StringBuilder("<div class=\"scroll\"><table>\n<caption>")
                .append(escape(caption))
                .append("</caption>\n<thead><tr>");
        for (String h : head) s.append("<th scope=\"col\">").append(escape(h)).append("</th>");
        s.append("</tr></thead>\n<tbody>\n");
        for (List<String> row : rows) {
            s.append("<tr>");
            for (String cell : row) s.append("<td>").append(escape(cell)).append("</td>");
            s.append("</tr>\n");
        }
        return s.append("</tbody>\n</table></div>\n").toString();
    }

    String html() {
        return "<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\">\n<head>\n"
                + "<meta charset=\"utf-8\"/>\n"
                + "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\"/>\n"
                + "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
                + "<title>" + escape(title) + "</title>\n<style>\n" + STYLE + "</style>\n</head>\n<body>\n<main>\n<h1>"
                + escape(title) + "</h1>\n" + body + "</main>\n</body>\n</html>\n";
    }

    /** A text as content or as a quoted attribute; what XML has no place for becomes U+FFFD. */
    static String escape(String text) {
        StringBuilder s = new StringBuilder(text.length() + 16);
        text.codePoints().forEach(c -> {
            switch (c) {
                case '<' -> s.append("&lt;");
                case '>' -> s.append("&gt;");
                case '&' -> s.append("&amp;");
                case '"' -> s.append("&quot;");
                default -> s.appendCodePoint(allowed(c) ? c : 0xFFFD);
            }
        });
        return s.toString();
    }

    private static boolean allowed(int c) {
        return c == '\t'
                || c == '\n'
                || c == '\r'
                || c >= 0x20 && c < 0xD800
                || c >= 0xE000 && c < 0xFFFE
                || c > 0xFFFF;
    }
}
