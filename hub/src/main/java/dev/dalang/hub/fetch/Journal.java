package dev.dalang.hub.fetch;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.BitSet;
import java.util.List;

/**
 * Which segments of a file under way are on the disk: a first line that says of what, then a line for each segment, added
 * after its bytes were forced to the disk. A line that a kill cut short counts for nothing.
 */
final class Journal implements AutoCloseable {
    private final FileChannel channel;
    private final BitSet done;

    private Journal(FileChannel channel, BitSet done) {
        this.channel = channel;
        this.done = done;
    }

    /** Opens a journal, or begins a new one when what is there is of something else. */
    static Journal open(Path file, long bytes, int segmentBytes) throws IOException {
        String head = "dalang-partial 1 " + bytes + " " + segmentBytes;
        BitSet done = new BitSet();
        boolean fits = Files.exists(file) && read(file, head, segments(bytes, segmentBytes), done);
        FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
        Journal journal = new Journal(channel, done);
        if (fits) {
            channel.position(channel.size());
            journal.line(""); // ends a line that was cut short
        } else {
            done.clear();
            channel.truncate(0);
            journal.line(head);
        }
        return journal;
    }

    static int segments(long bytes, int segmentBytes) {
        return Math.toIntExact((bytes + segmentBytes - 1) / segmentBytes);
    }

    synchronized BitSet done() {
        return (BitSet) done.clone();
    }

    /** The segment's bytes are on the disk. */
    synchronized void add(int segment) throws IOException {
        line(segment + ".");
        done.set(segment);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    private void line(String text) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap((text + "\n").getBytes(StandardCharsets.US_ASCII));
        while (bytes.hasRemaining()) channel.write(bytes);
        channel.force(true);
    }

    private static boolean read(Path file, String head, int segments, BitSet done) throws IOException {
        List<String> lines =
                Files.readString(file, StandardCharsets.ISO_8859_1).lines().toList();
        if (lines.isEmpty() || !lines.getFirst().equals(head)) return false;
        for (String line : lines.subList(1, lines.size())) {
            if (!line.matches("\\d{1,9}\\.")) continue;
            int segment = Integer.parseInt(line.substring(0, line.length() - 1));
            if (segment < segments) done.set(segment);
        }
        return true;
    }
}
