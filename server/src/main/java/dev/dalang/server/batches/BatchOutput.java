package dev.dalang.server.batches;

import dev.dalang.server.http.Json;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a batch has written so far: a file of answers and one of errors, a line each. Opened again after a stop, it knows
 * which requests are done; a line that was cut off is taken away. Safe for several threads.
 */
final class BatchOutput {

    private final Path results;
    private final Path errors;
    private final Set<String> done = new HashSet<>();
    private @Nullable OutputStream resultLines;
    private @Nullable OutputStream errorLines;
    private @Nullable IOException broken;
    private int completed;
    private int failed;

    BatchOutput(Path folder, String batch) {
        this.results = folder.resolve(batch + ".results.part");
        this.errors = folder.resolve(batch + ".errors.part");
    }

    Path results() {
        return results;
    }

    Path errors() {
        return errors;
    }

    synchronized void open() throws IOException {
        completed = take(results);
        failed = take(errors);
        resultLines = append(results);
        errorLines = append(errors);
    }

    private static OutputStream append(Path file) throws IOException {
        return Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    /** Reads what is there; says how many lines. */
    private int take(Path file) throws IOException {
        if (!Files.exists(file)) return 0;
        byte[] all = Files.readAllBytes(file);
        int end = all.length;
        while (end > 0 && all[end - 1] != '\n') end--;
        if (end < all.length) {
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                channel.truncate(end);
            }
        }
        int lines = 0;
        for (String line : new String(all, 0, end, StandardCharsets.UTF_8).split("\n")) {
            if (line.isEmpty()) continue;
            done.add(Json.parse(line).path("custom_id").asString(""));
            lines++;
        }
        return lines;
    }

    synchronized boolean has(String customId) {
        return done.contains(customId);
    }

    synchronized void completed(String customId, ObjectNode line) {
        write(resultLines, customId, line);
        completed++;
    }

    synchronized void failed(String customId, ObjectNode line) {
        write(errorLines, customId, line);
        failed++;
    }

    private void write(@Nullable OutputStream to, String customId, ObjectNode line) {
        if (to == null) throw new IllegalStateException("not open");
        try {
            to.write((Json.text(line) + "\n").getBytes(StandardCharsets.UTF_8));
            to.flush();
            done.add(customId);
        } catch (IOException e) {
            if (broken == null) broken = e;
        }
    }

    /** @throws IOException if something could not be written */
    synchronized void check() throws IOException {
        if (broken != null) throw broken;
    }

    synchronized int completed() {
        return completed;
    }

    synchronized int failed() {
        return failed;
    }

    synchronized void close() {
        try {
            if (resultLines != null) resultLines.close();
            if (errorLines != null) errorLines.close();
        } catch (IOException e) {
            if (broken == null) broken = e;
        }
        resultLines = null;
        errorLines = null;
    }
}
