package dev.dalang.train.report;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.train.loop.TrainingEvent;
import dev.dalang.train.loop.TrainingListener;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The log of a run, JSON lines in a file that grows: every sitting appends to it. What was written when the machine went
 * down may end in half a line; readers skip it.
 */
public final class RunLog implements TrainingListener, AutoCloseable {

    private final Path file;
    private final Writer out;

    /** @throws DalangException (storage) if the file cannot be written */
    public RunLog(Path file) {
        this.file = file;
        try {
            boolean torn = endsWithinLine(file);
            // Not Files.newBufferedWriter: that would end a run over half a surrogate pair in a sample.
            out = new BufferedWriter(new OutputStreamWriter(
                    Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND),
                    StandardCharsets.UTF_8));
            if (torn) out.write('\n');
        } catch (IOException e) {
            throw failed(e);
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
        try {
            out.write(EventJson.line(event));
            out.write('\n');
            // A curve that lags a little is fine; what happens seldom should be there at once.
            if (!(event instanceof TrainingEvent.Step s) || s.step() % 16 == 0) out.flush();
        } catch (IOException e) {
            throw failed(e);
        }
    }

    @Override
    public void close() {
        try {
            out.close();
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private DalangException failed(IOException e) {
        return new DalangException(
                new Failure.Storage(file + " cannot be written: " + e.getMessage(), file.toString()), e);
    }
}
