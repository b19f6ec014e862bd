package dev.dalang.pagetest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page's files: what they weigh, what they say, what goes with them. */
class FilesTest {

    private static final Path PAGE = Path.of("../server/src/main/resources/dev/dalang/server/web/page");
    private static final int SCRIPT_MOST = 400_000;

    @TempDir
    Path home;

    @Test
    void theScriptsWeighLittle() throws Exception {
        long bytes = 0;
        try (PageServer server = new PageServer(home, 0)) {
            for (Path f : files(".js")) bytes += gzip(Files.readAllBytes(f));
            for (String library : List.of(
                    "lit-html/lit-html.js",
                    "lit-html/directive.js",
                    "lit-html/directive-helpers.js",
                    "lit-html/directives/repeat.js",
                    "lit-html/directives/live.js",
                    "marked/marked.esm.js",
                    "dompurify/purify.es.mjs",
                    "katex/katex.min.js",
                    "highlightjs/highlight.min.js",
                    "uplot/uPlot.iife.min.js")) {
                HttpResponse<byte[]> r = get(server, "/lib/" + library, "gzip");
                assertThat(r.statusCode()).as(library).isEqualTo(200);
                assertThat(r.headers().firstValue("content-encoding")).contains("gzip");
                bytes += r.body().length;
            }
        }
        assertThat(bytes).isLessThan(SCRIPT_MOST);
    }

    @Test
    void filesComeWithAPolicyAndWithoutSecrets() throws Exception {
        try (PageServer server = new PageServer(home, 0)) {
            HttpResponse<byte[]> r = get(server, "/index.html", "");
            String policy = r.headers().firstValue("content-security-policy").orElseThrow();
            assertThat(policy).contains("default-src 'none'").contains("script-src 'self';");
            assertThat(policy).doesNotContain("unsafe").doesNotContain("http");
            String tag = r.headers().firstValue("etag").orElseThrow();
            HttpRequest again = HttpRequest.newBuilder(URI.create(server.address() + "/index.html"))
                    .header("If-None-Match", tag)
                    .build();
            try (HttpClient client = HttpClient.newHttpClient()) {
                assertThat(client.send(again, HttpResponse.BodyHandlers.discarding())
                                .statusCode())
                        .isEqualTo(304);
            }
            assertThat(get(server, "/js/../../Turn.class", "").statusCode()).isEqualTo(404);
            assertThat(get(server, "/js/%2e%2e/PageFiles.class", "").statusCode())
                    .isEqualTo(404);
            assertThat(get(server, "/dalang/session", "").statusCode()).isEqualTo(401);
            assertThat(new String(get(server, "/", "").body(), java.nio.charset.StandardCharsets.UTF_8))
                    .isEqualTo("Ollama is running");
        }
    }

    @Test
    void noFileNamesAnotherHost() throws IOException {
        Pattern address = Pattern.compile("https?://(?!www\\.w3\\.org/)");
        for (Path f : files(""))
            assertThat(address.matcher(Files.readString(f)).find())
                    .as(f.toString())
                    .isFalse();
        String index = Files.readString(PAGE.resolve("index.html"));
        assertThat(index).doesNotContain("style=").doesNotContain("onload=").doesNotContain("<script>");
    }

    /** Else a browser would find them one after the other. */
    @Test
    void whatTheFirstViewNeedsIsAskedForAtOnce() throws IOException {
        Set<String> needed = new LinkedHashSet<>();
        modules(Path.of("/js/main.js"), needed);
        assertThat(matches(Files.readString(PAGE.resolve("index.html")), "modulepreload\" href=\"([^\"]+)\""))
                .isEqualTo(needed);
    }

    private static void modules(Path module, Set<String> found) throws IOException {
        if (!found.add(module.toString()) || module.startsWith("/lib")) return;
        String text = Files.readString(PAGE.resolve(Path.of("/").relativize(module)));
        for (String other : matches(text, "(?m)^import [^;]*?from '([^']+)'")) {
            modules(module.resolveSibling(other).normalize(), found);
        }
    }

    /** Every text that the page asks for is in the table, and nothing is there that nobody asks for. */
    @Test
    void allTextsAreInOnePlace() throws IOException {
        String table = Files.readString(PAGE.resolve("js/strings.js"));
        Set<String> known = matches(table, "(?m)(?<=[{ ,])'([\\w. ]+)': '");
        Set<String> asked = new LinkedHashSet<>();
        Set<String> beginnings = new LinkedHashSet<>();
        for (Path f : files(".js")) {
            if (f.endsWith("strings.js")) continue;
            String text = Files.readString(f);
            asked.addAll(matches(text, "'([a-zA-Z_.]+)'"));
            asked.addAll(matches(text, "\\bt\\(`([\\w.]+)`"));
            beginnings.addAll(matches(text, "'([a-zA-Z.]+\\.)' \\+"));
            beginnings.addAll(matches(text, "`([a-zA-Z.]+\\.)\\$\\{"));
            for (String key : matches(text, "\\bt\\('([\\w.]+)'[,)]"))
                assertThat(known).contains(key);
        }
        for (String key : known) {
            boolean used = asked.contains(key) || beginnings.stream().anyMatch(key::startsWith);
            assertThat(used).as("the text " + key + " is asked for").isTrue();
        }
    }

    private static Set<String> matches(String text, String pattern) {
        Set<String> all = new LinkedHashSet<>();
        Matcher m = Pattern.compile(pattern).matcher(text);
        while (m.find()) all.add(m.group(1));
        return all;
    }

    private static List<Path> files(String end) throws IOException {
        try (Stream<Path> all = Files.walk(PAGE)) {
            return all.filter(Files::isRegularFile)
                    .filter(f -> f.toString().endsWith(end))
                    .toList();
        }
    }

    private static long gzip(byte[] content) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(content);
        }
        return out.size();
    }

    private static HttpResponse<byte[]> get(PageServer server, String path, String encoding) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(server.address() + path));
        if (!encoding.isEmpty()) request.header("Accept-Encoding", encoding);
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
        }
    }
}
