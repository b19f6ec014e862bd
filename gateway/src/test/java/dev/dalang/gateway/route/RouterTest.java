package dev.dalang.gateway.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.api.Cancellation;
import dev.dalang.api.ChatEvent;
import dev.dalang.api.ChatModel;
import dev.dalang.api.ChatRequest;
import dev.dalang.api.ChatResponse;
import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.api.Message;
import dev.dalang.api.Part;
import dev.dalang.api.Prompt;
import dev.dalang.api.ResponseFacts;
import dev.dalang.api.Role;
import dev.dalang.api.Source;
import dev.dalang.gateway.meter.Speaker;
import dev.dalang.gateway.meter.Target;
import dev.dalang.gateway.meter.Tariff;
import dev.dalang.gateway.price.PriceTable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RouterTest {

    private final Map<String, Speaker> speakers = new HashMap<>();
    private final Map<String, Candidate> candidates = new HashMap<>();
    private final List<Duration> connects = new ArrayList<>();
    private String keeper;
    private long now;

    private Speaker local(String name, int context) {
        candidates.put(
                name, new Candidate(Target.local(name, "sha256:" + name, context), Set.of(Candidate.Capability.TOOLS)));
        return speaker(name);
    }

    private Speaker hosted(String name) {
        candidates.put(name, new Candidate(Target.hosted(name), null));
        return speaker(name);
    }

    private Speaker speaker(String name) {
        Speaker s = new Speaker(name);
        speakers.put(name, s);
        return s;
    }

    private Router router(String toml) {
        Models models = new Models() {
            @Override
            public Optional<Candidate> find(String name) {
                return Optional.ofNullable(candidates.get(name));
            }

            @Override
            public ChatModel open(String name, Duration connect) {
                connects.add(connect);
                return speakers.get(name);
            }
        };
        return new Router(
                RouteTable.parse(toml, "routes.toml"),
                models,
                new Tariff(PriceTable.builtIn(), null),
                new Random(7),
                keeper,
                new MovedClock());
    }

    /** The machine's own, which a test may move on. */
    private final class MovedClock implements Clockwork {
        private final Clockwork machine = new OfMachine(System::nanoTime);

        @Override
        public long nanos() {
            return machine.nanos() + now;
        }

        @Override
        public Alarm after(long nanos, Runnable action) {
            return machine.after(nanos, action);
        }

        @Override
        public void beside(Runnable work) {
            machine.beside(work);
        }

        @Override
        public boolean pause(long nanos, Cancellation cancellation) {
            now += nanos;
            return !cancellation.isCancelled();
        }
    }

    private static ChatRequest ask(String model) {
        return ChatRequest.builder(model, Prompt.user("hello")).maxTokens(20).build();
    }

    private static final String FAST = """
            private-first = false
            [route.fast]
            models = ["openai/gpt-5-mini", "groq/llama-3.1-8b-instant", "mini"]
            may-leave = true
            longest-wait = "1ms"
            """;

    /** A date of 2099 in {@code Retry-After} is no reason to do without the model until the next start. */
    @Test
    void noModelRestsForYears() {
        Speaker busy = hosted("openai/gpt-5-mini").always(new Failure.RateLimited("busy", Duration.ofDays(20_000)));
        Router router = router("");
        for (int asked = 1; asked <= 2; asked++) {
            assertThatThrownBy(() -> router.model("openai/gpt-5-mini").complete(ask("openai/gpt-5-mini")))
                    .isInstanceOf(DalangException.class);
            assertThat(busy.calls).hasValue(asked);
            now += Duration.ofMinutes(61).toNanos();
        }
    }

    /** It will refuse the key again: it is asked once, and whoever is next answers. */
    @Test
    void aKeyThatIsRefusedIsNotTriedAgain() {
        Speaker first = hosted("openai/gpt-5-mini").always(new Failure.Upstream("no such key", 401));
        Speaker second = hosted("groq/llama-3.1-8b-instant").always(new Failure.Upstream("not for you", 403));
        Router router = router("""
                private-first = false
                [route.keys]
                models = ["openai/gpt-5-mini", "groq/llama-3.1-8b-instant"]
                retries = 5
                """);
        assertThatThrownBy(() -> router.model("keys").complete(ask("keys"))).hasMessage("not for you");
        assertThat(first.calls).hasValue(1);
        assertThat(second.calls).hasValue(1);
    }

    @Test
    void theNextAnswersAndIsNamed() {
        Speaker first =
                hosted("openai/gpt-5-mini").always(new Failure.RateLimited("slow down", Duration.ofSeconds(30)));
        hosted("groq/llama-3.1-8b-instant");
        local("mini", 512);
        ResponseFacts facts = new ResponseFacts();
        Router router = router(FAST);
        List<ChatEvent> events = new ArrayList<>();
        facts.during(() -> router.model("fast").chat(ask("fast"), Cancellation.NONE, events::add));
        assertThat(events.getFirst()).isInstanceOf(ChatEvent.Started.class);
        assertThat(events.get(1)).isInstanceOfSatisfying(ChatEvent.Notice.class, n -> {
            assertThat(n.code()).isEqualTo("fallback");
            assertThat(n.message())
                    .isEqualTo("groq/llama-3.1-8b-instant answers, because openai/gpt-5-mini: rate limited: slow down");
        });
        assertThat(events.getLast()).isInstanceOf(ChatEvent.Finished.class);
        assertThat(events.stream().filter(ChatEvent.Started.class::isInstance)).hasSize(1);
        assertThat(facts.headers())
                .containsEntry("x-dalang-model", "groq/llama-3.1-8b-instant")
                .containsEntry(
                        "x-dalang-route",
                        "fast -> openai/gpt-5-mini (rate limited: slow down) -> groq/llama-3.1-8b-instant");
        assertThat(facts.get(ResponseFacts.STEPS)).contains("\"result\":\"answered\"");
        // It said when to come again, and until then is not asked.
        router.model("fast").complete(ask("fast"));
        assertThat(first.calls).hasValue(1);
        assertThat(router.explain(ask("fast")).verdicts().getLast().why()).contains("it rests after a failure");
        now += Duration.ofSeconds(31).toNanos();
        assertThatThrownBy(() -> {
                    speakers.get("groq/llama-3.1-8b-instant").always(new Failure.InvalidRequest("bad", null));
                    router.model("fast").complete(ask("fast"));
                })
                .hasMessage("bad");
        assertThat(first.calls).hasValue(2);
    }

    /** From the first piece on nobody else is asked. */
    @Test
    void aGenerationIsNeverRunTwiceInSilence() {
        hosted("openai/gpt-5-mini").next(new Speaker.Act(2, new Failure.Upstream("cut", 0), false));
        Speaker second = hosted("groq/llama-3.1-8b-instant");
        local("mini", 512);
        List<ChatEvent> events = new ArrayList<>();
        assertThatThrownBy(() -> router(FAST).model("fast").chat(ask("fast"), Cancellation.NONE, events::add))
                .hasMessage("cut");
        assertThat(events.stream().filter(ChatEvent.TextDelta.class::isInstance))
                .hasSize(2);
        assertThat(second.calls).hasValue(0);
    }

    /** Nor where nothing came, yet may have to be paid for, unless the route says so. */
    @Test
    void whatMayHaveRunIsRunAgainOnlyOnTheRoutesWord() {
        hosted("openai/gpt-5-mini").always(new Failure.TimedOut("nothing came"));
        Speaker second = hosted("groq/llama-3.1-8b-instant");
        local("mini", 512);
        assertThatThrownBy(() -> router(FAST).model("fast").complete(ask("fast")))
                .hasMessage("nothing came");
        assertThat(second.calls).hasValue(0);
        ResponseFacts facts = new ResponseFacts();
        Router again = router(FAST + "run-again = true\n");
        facts.during(() -> again.model("fast").complete(ask("fast")));
        assertThat(second.calls).hasValue(1);
        assertThat(facts.get(ResponseFacts.UNSURE_ATTEMPTS)).isEqualTo("1");
        assertThat(again.plan(ask("fast")).attempts()).isEqualTo(3);
    }

    @Test
    void privateRequestsStayHere() {
        String toml = """
                [route.private]
                models = ["openai/gpt-5-mini", "mini"]
                [route.open]
                models = ["openai/gpt-5-mini", "mini"]
                may-leave = true
                """;
        Speaker hosted = hosted("openai/gpt-5-mini");
        Speaker mini = local("mini", 512).always(new Failure.Upstream("broken", 500));
        Router router = router(toml);
        assertThatThrownBy(() -> router.model("private").complete(ask("private")))
                .isInstanceOf(DalangException.class);
        assertThat(hosted.calls).hasValue(0);
        assertThat(mini.calls).hasValue(3);
        assertThat(router.explain(ask("private")).verdicts())
                .extracting(Decision.Verdict::why)
                .anyMatch(w -> w.contains("may-leave"));
        assertThat(router.plan(ask("private")).targets())
                .extracting(Target::local)
                .containsExactly(true);
        // Even where it may leave, this machine is asked first.
        Router fresh = router(toml);
        assertThat(fresh.explain(ask("open")).verdicts().getFirst().model()).isEqualTo("mini");
        fresh.model("open").complete(ask("open"));
        assertThat(hosted.calls).hasValue(1);
        // Who names a hosted model has said so.
        assertThat(fresh.explain(ask("openai/gpt-5-mini")).fitting()).hasSize(1);
    }

    @Test
    void whatDoesNotFitIsNotAsked() {
        local("mini", 64);
        hosted("groq/llama-3.1-8b-instant");
        Router router = router(FAST);
        ChatRequest longer =
                ask("fast").toBuilder().prompt(Prompt.user("word ".repeat(200))).build();
        assertThat(router.explain(longer).verdicts())
                .anyMatch(v -> v.model().equals("mini") && v.why().contains("context of 64"))
                .anyMatch(v -> v.model().equals("openai/gpt-5-mini") && v.why().contains("no such model"));
        Part picture = new Part.Image(new Source.Bytes(new byte[1], "image/png"), null, null);
        ChatRequest seeing = ask("fast").toBuilder()
                .prompt(new Prompt.Conversation(List.of(new Message(Role.USER, List.of(picture), null))))
                .build();
        assertThat(router.explain(seeing).verdicts())
                .anyMatch(v -> v.model().equals("mini") && v.why().contains("takes no images"));
        candidates.remove("groq/llama-3.1-8b-instant");
        assertThatThrownBy(() -> router.model("fast").complete(seeing))
                .hasMessageContaining("no model of the route fast can answer this request")
                .isInstanceOfSatisfying(
                        DalangException.class,
                        e -> assertThat(e.failure()).isInstanceOf(Failure.ModelUnavailable.class));
    }

    @Test
    void theCheapestComesFirst() {
        hosted("openai/gpt-5");
        hosted("openai/gpt-5-nano");
        hosted("nobody/knows");
        Router router = router("""
                private-first = false
                [route.cheap]
                models = ["nobody/knows", "openai/gpt-5", "openai/gpt-5-nano"]
                choose = "cost"
                may-leave = true
                """);
        assertThat(router.explain(ask("cheap")).verdicts())
                .extracting(Decision.Verdict::model)
                .containsExactly("openai/gpt-5-nano", "openai/gpt-5", "nobody/knows");
    }

    @Test
    void weightsDivideTheRequests() {
        hosted("a/x");
        hosted("b/y");
        Router router = router("""
                [route.split]
                models = ["a/x", "b/y"]
                weights = [3, 1]
                choose = "weight"
                may-leave = true
                """);
        int first = 0;
        for (int i = 0; i < 2000; i++) {
            if (router.explain(ask("split")).verdicts().getFirst().model().equals("a/x")) first++;
        }
        assertThat(first).isBetween(1400, 1600); // 1500 expected, standard deviation 19
    }

    @Test
    void aModelThatFailsTooOftenIsLeftAlone() {
        Speaker bad = hosted("openai/gpt-5-mini").always(new Failure.Upstream("broken", 500));
        hosted("groq/llama-3.1-8b-instant");
        Router router = router(FAST + "cool-down = \"1ms\"\n");
        for (int i = 0; i < 12; i++) {
            now += Duration.ofMillis(2).toNanos();
            router.model("fast").complete(ask("fast"));
        }
        assertThat(bad.calls).hasValue(5);
        now += Duration.ofSeconds(31).toNanos();
        bad.always(1);
        router.model("fast").complete(ask("fast"));
        assertThat(bad.calls).hasValue(6);
    }

    @Test
    void aSilentModelIsGivenUp() {
        hosted("openai/gpt-5-mini").next(new Speaker.Act(0, null, true)).next(new Speaker.Act(2, null, true));
        Speaker second = hosted("groq/llama-3.1-8b-instant");
        String patient = FAST + "run-again = true\ncool-down = \"1ms\"\n";
        ChatResponse answer = router(patient + "first-token = \"2s\"\ngap = \"0s\"\n")
                .model("fast")
                .complete(ask("fast"));
        assertThat(answer.model()).isEqualTo("groq/llama-3.1-8b-instant");
        assertThat(answer.notices().getFirst().message()).contains("sent nothing for 2000 ms");
        Router gap = router(patient + "first-token = \"0s\"\ngap = \"1s\"\n");
        assertThatThrownBy(() -> gap.model("fast").complete(ask("fast")))
                .hasMessageContaining("sent nothing more for 1000 ms");
        assertThat(second.calls).hasValue(1);
    }

    /** What the rules keep here goes to the models of this machine: the route's own, or the one that is set for it. */
    @Test
    void whatMustStayIsAnsweredHere() {
        Failure stays =
                new Failure.ContentPolicy("the request holds 1 iban, which the rules keep on this machine", true);
        hosted("openai/gpt-5-mini").always(stays);
        Speaker second = hosted("groq/llama-3.1-8b-instant").always(stays);
        Speaker mini = local("mini", 512);
        ResponseFacts facts = new ResponseFacts();
        Router own = router(FAST + "retries = 0\n");
        ChatResponse[] answer = new ChatResponse[1];
        facts.during(() -> answer[0] = own.model("fast").complete(ask("fast")));
        assertThat(answer[0].model()).isEqualTo("mini");
        assertThat(facts.headers())
                .containsEntry("x-dalang-model", "mini")
                .containsEntry(
                        "x-dalang-route",
                        "fast -> openai/gpt-5-mini (content policy: the request holds 1 iban, which the rules keep on"
                                + " this machine) -> groq/llama-3.1-8b-instant (content policy: the request holds 1 iban,"
                                + " which the rules keep on this machine) -> mini");
        assertThat(second.calls).hasValue(1);

        keeper = "mini";
        Router direct = router("");
        answer[0] = direct.model("openai/gpt-5-mini").complete(ask("openai/gpt-5-mini"));
        assertThat(answer[0].model()).isEqualTo("mini");
        assertThat(answer[0].notices()).singleElement().satisfies(n -> {
            assertThat(n.code()).isEqualTo("kept_local");
            assertThat(n.message())
                    .isEqualTo("mini on this machine answers, because openai/gpt-5-mini: content policy: the request"
                            + " holds 1 iban, which the rules keep on this machine");
        });
        assertThat(direct.explain(ask("openai/gpt-5-mini")).keeper().model()).isEqualTo("mini");
        assertThat(direct.plan(ask("openai/gpt-5-mini")).targets())
                .extracting(Target::model)
                .containsExactly("openai/gpt-5-mini", "mini");
        // What no rule keeps here is not asked of it.
        speakers.get("openai/gpt-5-mini").always(new Failure.ContentPolicy("unsafe"));
        assertThatThrownBy(() -> direct.model("openai/gpt-5-mini").complete(ask("openai/gpt-5-mini")))
                .hasMessage("unsafe");
        assertThat(mini.calls).hasValue(2);
        // Without a model for it, it is refused.
        keeper = null;
        speakers.get("openai/gpt-5-mini").always(stays);
        assertThatThrownBy(() -> router("").model("openai/gpt-5-mini").complete(ask("openai/gpt-5-mini")))
                .hasMessageContaining("the rules keep on this machine");
    }

    /** One that broke off last is in the bill as the failure itself, and not once more. */
    @Test
    void noAttemptIsCountedTwice() {
        hosted("openai/gpt-5-mini").always(new Failure.TimedOut("nothing came"));
        ResponseFacts facts = new ResponseFacts();
        Router again = router("""
                [route.one]
                models = ["openai/gpt-5-mini"]
                may-leave = true
                run-again = true
                cool-down = "1ms"
                """);
        assertThatThrownBy(() -> facts.during(() -> again.model("one").complete(ask("one"))))
                .hasMessage("nothing came");
        assertThat(speakers.get("openai/gpt-5-mini").calls).hasValue(3);
        assertThat(facts.get(ResponseFacts.UNSURE_ATTEMPTS)).isEqualTo("2");
        assertThat(again.plan(ask("one")).attempts()).isEqualTo(3);
    }

    @Test
    void aRouteSaysHowLongAConnectionMayTake() {
        hosted("openai/gpt-5-mini");
        router(FAST + "connect = \"3s\"\n").model("fast").complete(ask("fast"));
        router("").model("openai/gpt-5-mini").complete(ask("openai/gpt-5-mini"));
        assertThat(connects).containsExactly(Duration.ofSeconds(3), Duration.ZERO);
    }

    @Test
    void aCallerWhoLeavesEndsTheAttempt() {
        hosted("openai/gpt-5-mini").next(new Speaker.Act(1, null, true));
        Cancellation left = new Cancellation();
        List<ChatEvent> events = new ArrayList<>();
        router(FAST).model("openai/gpt-5-mini").chat(ask("openai/gpt-5-mini"), left, e -> {
            events.add(e);
            if (e instanceof ChatEvent.TextDelta) left.cancel();
        });
        assertThat(events.getLast()).isInstanceOf(ChatEvent.Finished.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "x = 1",
                "[route.a]\nmodels = []",
                "[route.a]\nmodels = [1]",
                "[route.a]\nmodels = [\"b\"]\nretrys = 1",
                "[route.a]\nmodels = [\"b\"]\nretries = -1",
                "[route.a]\nmodels = [\"b\"]\nweights = [1, 2]",
                "[route.a]\nmodels = [\"b\"]\nchoose = \"best\"",
                "[route.a]\nmodels = [\"b\"]\ngap = \"5\"",
                "[route.a]\nmodels = [\"b\"]\nmay-leave = 1",
                "[route",
            })
    void aWrongFileIsRefused(String toml) {
        assertThatThrownBy(() -> RouteTable.parse(toml, "routes.toml")).isInstanceOf(DalangException.class);
    }
}
