package dev.dalang.gateway.provider.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.api.DalangException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** The examples of the HTML standard, §9.2.6, and what streams of all kinds do. */
class SseReaderTest {

    private static List<Frame> read(InputStream in) throws IOException {
        SseReader reader = new SseReader(in, 100);
        List<Frame> frames = new ArrayList<>();
        for (Frame f; (f = reader.next()) != null; ) frames.add(f);
        return frames;
    }

    private static List<Frame> read(String text) throws IOException {
        return read(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
    }

    private static Frame data(String data) {
        return new Frame("", data);
    }

    @Test
    void theStandardsExamples() throws IOException {
        assertThat(read("data: YHOO\ndata: +2\ndata: 10\n\n")).containsExactly(data("YHOO\n+2\n10"));
        assertThat(read(": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n"))
                .containsExactly(data("first event"), data("second event"), data(" third event"));
        // The last block is cut off before its blank line, and dropped.
        assertThat(read("data\n\ndata\ndata\n\ndata:")).containsExactly(data(""), data("\n"));
        assertThat(read("data:test\n\ndata: test\n\n")).containsExactly(data("test"), data("test"));
    }

    @Test
    void namesBelongToTheirEvent() throws IOException {
        assertThat(read("event: a\ndata: 1\n\ndata: 2\n\nevent: lost\n\ndata: 3\n\n"))
                .containsExactly(new Frame("a", "1"), data("2"), data("3"));
    }

    @Test
    void lineEndsAreOfThreeKinds() throws IOException {
        assertThat(read("data: a\r\n\r\ndata: b\r\rdata: c\n\n")).containsExactly(data("a"), data("b"), data("c"));
        assertThat(read("\ufeffdata: mark\n\n")).containsExactly(data("mark"));
        assertThat(read("data: a: b\nnonsense\nretry: 5\n\n")).containsExactly(data("a: b"));
    }

    @Test
    void whatIsTooLongIsRefused() {
        assertThatThrownBy(() -> read("data: " + "x".repeat(200) + "\n\n")).isInstanceOf(DalangException.class);
        assertThatThrownBy(() -> read(("data: " + "x".repeat(40) + "\n").repeat(3) + "\n"))
                .isInstanceOf(DalangException.class);
    }

    /** However the network cuts the bytes, within a character or between CR and LF too. */
    @Property(tries = 200)
    void anyCutIsTheSame(@ForAll @IntRange(min = 1, max = 7) int piece) throws IOException {
        String text = "event: x\r\ndata: größe 🎭\r\n\r\n: ping\r\rdata: 2\ndata: 3\n\n";
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        InputStream slow = new ByteArrayInputStream(bytes) {
            @Override
            public synchronized int read(byte[] into, int from, int length) {
                return super.read(into, from, Math.min(length, piece));
            }
        };
        assertThat(read(slow)).containsExactly(new Frame("x", "größe 🎭"), data("2\n3"));
    }
}
