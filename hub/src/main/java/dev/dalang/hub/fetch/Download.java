package dev.dalang.hub.fetch;

import dev.dalang.api.Cancellation;
import dev.dalang.api.DalangException;
import dev.dalang.hub.store.Partial;
import dev.dalang.net.Abort;
import dev.dalang.net.Http;
import dev.dalang.net.NetException;
import dev.dalang.net.Request;
import dev.dalang.net.Response;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Brings the bytes of one file: runs of segments in parallel by ranged requests, each tried again from where it broke off;
 * a segment is noted when it is on the disk. A server without ranges is read from front to back.
 */
final class Download {
    private static final int BUFFER_BYTES = 1 << 16;
    private static final Pattern CONTENT_RANGE = Pattern.compile("bytes (\\d{1,18})-(\\d{1,18})/(\\d{1,18}|\\*)");

    private final Http http;
    private final String purpose;
    private final Plan.PlannedFile file;
    private final Partial partial;
    private final Progress progress;
    private final Sizes sizes;
    private final Cancellation stop;
    private final AtomicBoolean noRanges = new AtomicBoolean();

    /** @param stop ends it at once; what is on the disk by then stays */
    Download(
            Http http,
            String purpose,
            Plan.PlannedFile file,
            Partial partial,
            Progress progress,
            Sizes sizes,
            Cancellation stop) {
        this.http = http;
        this.purpose = purpose;
        this.file = file;
        this.partial = partial;
        this.progress = progress;
        this.sizes = sizes;
        this.stop = stop;
    }

    /**
     * How a file is cut up.
     *
     * @param segmentBytes that are noted at once: an interruption costs as much for each connection
     * @param requestSegments the most that one request asks for
     * @param connections at once
     */
    record Sizes(int segmentBytes, int requestSegments, int connections) {}

    /** Hands out runs of segments that are missing. */
    private static final class Runs {
        private final BitSet done;
        private final int count;
        private final int longest;
        private int next;

        Runs(BitSet done, int count, Sizes sizes) {
            this.done = done;
            this.count = count;
            int missing = count - done.cardinality();
            int share = (missing + sizes.connections() - 1) / sizes.connections();
            this.longest = Math.max(1, Math.min(sizes.requestSegments(), share));
        }

        /** First segment and the one behind the last; null when there are no more. */
        synchronized int @Nullable [] take() {
            int first = done.nextClearBit(next);
            if (first >= count) return null;
            int end = first + 1;
            while (end < count && end - first < longest && !done.get(end)) end++;
            next = end;
            return new int[] {first, end};
        }
    }

    /** A server that does not send what it said it has; trying again does not help. */
    private static final class NotAsPlanned extends IOException {
        NotAsPlanned(String message) {
            super(message);
        }
    }

    /** @throws DalangException when the bytes cannot be had, or nobody wants more of them; what is there of them stays */
    void run() throws IOException {
        // A kill between the naming of a blob and the end of its journal leaves a journal of bytes that are gone.
        if (!Files.exists(partial.data())) Files.deleteIfExists(partial.journal());
        try (FileChannel data = FileChannel.open(
                        partial.data(), StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
                Journal journal = Journal.open(partial.journal(), file.bytes(), sizes.segmentBytes())) {
            partial.keepNames();
            BitSet done = journal.done();
            long already = 0;
            for (int i = done.nextSetBit(0); i >= 0; i = done.nextSetBit(i + 1)) already += end(i) - start(i);
            progress.begins(file, already);
            if (data.size() > file.bytes()) data.truncate(file.bytes());
            segments(data, journal, done);
            // Connections that end between two runs have nothing to say; the file is shorter then, and that is no
            // fault.
            if (stop.isCancelled()) throw Failures.stopped();
            if (noRanges.get()) whole(data);
            data.force(true);
            if (data.size() != file.bytes()) throw new NotAsPlanned(file.name() + " came in another length");
        } catch (NotAsPlanned e) {
            partial.reset();
            throw Failures.upstream(
                    e.getMessage() + "; what came of it was thrown away, and another `dalang pull` begins anew", 0);
        }
    }

    private long start(int segment) {
        return (long) segment * sizes.segmentBytes();
    }

    private long end(int segment) {
        return Math.min(file.bytes(), start(segment) + sizes.segmentBytes());
    }

    private void segments(FileChannel data, Journal journal, BitSet done) throws IOException {
        int count = Journal.segments(file.bytes(), sizes.segmentBytes());
        Runs runs = new Runs(done, count, sizes);
        // Of all connections: nobody wants more, or one of them has failed for good. None waits on for a silent server.
        Cancellation ended = new Cancellation();
        AtomicReference<@Nullable Throwable> why = new AtomicReference<>();
        List<Future<?>> workers = new ArrayList<>();
        try (Cancellation.Registration _ = stop.onCancel(ended::cancel);
                ExecutorService pool = Executors.newVirtualThreadPerTaskExecutor()) {
            int missing = count - done.cardinality();
            for (int w = 0; w < Math.min(sizes.connections(), missing); w++) {
                workers.add(pool.submit(() -> {
                    try {
                        for (int[] run; !ended.isCancelled() && !noRanges.get() && (run = runs.take()) != null; ) {
                            run(data, journal, run[0], run[1], ended);
                        }
                    } catch (Throwable t) {
                        // The others are broken off, and fail by that.
                        why.compareAndSet(null, t);
                        ended.cancel();
                    }
                }));
            }
            try {
                for (Future<?> w : workers) w.get();
            } catch (ExecutionException e) {
                throw new IllegalStateException(e); // they keep what they throw
            } catch (InterruptedException e) {
                ended.cancel();
                Thread.currentThread().interrupt();
                throw new IOException("interrupted", e);
            }
        }
        rethrow(why.get());
    }

    /** Where a copy has got to, also when it broke. */
    private static final class Cursor {
        private long at;

        Cursor(long at) {
            this.at = at;
        }
    }

    /** Stops, and sets {@link #noRanges}, when all must be read by one request. */
    private void run(FileChannel data, Journal journal, int first, int end, Cancellation ended) throws IOException {
        Abort abort = new Abort();
        try (Cancellation.Registration _ = ended.onCancel(abort::abort)) {
            run(data, journal, first, end, abort);
        }
    }

    private void run(FileChannel data, Journal journal, int first, int end, Abort abort) throws IOException {
        Cursor cursor = new Cursor(start(first));
        long to = end(end - 1);
        for (int failures = 0; cursor.at < to; ) {
            long before = cursor.at;
            Request request = ranged(before, to);
            // The client itself tries again what fails before an answer.
            try (Response r = http.send(request, abort)) {
                if (r.status() == 200) {
                    noRanges.set(true);
                    return;
                }
                checkRange(r, before, to);
                while (cursor.at < to) {
                    int segment = (int) (cursor.at / sizes.segmentBytes());
                    copy(r.body(), data, cursor, end(segment));
                    if (cursor.at < end(segment)) {
                        throw new NetException(NetException.Kind.CONNECTION, "the answer ended early");
                    }
                    data.force(false);
                    journal.add(segment);
                }
            } catch (NetException e) {
                failures = cursor.at > before ? 1 : failures + 1;
                if (!e.mayPass() || failures >= http.attempts()) throw e;
                http.pause(failures, request, abort);
            }
        }
    }

    /** From front to back; a break begins anew, since there are no ranges to go on with. */
    private void whole(FileChannel data) throws IOException {
        Abort abort = new Abort();
        try (Cancellation.Registration _ = stop.onCancel(abort::abort)) {
            whole(data, abort);
        }
    }

    private void whole(FileChannel data, Abort abort) throws IOException {
        for (int attempt = 1; ; attempt++) {
            Cursor cursor = new Cursor(0);
            data.truncate(0);
            progress.begins(file, 0);
            try (Response r = http.send(request(), abort)) {
                if (r.status() != 200) throw Reach.unexpected(r.address(), r.status());
                if (r.length() >= 0 && r.length() != file.bytes()) throw otherLength(r.length());
                String v = file.validator();
                if (v != null && !v.equals(r.header("ETag")) && !v.equals(r.header("Last-Modified"))) {
                    throw new NotAsPlanned(file.address().getHost() + " has changed " + file.name() + " meanwhile");
                }
                copy(r.body(), data, cursor, file.bytes());
                if (cursor.at < file.bytes()) throw otherLength(cursor.at);
                if (r.body().read() >= 0) throw otherLength(file.bytes() + 1);
                return;
            } catch (NetException e) {
                if (!e.mayPass() || attempt >= http.attempts()) throw e;
                progress.came(file, -cursor.at);
                http.pause(attempt, request(), abort);
            }
        }
    }

    private void copy(InputStream in, FileChannel data, Cursor cursor, long to) throws IOException {
        byte[] buffer = new byte[BUFFER_BYTES];
        while (cursor.at < to) {
            int n = in.read(buffer, 0, (int) Math.min(buffer.length, to - cursor.at));
            if (n < 0) return;
            ByteBuffer bytes = ByteBuffer.wrap(buffer, 0, n);
            while (bytes.hasRemaining()) cursor.at += data.write(bytes, cursor.at);
            progress.came(file, n);
        }
    }

    private void checkRange(Response r, long from, long to) throws IOException {
        if (r.status() == 416) throw otherLength(-1);
        if (r.status() != 206) throw Reach.unexpected(r.address(), r.status());
        String range = r.header("Content-Range");
        Matcher m = CONTENT_RANGE.matcher(range == null ? "" : range);
        if (!m.matches() || Long.parseLong(m.group(1)) != from || Long.parseLong(m.group(2)) >= to) {
            throw new NotAsPlanned(
                    r.address().getHost() + " sent another range of " + file.name() + " than was asked for");
        }
        if (!m.group(3).equals("*") && Long.parseLong(m.group(3)) != file.bytes()) {
            throw otherLength(Long.parseLong(m.group(3)));
        }
    }

    private NotAsPlanned otherLength(long is) {
        return new NotAsPlanned(file.name() + " should have " + file.bytes() + " bytes, but "
                + file.address().getHost() + (is < 0 ? " has fewer" : " has " + is));
    }

    private Request ranged(long from, long to) {
        Request r = request().range(from, to);
        return file.validator() == null ? r : r.header("If-Range", file.validator());
    }

    private Request request() {
        Request request = Request.bytes(file.address(), purpose, file.bytes() + 1);
        for (var s : file.secrets().entrySet()) request = request.secret(s.getKey(), s.getValue());
        return request;
    }

    private static void rethrow(@Nullable Throwable why) throws IOException {
        switch (why) {
            case null -> {}
            case IOException io -> throw io;
            case RuntimeException r -> throw r;
            case Error error -> throw error;
            default -> throw new IllegalStateException(why);
        }
    }
}
