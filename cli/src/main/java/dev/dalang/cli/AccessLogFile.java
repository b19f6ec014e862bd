package dev.dalang.cli;

import dev.dalang.server.http.AccessLog;
import java.io.IOException;
import java.io.PrintStream;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A line for each request: for people on standard error, as JSON in a file. Never what was asked or answered. */
final class AccessLogFile implements AccessLog, AutoCloseable {

    private final Surroundings around;
    private final @Nullable PrintStream people;
    private final @Nullable Writer file;
    private boolean broken;

    private AccessLogFile(Surroundings around, @Nullable PrintStream people, @Nullable Writer file) {
        this.around = around;
        this.people = people;
        this.file = file;
    }

    /** @param where {@code stderr}, {@code off} or a file, which is added to */
    static AccessLogFile open(String where, Surroundings around) {
        if (where.equals("off")) return new AccessLogFile(around, null, null);
        if (where.equals("stderr")) return new AccessLogFile(around, around.err(), null);
        Path path = Path.of(where);
        try {
            Private.file(path);
            return new AccessLogFile(
                    around, null, Files.newBufferedWriter(path, StandardCharsets.UTF_8, StandardOpenOption.APPEND));
        } catch (IOException e) {
            throw Errors.storage(e, path);
        }
    }

    @Override
    public void log(Entry e) {
        if (people != null) people.println(line(e));
        if (file == null) return;
        synchronized (this) {
            try {
                file.write(Json.compact(tree(e)) + "\n");
                file.flush();
            } catch (IOException x) {
                // A full disk must not stop the server; once is enough to say so.
                if (!broken) around.say("the access log cannot be written: " + Errors.describe(x));
                broken = true;
            }
        }
    }

    private static String line(Entry e) {
        return e.at().truncatedTo(ChronoUnit.MILLIS) + " " + e.status() + (e.left() ? " (left)" : "") + " " + e.method()
                + " " + e.path() + " " + Text.format("%.1f ms", e.time().toNanos() / 1e6) + " " + e.bytes() + " B "
                + e.remote() + " key " + (e.caller().isEmpty() ? "-" : e.caller()) + " " + e.id();
    }

    private static Map<String, @Nullable Object> tree(Entry e) {
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        tree.put("at", e.at().toString());
        tree.put("id", e.id());
        tree.put("method", e.method());
        tree.put("path", e.path());
        tree.put("route", e.route());
        tree.put("status", e.status());
        tree.put("left", e.left());
        tree.put("seconds", e.time().toNanos() / 1e9);
        tree.put("bytes", e.bytes());
        tree.put("remote", e.remote());
        tree.put("key", e.caller().isEmpty() ? null : e.caller());
        return tree;
    }

    @Override
    public void close() {
        if (file == null) return;
        try {
            file.close();
        } catch (IOException e) {
            around.say("the access log cannot be closed: " + Errors.describe(e));
        }
    }
}
