package dev.dalang.server.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.server.http.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

class AnswerLogTest {

    @Test
    void whoComesLateGetsNeighbouringTextAsOne() throws InterruptedException {
        AnswerLog log = new AnswerLog();
        log.event("begin", Json.object());
        log.text("text", 0, "a");
        log.text("text", 0, "b");
        log.text("arguments", 0, "x");
        log.text("arguments", 1, "y");
        log.close("end", Json.object().put("state", "complete"));
        AnswerLog.Batch all = log.after(0, 0);
        assertThat(all.last()).isTrue();
        assertThat(all.n()).isEqualTo(6);
        assertThat(all.events().stream().map(Json::text))
                .containsExactly(
                        "{\"type\":\"begin\",\"n\":1}",
                        "{\"type\":\"text\",\"text\":\"ab\",\"n\":3}",
                        "{\"type\":\"arguments\",\"text\":\"x\",\"index\":0,\"n\":4}",
                        "{\"type\":\"arguments\",\"text\":\"y\",\"index\":1,\"n\":5}",
                        "{\"type\":\"end\",\"state\":\"complete\",\"n\":6}");
        assertThat(log.after(2, 0).events().getFirst().path("text").stringValue())
                .isEqualTo("b");
        assertThat(log.after(99, 0).events()).isEmpty();
    }

    @Test
    void nothingNewIsAnEmptyBatch() throws InterruptedException {
        AnswerLog log = new AnswerLog();
        log.text("text", 0, "a");
        AnswerLog.Batch batch = log.after(1, 1);
        assertThat(batch.events()).isEmpty();
        assertThat(batch.last()).isFalse();
        assertThat(batch.n()).isEqualTo(1);
    }

    /** Whatever the reader's pauses: the text is whole and in order. */
    @Property(tries = 50)
    void aBrokenConnectionLosesNothing(@ForAll long seed) throws InterruptedException {
        Random random = new Random(seed);
        AnswerLog log = new AnswerLog();
        StringBuilder said = new StringBuilder();
        StringBuilder heard = new StringBuilder();
        int after = 0;
        for (int i = 0; i < 100; i++) {
            String piece = Integer.toString(random.nextInt(1000));
            said.append(piece);
            log.text("text", 0, piece);
            if (random.nextInt(5) > 0) continue;
            List<ObjectNode> events = new ArrayList<>(log.after(after, 0).events());
            // The connection breaks: the last ones never arrive, and are asked for again.
            while (!events.isEmpty() && random.nextBoolean()) events.removeLast();
            for (ObjectNode e : events) {
                heard.append(e.path("text").stringValue());
                after = e.path("n").intValue();
            }
        }
        for (ObjectNode e : log.after(after, 0).events())
            heard.append(e.path("text").stringValue());
        assertThat(heard.toString()).isEqualTo(said.toString());
    }
}
