package dev.dalang.gateway.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.api.Cancellation;
import dev.dalang.api.ChatEvent;
import dev.dalang.api.ChatModel;
import dev.dalang.api.ChatRequest;
import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.api.Prompt;
import dev.dalang.gateway.meter.Target;
import dev.dalang.gateway.meter.Tariff;
import dev.dalang.gateway.price.PriceTable;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The choice by latency: what was measured decides, in a time that only the test moves. */
class LatencyTest {

    private final VirtualTime time = new VirtualTime();
    private final Map<String, TimedModel> models = new TreeMap<>();
    private Router router;

    @BeforeEach
    void models() {
        model("a/slow", 800);
        model("b/quick", 100);
        model("c/middling", 300);
        Models known = new Models() {
            @Override
            public Optional<Candidate> find(String name) {
                return Optional.of(new Candidate(Target.hosted(name), null));
            }

            @Override
            public ChatModel open(String name, Duration connect) {
                return models.get(name);
            }
        };
        String toml = """
                private-first = false
                [route.soon]
                models = ["a/slow", "b/quick", "c/middling"]
                choose = "latency"
                may-leave = true
                cool-down = "30s"
                longest-wait = "0s"
                """;
        router = new Router(
                RouteTable.parse(toml, "routes.toml"),
                known,
                new Tariff(PriceTable.none(), null),
                new Random(7),
                null,
                time);
    }

    private void model(String name, long first) {
        models.put(name, new TimedModel(name, time, new TimedModel.Plan(first, 2, null)));
    }

    private void plan(String name, long first, Failure failure) {
        models.get(name).plan = new TimedModel.Plan(first, 2, failure);
    }

    private static ChatRequest request() {
        return ChatRequest.builder("soon", Prompt.user("hello")).build();
    }

    private void chat() {
        try {
            router.model("soon").chat(request(), Cancellation.NONE, e -> {});
        } catch (DalangException e) {
            assertThat(e).hasMessageContaining("broken");
        }
    }

    /** Who answered the next request. */
    private String ask() {
        String[] who = {""};
        time.run(() -> router.model("soon").chat(request(), Cancellation.NONE, e -> {
            if (e instanceof ChatEvent.Started s) who[0] = s.model();
        }));
        return who[0];
    }

    private void wait(Duration d) {
        time.run(() -> time.sleep(d.toNanos(), Cancellation.NONE));
    }

    private List<String> order() {
        return router.explain(request()).verdicts().stream()
                .map(Decision.Verdict::model)
                .toList();
    }

    private String why(String model) {
        return router.explain(request()).verdicts().stream()
                .filter(v -> v.model().equals(model))
                .findFirst()
                .orElseThrow()
                .why();
    }

    /** Each is measured once, then the quickest answers; the words say what was measured. */
    @Test
    void whatWasMeasuredDecides() {
        assertThat(why("a/slow")).isEqualTo("how soon it answers is to be measured");
        assertThat(List.of(ask(), ask(), ask())).containsExactlyInAnyOrder("a/slow", "b/quick", "c/middling");
        assertThat(order()).containsExactly("b/quick", "c/middling", "a/slow");
        assertThat(why("c/middling")).isEqualTo("its first token came after 300 ms");
        for (int i = 0; i < 5; i++) assertThat(ask()).isEqualTo("b/quick");
    }

    /** The newest measures count most: one that gets slow loses its place after a few answers. */
    @Test
    void whoGetsSlowIsLeft() {
        for (int i = 0; i < 3; i++) ask();
        plan("b/quick", 2000, null);
        int asked = 0;
        while (ask().equals("b/quick")) asked++;
        // 100, 480 > 300
        assertThat(asked).isEqualTo(1);
        assertThat(order()).containsExactly("c/middling", "b/quick", "a/slow");
    }

    /** A failure is no latency: who failed rests, and comes back with what was measured before. */
    @Test
    void whoFailedRests() {
        for (int i = 0; i < 3; i++) ask();
        plan("b/quick", 1, new Failure.Upstream("broken", 500));
        assertThat(ask()).isEqualTo("c/middling");
        assertThat(order()).containsExactly("c/middling", "a/slow", "b/quick");
        assertThat(why("b/quick")).contains("it rests after a failure");
        plan("b/quick", 100, null);
        wait(Duration.ofSeconds(31));
        assertThat(ask()).isEqualTo("b/quick");
    }

    /** What was measured long ago is measured again, by one request, while the others go where they went. */
    @Test
    void staleMeasuresAreTakenAgainByOne() {
        for (int i = 0; i < 3; i++) ask();
        plan("a/slow", 50, null);
        wait(Health.STALE.plusSeconds(1));
        int[] before = {asked("a/slow"), asked("b/quick"), asked("c/middling")};
        time.run(() -> {
            // A millisecond apart, so that each is asked before the next one is decided, and all at the same time.
            for (int i = 0; i < 12; i++) {
                time.beside(this::chat);
                time.sleep(1_000_000, Cancellation.NONE);
            }
        });
        int[] more = {asked("a/slow") - before[0], asked("b/quick") - before[1], asked("c/middling") - before[2]};
        assertThat(more[0] + more[1] + more[2]).isEqualTo(12);
        assertThat(more[0]).isEqualTo(1);
        assertThat(more[2]).isEqualTo(1);
        assertThat(more[1]).isEqualTo(10);
        assertThat(order().getFirst()).isEqualTo("a/slow");
        assertThat(ask()).isEqualTo("a/slow");
    }

    private int asked(String model) {
        return models.get(model).asked.size();
    }
}
