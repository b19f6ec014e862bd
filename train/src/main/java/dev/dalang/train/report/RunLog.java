package dev.dalang.train.report;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.train.loop.TrainingEvent;
import dev.dalang.train.loop.TrainingListener;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * The log of a run, JSON lines in a file that grows: every sitting appends to it. What was written when the machine went
 * down may end in half a line; readers skip it. While the disk is full, the lines wait in memory: a run does not end for
 * want of a curve.
 */
public final class RunLog implements TrainingListener, AutoCloseable {

    /** Lines that wait for the disk; what comes beyond is not kept. */
    private static final int MOST_WAITING = 32 << 20;

    private final Path file;
    private final FileChannel channel;
    private final ByteArrayOutputStream waiting = new ByteArrayOutputStream();
    private @Nullable IOException failure;

    /** @throws DalangException (storage) if the file cannot be opened for writing */
    public RunLog(Path file) {
        this.file = file;
        try {
            boolean torn = endsWithinLine(file);
            channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            if (torn) waiting.write('\n');
        } catch (IOException e) {
            throw new DalangException(
                    new Failure.Storage(file + " cannot be written: " + e.getMessage(), file.toString()), e);
        }
    }

    private static boolean endsWithinLine(Path file) throws IOException {
        if (!Files.isRegularFile(file)) return false;
        try (var channel = Files.newByteChannel(file)) {
            if (channel.size() == 0) return false;
            channel.position(channel.size() - 1);
            var last = ByteBuffer.allocate(1);
            return channel.read(last) == 1 && last.get(0) != '\n';
        }
    }

    @Override
    public void on(TrainingEvent event) {
        // Half a surrogate pair in a sample becomes a question mark.
        byte[] line = (EventJson.line(event) + '\n').getBytes(StandardCharsets.UTF_8);
        if (waiting.size() + line.length <= MOST_WAITING) waiting.writeBytes(line);
        // A curve that lags a little is fine; what happens seldom should be there at once.
        if (!(event instanceof TrainingEvent.Step s) || s.step() % 16 == 0) flush();
    }

    private void flush() {
        byte[] bytes = waiting.toByteArray();
        waiting.reset();
        int done = 0;
        try {
            while (done < bytes.length) done += channel.write(ByteBuffer.wrap(bytes, done, bytes.length - done));
            failure = null;
        } catch (IOException e) {
            failure = e;
            waiting.write(bytes, done, bytes.length - done);
        }
    }

    /** Why the newest lines are not in the file, for a person; null if they are. */
    public @Nullable String problem() {
        return failure == null ? null : file + " lacks its end: " + failure.getMessage();
    }

    @Override
    public void close() {
        flush();
        try {
            channel.close();
        } catch (IOException e) {
            failure = e;
        }
    }
}
