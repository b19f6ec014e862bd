package dev.dalang.gateway.provider.wire;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Server-sent events as the WHATWG's HTML standard, §9.2, reads them: lines end in CR LF, LF or CR, comments are skipped,
 * data lines are joined, an event without data is none, and one that the end cuts off is dropped. Reconnection is left
 * out: an answer cannot be resumed.
 */
public final class SseReader implements Frames {
    private static final int BUFFER_BYTES = 8192;

    private final InputStream in;
    private final int maxEventBytes;
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private int from;
    private int to;
    private boolean afterCr;
    private boolean first = true;

    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private final StringBuilder data = new StringBuilder();
    private boolean hasData;
    private String name = "";

    /** @param maxEventBytes of one line, and of one event's data */
    public SseReader(InputStream in, int maxEventBytes) {
        this.in = in;
        this.maxEventBytes = maxEventBytes;
    }

    @Override
    public @Nullable Frame next() throws IOException {
        for (String text; (text = line()) != null; ) {
            if (!text.isEmpty()) {
                field(text);
                continue;
            }
            Frame frame = hasData ? new Frame(name, data.toString()) : null;
            name = "";
            data.setLength(0);
            hasData = false;
            if (frame != null) return frame;
        }
        return null;
    }

    private void field(String text) {
        int colon = text.indexOf(':');
        if (colon == 0) return; // a comment, as pings are
        String field = colon < 0 ? text : text.substring(0, colon);
        String value = colon < 0 ? "" : text.substring(colon + 1);
        if (value.startsWith(" ")) value = value.substring(1);
        switch (field) {
            case "event" -> name = value;
            case "data" -> {
                if (hasData) data.append('\n');
                data.append(value);
                hasData = true;
                if (data.length() > maxEventBytes) throw tooLong();
            }
            default -> {} // id and retry serve reconnection, the rest is to be ignored
        }
    }

    /** The next line without its end, or null at the end of the stream; a last line without an end is none. */
    private @Nullable String line() throws IOException {
        line.reset();
        while (true) {
            if (from == to) {
                int n = in.read(buffer, 0, buffer.length);
                if (n < 0) return null;
                from = 0;
                to = n;
            }
            if (afterCr && from < to) {
                afterCr = false;
                if (buffer[from] == '\n') from++;
            }
            int end = from;
            while (end < to && buffer[end] != '\n' && buffer[end] != '\r') end++;
            line.write(buffer, from, end - from);
            if (line.size() > maxEventBytes) throw tooLong();
            boolean ended = end < to;
            if (ended) afterCr = buffer[end] == '\r';
            from = ended ? end + 1 : end;
            if (ended) break;
        }
        String text = line.toString(StandardCharsets.UTF_8);
        boolean mark = first && text.startsWith("\ufeff");
        first = false;
        return mark ? text.substring(1) : text;
    }

    private DalangException tooLong() {
        return new DalangException(
                new Failure.Upstream("an event of the answer is longer than " + maxEventBytes + " bytes", 0));
    }
}
