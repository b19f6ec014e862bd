package dev.dalang.gateway.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.api.Cancellation;
import dev.dalang.api.ChatEvent;
import dev.dalang.api.ChatModel;
import dev.dalang.api.ChatRequest;
import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.api.FinishReason;
import dev.dalang.api.Prompt;
import dev.dalang.api.ResponseFacts;
import dev.dalang.gateway.meter.Target;
import dev.dalang.gateway.meter.Tariff;
import dev.dalang.gateway.price.PriceTable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Two models for one answer, in a time that only the test moves. */
class HedgeTest {

    private static final int HEDGE = 100;

    private final VirtualTime time = new VirtualTime();
    private final Map<String, TimedModel> models = new TreeMap<>();
    private final ResponseFacts facts = new ResponseFacts();
    private final List<ChatEvent> events = new ArrayList<>();
    private final AtomicReference<DalangException> failure = new AtomicReference<>();

    private TimedModel model(String name, long first, int pieces, Failure fails) {
        TimedModel m = new TimedModel(name, time, new TimedModel.Plan(first, pieces, fails));
        models.put(name, m);
        return m;
    }

    private TimedModel model(String name, long first) {
        return model(name, first, 3, null);
    }

    private Router router(String more) {
        Models known = new Models() {
            @Override
            public Optional<Candidate> find(String name) {
                if (!models.containsKey(name)) return Optional.empty();
                return Optional.of(
                        new Candidate(name.contains("/") ? Target.hosted(name) : Target.local(name, null, 512), null));
            }

            @Override
            public ChatModel open(String name, Duration connect) {
                return models.get(name);
            }
        };
        String names = String.join("\", \"", models.keySet());
        String toml = "private-first = false\n[route.fast]\nmodels = [\"" + names + "\"]\nmay-leave = true\n"
                + "longest-wait = \"0s\"\n" + more;
        return new Router(
                RouteTable.parse(toml, "routes.toml"),
                known,
                new Tariff(PriceTable.none(), null),
                new Random(7),
                null,
                time);
    }

    private void ask(Router router) {
        ask(router, Cancellation.NONE);
    }

    private void ask(Router router, Cancellation cancellation) {
        ChatRequest request = ChatRequest.builder("fast", Prompt.user("hello")).build();
        time.run(() -> facts.during(() -> {
            try {
                router.model("fast").chat(request, cancellation, events::add);
            } catch (DalangException e) {
                failure.set(e);
            }
        }));
    }

    private String text() {
        StringBuilder text = new StringBuilder();
        for (ChatEvent e : events) if (e instanceof ChatEvent.TextDelta d) text.append(d.text());
        return text.toString();
    }

    private static String hedge() {
        return "hedge = \"" + HEDGE + "ms\"\n";
    }

    @Test
    void theSecondIsAskedOnlyWhenTheFirstIsLate() {
        TimedModel a = model("a/x", 99);
        TimedModel b = model("b/y", 1);
        ask(router(hedge()));
        assertThat(text()).isEqualTo("a/x a/x a/x ");
        assertThat(a.asked).containsExactly(0L);
        assertThat(b.asked).isEmpty();
        assertThat(facts.get(ResponseFacts.UNSURE_ATTEMPTS)).isNull();
    }

    @Test
    void whoeverSpeaksFirstGivesTheAnswerAndTheOtherIsCancelledAndBilled() {
        TimedModel a = model("a/x", 5000);
        TimedModel b = model("b/y", 30);
        ask(router(hedge()));
        assertThat(text()).isEqualTo("b/y b/y b/y ");
        assertThat(b.asked).containsExactly(100L);
        assertThat(a.cancelled).containsExactly(130L);
        assertThat(events.getFirst())
                .isInstanceOfSatisfying(
                        ChatEvent.Started.class, s -> assertThat(s.model()).isEqualTo("b/y"));
        assertThat(events.get(1))
                .isInstanceOfSatisfying(
                        ChatEvent.Notice.class,
                        n -> assertThat(n.message())
                                .isEqualTo("b/y answers, because a/x: hedged: another answered sooner"));
        assertThat(facts.get(ResponseFacts.UNSURE_ATTEMPTS)).isEqualTo("1");
        assertThat(facts.headers()).containsEntry("x-dalang-model", "b/y");
    }

    /** What already gave a piece is never hedged, however slow it goes on. */
    @Test
    void anAnswerThatBeganIsNotHedged() {
        model("a/x", 50, 2000, null);
        TimedModel b = model("b/y", 1);
        ask(router(hedge()));
        assertThat(b.asked).isEmpty();
        assertThat(events.getLast())
                .isInstanceOfSatisfying(
                        ChatEvent.Finished.class,
                        f -> assertThat(f.usage().completionTokens()).isEqualTo(2000));
    }

    @Test
    void aHedgeThatIsRefusedIsReplacedByTheNext() {
        model("a/x", 5000);
        TimedModel b = model("b/y", 10, 0, new Failure.RateLimited("slow down", null));
        TimedModel c = model("c/z", 20);
        ask(router(hedge()));
        assertThat(b.asked).containsExactly(100L);
        assertThat(c.asked).containsExactly(110L);
        assertThat(text()).startsWith("c/z ");
        // One that was refused at the door took nothing; the first is in doubt.
        assertThat(facts.get(ResponseFacts.UNSURE_ATTEMPTS)).isEqualTo("1");
    }

    /** It may have to be paid for, so nobody new is asked; who is being asked already may answer. */
    @Test
    void whatBrokeOffDoesNotStopTheOther() {
        model("a/x", 150, 0, new Failure.TimedOut("broken"));
        model("b/y", 500);
        TimedModel c = model("c/z", 1);
        ask(router(hedge()));
        assertThat(text()).startsWith("b/y ");
        assertThat(c.asked).isEmpty();
        assertThat(facts.get(ResponseFacts.UNSURE_ATTEMPTS)).isEqualTo("1");
    }

    @Test
    void aWrongRequestStopsBoth() {
        TimedModel a = model("a/x", 5000);
        model("b/y", 10, 0, new Failure.InvalidRequest("bad", null));
        ask(router(hedge()));
        assertThat(failure.get()).hasMessage("bad");
        assertThat(a.cancelled).containsExactly(110L);
        assertThat(events).isEmpty();
    }

    @Test
    void aCallerWhoLeavesEndsBoth() {
        TimedModel a = model("a/x", 5000);
        TimedModel b = model("b/y", 5000);
        Cancellation left = new Cancellation();
        time.after(300_000_000, () -> time.beside(left::cancel));
        ask(router(hedge()), left);
        assertThat(a.cancelled).containsExactly(300L);
        assertThat(b.cancelled).containsExactly(300L);
        assertThat(events.getLast())
                .isInstanceOfSatisfying(
                        ChatEvent.Finished.class, f -> assertThat(f.reason()).isEqualTo(FinishReason.CANCELLED));
        assertThat(facts.get(ResponseFacts.UNSURE_ATTEMPTS)).isEqualTo("1");
    }

    @Test
    void timesStillHold() {
        model("a/x", 5000);
        model("b/y", 5000);
        ask(router(hedge() + "first-token = \"400ms\"\n"));
        assertThat(failure.get()).hasMessage("b/y sent nothing for 400 ms");
        assertThat(time.nanos()).isEqualTo(500_000_000);
    }

    @Test
    void itIsOffUnlessTheRouteSaysSo() {
        model("a/x", 60_000);
        TimedModel b = model("b/y", 1);
        Router router = router("");
        ask(router);
        assertThat(b.asked).isEmpty();
        ChatRequest request = ChatRequest.builder("fast", Prompt.user("hello")).build();
        assertThat(router.plan(request).attempts()).isEqualTo(1);
        assertThat(router(hedge()).plan(request).attempts()).isEqualTo(2);
        assertThat(router(hedge() + "retries = 0\n").plan(request).attempts()).isEqualTo(1);
    }

    /**
     * Whatever the times: one model's answer and no other's, whole, by whoever would have spoken first; never more than two
     * at once, and all that may have to be paid for besides is counted and was reserved.
     */
    @Property(tries = 300)
    void oneAnswerAndAnHonestBill(
            @ForAll @IntRange(min = 0, max = 400) int first,
            @ForAll @IntRange(min = 0, max = 400) int second,
            @ForAll @IntRange(min = 0, max = 400) int third,
            @ForAll @IntRange(min = 0, max = 26) int kinds) {
        // Everything anew for each: a property's tries share their object.
        new HedgeTest().once(first, second, third, kinds);
    }

    private void once(int first, int second, int third, int kinds) {
        int[] millis = {first, second, third};
        String[] names = {"a/x", "b/y", "c/z"};
        int rest = kinds;
        List<TimedModel> all = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            Failure fails = switch (rest % 3) {
                case 0 -> null;
                case 1 -> new Failure.RateLimited("slow down", null);
                default -> new Failure.TimedOut("broken");
            };
            rest /= 3;
            all.add(model(names[i], millis[i], 3, fails));
        }
        Router router = router(hedge());
        ask(router);
        String said = text();
        long unsure = facts.get(ResponseFacts.UNSURE_ATTEMPTS) == null
                ? 0
                : Long.parseLong(facts.get(ResponseFacts.UNSURE_ATTEMPTS));
        ChatRequest request = ChatRequest.builder("fast", Prompt.user("hello")).build();
        assertThat(unsure + 1).isLessThanOrEqualTo(router.plan(request).attempts());
        if (failure.get() == null) {
            String who = said.substring(0, 3);
            assertThat(said).isEqualTo((who + " ").repeat(3));
            assertThat(facts.headers()).containsEntry("x-dalang-model", who);
            assertThat(events.stream().filter(ChatEvent.Started.class::isInstance))
                    .hasSize(1);
            assertThat(events.stream().filter(ChatEvent.Finished.class::isInstance))
                    .hasSize(1);
            // Nobody who was asked would have spoken before, and nobody was asked after.
            TimedModel winner = models.get(who);
            long spoke = winner.asked.getFirst() + winner.plan.firstMillis();
            for (TimedModel m : all) {
                if (m.asked.isEmpty()) continue;
                assertThat(m.asked.getFirst()).isLessThanOrEqualTo(spoke);
                boolean fails = m.plan.failure() != null;
                if (!fails)
                    assertThat(m.asked.getFirst() + m.plan.firstMillis()).isGreaterThanOrEqualTo(spoke);
                if (m != winner && !fails) assertThat(m.cancelled).containsExactly(spoke);
            }
        } else {
            assertThat(events).isEmpty();
            assertThat(all).noneMatch(m -> !m.asked.isEmpty() && m.plan.failure() == null);
        }
        assertThat(mostAtOnce(all)).isLessThanOrEqualTo(2);
        assertThat(time.nanos()).isLessThanOrEqualTo(2_000_000_000L);
    }

    private static int mostAtOnce(List<TimedModel> all) {
        int most = 0;
        for (TimedModel m : all) {
            if (m.asked.isEmpty()) continue;
            long at = m.asked.getFirst();
            int running = 0;
            for (TimedModel o : all) {
                // Of two that were asked in the same moment, the one that stands first was first.
                boolean after = all.indexOf(o) > all.indexOf(m);
                if (o.asked.isEmpty() || o.asked.getFirst() > at || o.asked.getFirst() == at && after) continue;
                long end = o.cancelled.isEmpty()
                        ? o.asked.getFirst() + o.plan.firstMillis() + (o.plan.failure() == null ? 3 : 0)
                        : o.cancelled.getFirst();
                if (end > at || o == m) running++;
            }
            most = Math.max(most, running);
        }
        return most;
    }
}
