package dev.dalang.gateway.provider.bedrock;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.gateway.provider.wire.Frame;
import dev.dalang.gateway.provider.wire.Frames;
import dev.dalang.gateway.provider.wire.Json;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * AWS's binary event stream ({@code application/vnd.amazon.eventstream}). A message is: total length, length of the
 * headers, CRC-32 of these two (4 bytes each, big-endian), headers, payload, CRC-32 of all before it. Both sums are
 * checked before anything is believed. An exception's name becomes the field {@code exception} of a frame named
 * {@code exception}.
 */
final class EventStream implements Frames {
    private static final int PRELUDE_BYTES = 12;
    private static final int CRC_BYTES = 4;
    private static final int MAX_HEADER_BYTES = 128 << 10;

    private final InputStream in;
    private final int maxBytes;

    EventStream(InputStream in, int maxBytes) {
        this.in = in;
        this.maxBytes = maxBytes;
    }

    @Override
    public @Nullable Frame next() throws IOException {
        byte[] prelude = in.readNBytes(PRELUDE_BYTES);
        if (prelude.length == 0) return null;
        if (prelude.length < PRELUDE_BYTES) throw broken("ends within a message");
        ByteBuffer head = ByteBuffer.wrap(prelude);
        int total = head.getInt();
        int headerBytes = head.getInt();
        if (head.getInt() != crc(prelude, 8, new byte[0], 0)) throw broken("has a wrong check sum");
        if (headerBytes < 0
                || headerBytes > MAX_HEADER_BYTES
                || total < PRELUDE_BYTES + headerBytes + CRC_BYTES
                || total > maxBytes) {
            throw broken("has a message of " + total + " bytes with " + headerBytes + " of headers");
        }
        byte[] rest = in.readNBytes(total - PRELUDE_BYTES);
        if (rest.length < total - PRELUDE_BYTES) throw broken("ends within a message");
        int payloadEnd = rest.length - CRC_BYTES;
        if (ByteBuffer.wrap(rest, payloadEnd, CRC_BYTES).getInt() != crc(prelude, PRELUDE_BYTES, rest, payloadEnd)) {
            throw broken("has a wrong check sum");
        }
        Map<String, String> headers = headers(ByteBuffer.wrap(rest, 0, headerBytes));
        String payload = new String(rest, headerBytes, payloadEnd - headerBytes, StandardCharsets.UTF_8);
        return frame(headers, payload);
    }

    private static Frame frame(Map<String, String> headers, String payload) {
        switch (headers.getOrDefault(":message-type", "event")) {
            case "exception" -> {
                var error = Json.object().put("code", headers.getOrDefault(":exception-type", "exception"));
                var said = Json.parse(payload);
                String message = said == null ? null : Json.text(said, "message");
                if (message == null && said != null) message = Json.text(said, "Message");
                return new Frame(
                        "exception",
                        error.put("message", message == null ? "no reason given" : message)
                                .toString());
            }
            case "error" -> {
                return new Frame(
                        "exception",
                        Json.object()
                                .put("code", headers.getOrDefault(":error-code", "error"))
                                .put("message", headers.getOrDefault(":error-message", "no reason given"))
                                .toString());
            }
            default -> {
                return new Frame(headers.getOrDefault(":event-type", ""), payload);
            }
        }
    }

    /** Names and values; those that are no text are skipped by their length. */
    private static Map<String, String> headers(ByteBuffer in) {
        Map<String, String> headers = new HashMap<>();
        try {
            while (in.hasRemaining()) {
                String name = text(in, in.get() & 0xff);
                int type = in.get();
                switch (type) {
                    case 0, 1 -> {} // true, false
                    case 2 -> in.get();
                    case 3 -> in.getShort();
                    case 4 -> in.getInt();
                    case 5, 8 -> in.getLong(); // a number, a time
                    case 6 -> text(in, in.getShort() & 0xffff); // bytes
                    case 7 -> headers.put(name, text(in, in.getShort() & 0xffff));
                    case 9 -> text(in, 16); // a UUID
                    default -> throw broken("has a header of the unknown type " + type);
                }
            }
        } catch (java.nio.BufferUnderflowException e) {
            throw broken("has headers that are longer than they may be");
        }
        return headers;
    }

    private static String text(ByteBuffer in, int length) {
        byte[] bytes = new byte[length];
        in.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static int crc(byte[] first, int firstLength, byte[] second, int secondLength) {
        CRC32 crc = new CRC32();
        crc.update(first, 0, firstLength);
        crc.update(second, 0, secondLength);
        return (int) crc.getValue();
    }

    private static DalangException broken(String what) {
        return new DalangException(new Failure.Upstream("the provider's event stream " + what, 0));
    }
}
