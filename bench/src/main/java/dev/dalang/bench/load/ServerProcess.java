package dev.dalang.bench.load;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A server of ours, as its machine (Linux) and it itself see it. */
final class ServerProcess {

    private final HttpClient client;
    private final Target target;
    private final long pid;

    ServerProcess(HttpClient client, Target target) throws IOException, InterruptedException {
        this.client = client;
        this.target = target;
        this.pid = status().path("pid").asLong();
        if (!Files.isDirectory(proc()))
            throw new IOException("the server's process " + pid + " is not on this machine");
    }

    private Path proc() {
        return Path.of("/proc", Long.toString(pid));
    }

    long pid() {
        return pid;
    }

    /** Its own account of its work: {@code /dalang/server/status}. */
    JsonNode status() throws IOException, InterruptedException {
        return new JsonMapper().readTree(text("/dalang/server/status"));
    }

    String text(String path) throws IOException, InterruptedException {
        HttpResponse<String> answer = client.send(
                target.request(target.root(path)).GET().build(),
                HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
        if (answer.statusCode() != 200) throw new IOException(path + ": status " + answer.statusCode());
        return answer.body();
    }

    /** Open files and sockets. */
    int files() throws IOException {
        try (DirectoryStream<Path> all = Files.newDirectoryStream(proc().resolve("fd"))) {
            int count = 0;
            for (Path _ : all) count++;
            return count;
        }
    }

    /** Threads of the system; virtual ones are not among them. */
    long threads() throws IOException {
        return status("Threads");
    }

    /** Bytes of memory in use, files that are mapped included. */
    long residentBytes() throws IOException {
        return status("VmRSS") * 1024;
    }

    /** The same without pages of files, such as a model's. */
    long ownBytes() throws IOException {
        return status("RssAnon") * 1024;
    }

    private long status(String name) throws IOException {
        Matcher m = Pattern.compile("(?m)^" + name + ":\\s+(\\d+)").matcher(Files.readString(proc().resolve("status")));
        if (!m.find()) throw new IOException("the system says no " + name);
        return Long.parseLong(m.group(1));
    }

    /** Virtual threads that exist, and heap in use after a full collection, as the JDK's own tool has them. */
    record Inside(long heapBytes, long virtualThreads) {}

    Inside inside() throws IOException, InterruptedException {
        jcmd("GC.run");
        String heap = jcmd("GC.heap_info");
        long used = 0;
        Matcher m = Pattern.compile(
                        "(?m)^\\s*(?:def new generation|tenured generation|garbage-first heap|DefNew|Tenured).*?used"
                                + " (\\d+)K")
                .matcher(heap);
        while (m.find()) used += Long.parseLong(m.group(1)) * 1024;
        if (used == 0) throw new IOException("jcmd's account of the heap is not understood: " + heap);
        Path dump = Files.createTempFile("threads", ".json");
        Files.delete(dump);
        try {
            jcmd("Thread.dump_to_file", "-format=plain", dump.toString());
            return new Inside(
                    used,
                    Files.readString(dump)
                            .lines()
                            .filter(l -> l.endsWith(" virtual"))
                            .count());
        } finally {
            Files.deleteIfExists(dump);
        }
    }

    private String jcmd(String... words) throws IOException, InterruptedException {
        String[] command = new String[words.length + 2];
        command[0] = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
        command[1] = Long.toString(pid);
        System.arraycopy(words, 0, command, 2, words.length);
        Process p = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (p.waitFor() != 0) throw new IOException("jcmd: " + said);
        return said;
    }

    /** What a line of {@code /metrics} that begins so says; nothing where there is none. */
    Optional<Double> metric(String name) throws IOException, InterruptedException {
        return text("/metrics")
                .lines()
                .filter(l -> l.startsWith(name))
                .map(l -> Double.parseDouble(l.substring(l.lastIndexOf(' ') + 1)))
                .reduce(Double::sum);
    }
}
