package dev.dalang.server.http;

import dev.dalang.api.Failure;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.function.Consumer;

/** The bytes of an answer that comes in pieces, each sent at once. */
final class StreamOut {

    /** How a dialect's error in the middle is written; there is one kind for events and one for lines. */
    interface FailureWriter {
        void write(ErrorShape errors, Failure failure, String requestId);
    }

    private final OutputStream out;
    private final Consumer<RuntimeException> gone;
    private FailureWriter failures = (errors, failure, id) -> {};
    private boolean ended;
    private volatile long written = System.nanoTime();

    StreamOut(OutputStream out, Consumer<RuntimeException> gone) {
        this.out = out;
        this.gone = gone;
    }

    void failures(FailureWriter writer) {
        failures = writer;
    }

    synchronized void write(byte[] bytes) {
        if (ended) throw new IllegalStateException("the stream has ended");
        try {
            out.write(bytes);
            out.flush();
            written = System.nanoTime();
        } catch (IOException e) {
            gone.accept(new UncheckedIOException(e));
        } catch (RuntimeException e) {
            gone.accept(e);
        }
    }

    /** When something was sent last, by {@link System#nanoTime}. */
    long lastWritten() {
        return written;
    }

    /** As {@link #write}, unless the stream has ended. */
    synchronized void writeIfOpen(byte[] bytes) {
        if (!ended) write(bytes);
    }

    void failure(ErrorShape errors, Failure failure, String requestId) {
        failures.write(errors, failure, requestId);
    }

    synchronized void end() {
        if (ended) return;
        ended = true;
        try {
            out.close();
        } catch (IOException e) {
            gone.accept(new UncheckedIOException(e));
        } catch (RuntimeException e) {
            gone.accept(e);
        }
    }
}
