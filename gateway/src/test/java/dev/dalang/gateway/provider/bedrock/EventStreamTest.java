package dev.dalang.gateway.provider.bedrock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.api.DalangException;
import dev.dalang.gateway.provider.wire.Frame;
import dev.dalang.gateway.simulator.BedrockVoice;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class EventStreamTest {

    private static Frame read(byte[] data) throws IOException {
        return new EventStream(new ByteArrayInputStream(data), 1 << 20).next();
    }

    private static byte[] event(String payload) {
        return BedrockVoice.message(
                Map.of(":message-type", "event", ":event-type", "contentBlockDelta"),
                payload.getBytes(StandardCharsets.UTF_8));
    }

    /** The empty message of AWS's own test data for event streams. */
    @Test
    void theEmptyMessageOfTheSpecification() throws IOException {
        byte[] empty = HexFormat.of().parseHex("000000100000000005c248eb7d98c8ff");
        assertThat(read(empty)).isEqualTo(new Frame("", ""));
    }

    @Test
    void messagesFollowEachOther() throws IOException {
        byte[] a = event("{\"a\":1}");
        byte[] b = event("{}");
        byte[] both = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, both, a.length, b.length);
        EventStream in = new EventStream(new ByteArrayInputStream(both), 1 << 20);
        assertThat(in.next()).isEqualTo(new Frame("contentBlockDelta", "{\"a\":1}"));
        assertThat(in.next()).isEqualTo(new Frame("contentBlockDelta", "{}"));
        assertThat(in.next()).isNull();
    }

    @Test
    void exceptionsSayWhat() throws IOException {
        Frame frame = read(BedrockVoice.message(
                Map.of(":message-type", "exception", ":exception-type", "validationException"),
                "{\"message\":\"no\"}".getBytes(StandardCharsets.UTF_8)));
        assertThat(frame).isEqualTo(new Frame("exception", "{\"code\":\"validationException\",\"message\":\"no\"}"));
    }

    /** Whatever byte is changed, the message is refused: nothing is believed, and nothing is allocated on its word. */
    @Property(tries = 300)
    void noChangedByteIsBelieved(@ForAll @Size(min = 1, max = 40) byte[] payload, @ForAll int at, @ForAll byte change) {
        byte[] message = BedrockVoice.message(Map.of(":event-type", "x"), payload);
        int i = Math.floorMod(at, message.length);
        byte before = message[i];
        message[i] ^= change;
        if (message[i] == before) return;
        assertThatThrownBy(() -> read(message)).isInstanceOf(DalangException.class);
    }

    @Test
    void messagesThatAreCutOrTooLong() {
        byte[] message = event("{\"a\":1}");
        for (int n = 1; n < message.length; n++) {
            byte[] cut = Arrays.copyOf(message, n);
            assertThatThrownBy(() -> read(cut)).as("%d bytes", n).isInstanceOf(DalangException.class);
        }
        assertThatThrownBy(() -> new EventStream(new ByteArrayInputStream(message), 20).next())
                .hasMessageContaining("bytes");
    }
}
