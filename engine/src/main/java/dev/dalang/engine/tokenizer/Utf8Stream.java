package dev.dalang.engine.tokenizer;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/** Bytes to text, holding back an unfinished character; what is no UTF-8 becomes U+FFFD. */
final class Utf8Stream {

    private final CharsetDecoder decoder = StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPLACE)
            .onUnmappableCharacter(CodingErrorAction.REPLACE);
    private byte[] held = new byte[0];

    String feed(byte[] bytes) {
        return decode(bytes, false);
    }

    String flush() {
        String rest = decode(new byte[0], true);
        decoder.reset();
        held = new byte[0];
        return rest;
    }

    private String decode(byte[] bytes, boolean end) {
        ByteBuffer in = ByteBuffer.allocate(held.length + bytes.length)
                .put(held)
                .put(bytes)
                .flip();
        CharBuffer out = CharBuffer.allocate(in.remaining() + 1);
        decoder.decode(in, out, end);
        if (end) decoder.flush(out);
        held = new byte[in.remaining()];
        in.get(held);
        return out.flip().toString();
    }
}
