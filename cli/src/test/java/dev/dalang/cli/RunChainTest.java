package dev.dalang.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.api.ChatEvent;
import dev.dalang.gateway.simulator.Fault;
import dev.dalang.gateway.simulator.Script;
import dev.dalang.gateway.simulator.Simulator;
import dev.dalang.ledger.Counts;
import dev.dalang.ledger.Entry;
import dev.dalang.ledger.Ledger;
import dev.dalang.ledger.Outcome;
import dev.dalang.ledger.RequestFilter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code dalang run} goes through the links that the server has: bill, route, rules, provider. */
class RunChainTest {

    @TempDir
    Path home;

    private final Simulator simulator = Simulator.start();
    private final ScriptedModel model = ScriptedModel.saying(new ChatEvent.TextDelta("Sugeng enjang"));
    private Shell shell;

    @BeforeEach
    void shell() {
        shell = new Shell(home);
        shell.environment.put("OPENAI_API_KEY", Simulator.KEY);
        shell.environment.put("OPENAI_BASE_URL", simulator.at("/v1").toString());
        shell.environment.put("USER", "ann");
        shell.models = model;
        shell.write("models/mini.gguf", "");
    }

    @AfterEach
    void stop() {
        simulator.close();
    }

    private Shell.Result run(Object... args) {
        return shell.run(args);
    }

    private List<Entry> entries() {
        assertThat(run("usage").code()).isZero();
        try (Ledger ledger = Ledger.open(home.resolve("ledger.db"))) {
            return ledger.requests().list(RequestFilter.ALL);
        }
    }

    private Path local() {
        return home.resolve("models/mini.gguf");
    }

    @Test
    void aHostedAnswerIsBilled() {
        Shell.Result said = run("run", "openai/gpt-5", "-n", "50", "--verbose", "What is the capital of Kenya?");
        assertThat(said.out()).isEqualTo("Hello there!\n");
        // 7 words at 1.25 and 3 at 10 USD a million
        assertThat(said.err()).contains("cost:                 $0.00003875");
        Entry e = entries().getFirst();
        assertThat(e.account().who()).isEqualTo("ann");
        assertThat(e.dialect()).isEqualTo("cli");
        assertThat(e.provider()).isEqualTo("openai");
        assertThat(e.outcome()).isEqualTo(Outcome.DONE);
        assertThat(e.counts()).isEqualTo(Counts.EXACT);
        assertThat(e.cost().usd()).isEqualByComparingTo("0.00003875");
        Object json = Json.parse(run("run", "openai/gpt-5", "--json", "Hi").out(), "the answer");
        assertThat(json).isInstanceOfSatisfying(Map.class, m -> {
            assertThat(m.get("cost_usd")).isEqualTo("0.0000325");
            assertThat(m.get("answered_by")).isEqualTo("openai/gpt-5");
            assertThat(m.get("request_id")).isNotNull();
        });
        assertThat(run("usage", "--by", "model").out()).contains("openai/gpt-5");
    }

    /** They would change nothing, and whoever gives them believes otherwise. */
    @Test
    void flagsOfTheEngineAreRefusedByNameForAProvidersModel() {
        Shell.Result said = run("run", "openai/gpt-5", "--threads", "4", "--lookup", "-c", "100", "Hi");
        assertThat(said.code()).isEqualTo(ExitCode.USAGE);
        assertThat(said.err())
                .contains("--context, --threads, --lookup or --model-draft are for models of this machine");
        assertThat(simulator.asked()).isEmpty();
    }

    @Test
    void aPriceThatIsNotKnownIsSaidOrRefused() {
        Shell.Result flagged = run("run", "openai/nobody-knows", "Hi");
        assertThat(flagged.code()).isZero();
        assertThat(flagged.err()).contains("what this answer of openai/nobody-knows costs is not known");
        assertThat(run("run", "openai/nobody-knows", "--json", "Hi").out()).contains("\"cost_usd\": null");
        Shell.Result refused = run("run", "openai/nobody-knows", "--unknown-price", "refuse", "Hi");
        assertThat(refused.code()).isEqualTo(ExitCode.FAILED);
        assertThat(refused.err()).contains("the price of openai/nobody-knows is not known");
        assertThat(simulator.asked()).hasSize(2);
        assertThat(entries()).extracting(Entry::outcome).contains(Outcome.REFUSED);
    }

    @Test
    void aBudgetHoldsAtTheTerminalToo() {
        assertThat(run("budgets", "set", "--all", "--period", "day", "--usd", "0.001")
                        .code())
                .isZero();
        Shell.Result refused = run("run", "openai/gpt-5", "-n", "5000", "Hi");
        assertThat(refused.code()).isEqualTo(ExitCode.FAILED);
        assertThat(refused.err()).contains("the budget of all ($0.001 a day)");
        assertThat(simulator.asked()).isEmpty();
    }

    @Test
    void theRulesDecideWhatLeaves() throws Exception {
        shell.write("policy.toml", "default = \"redact\"\n");
        simulator.says(Script.saying("I wrote to [EMA", "IL_1]."));
        Shell.Result said = run("run", "openai/gpt-5", "--verbose", "Write to ann@example.com please");
        assertThat(said.out()).isEqualTo("I wrote to ann@example.com.\n");
        assertThat(said.err()).contains("of which 1 left as placeholders", "redactions:           email=1");
        assertThat(simulator.last().json()).contains("[EMAIL_1]").doesNotContain("ann@example.com");
        assertThat(run("run", "openai/gpt-5", "--json", "Write to ann@example.com")
                        .out())
                .contains("\"redactions\": \"email=1\"", "\"code\": \"redacted\"");

        shell.write("policy.toml", "[[rule]]\nkind = \"email\"\naction = \"block\"\n");
        int before = simulator.asked().size();
        Shell.Result blocked = run("run", "openai/gpt-5", "Write to ann@example.com");
        assertThat(blocked.code()).isEqualTo(ExitCode.FAILED);
        assertThat(blocked.err()).contains("which the rules do not let go to openai/gpt-5");
        // A rule on keys is about the server's: nobody has one at the terminal.
        shell.write("policy.toml", "[[rule]]\nkey = \"*\"\naction = \"block\"\n");
        assertThat(run("run", "openai/gpt-5", "Hi").code()).isZero();
        assertThat(simulator.asked()).hasSize(before + 1);
    }

    /** What may not leave is answered by the model that the rules name for it, and that is said. */
    @Test
    void localOnlyIsAnsweredHere() {
        String rule = "[[rule]]\nname = \"mail stays\"\nkind = \"email\"\naction = \"local_only\"\n";
        shell.write("policy.toml", rule);
        Shell.Result refused = run("run", "openai/gpt-5", "Write to ann@example.com");
        assertThat(refused.code()).isEqualTo(ExitCode.FAILED);
        assertThat(refused.err()).contains("which the rules keep on this machine");

        shell.write("policy.toml", "local-model = \"mini\"\n" + rule);
        Shell.Result kept = run("run", "openai/gpt-5", "--verbose", "Write to ann@example.com");
        assertThat(kept.code()).as(kept.err()).isZero();
        assertThat(kept.out()).isEqualTo("Sugeng enjang\n");
        assertThat(kept.err()).contains("mini on this machine answers, because openai/gpt-5", "route:", "-> mini");
        assertThat(simulator.asked()).isEmpty();
        assertThat(model.requests.getLast().prompt().toString()).contains("ann@example.com");
        assertThat(run("run", "openai/gpt-5", "--json", "Mail ann@example.com").out())
                .contains("\"answered_by\": \"mini\"", "\"code\": \"kept_local\"");
        assertThat(entries())
                .filteredOn(e -> e.outcome() == Outcome.DONE)
                .hasSize(2)
                .allSatisfy(e -> {
                    assertThat(e.asked()).isEqualTo("openai/gpt-5");
                    assertThat(e.model()).isEqualTo("mini");
                    assertThat(e.provider()).isEqualTo("local");
                    assertThat(e.cost().picos()).isZero();
                });
        // What holds none of it goes where it was meant to.
        assertThat(run("run", "openai/gpt-5", "Hi").out()).isEqualTo("Hello there!\n");
        // A rule on the request as a whole is no different.
        shell.write(
                "policy.toml", "local-model = \"mini\"\n[[rule]]\nprovider = \"openai\"\naction = \"local_only\"\n");
        assertThat(run("run", "openai/gpt-5", "Hi").out()).isEqualTo("Sugeng enjang\n");
        assertThat(run("route", "explain", shell.write("r.json", """
                {"model": "openai/gpt-5", "messages": [{"role": "user", "content": "Hi"}]}""")).out())
                .contains("kept", "it answers what the rules keep on this machine");
    }

    @Test
    void aRouteIsAModelsName() throws Exception {
        shell.write("routes.toml", """
                [route.fast]
                models = ["openai/gpt-5-mini", "openai/gpt-5"]
                may-leave = true
                longest-wait = "0s"
                [route.private]
                models = ["openai/gpt-5", "mini"]
                """);
        simulator.next(new Fault.Status(429, "{\"error\":{\"message\":\"slow down\",\"type\":\"rate_limit\"}}"));
        Shell.Result fast = run("run", "fast", "--verbose", "What is up");
        assertThat(fast.code()).as(fast.err()).isZero();
        assertThat(fast.out()).isEqualTo("Hello there!\n");
        assertThat(fast.err()).contains("openai/gpt-5 answers, because openai/gpt-5-mini", "route:");
        assertThat(simulator.last().json()).contains("What is up").doesNotContain("fast");
        int sent = simulator.asked().size();
        assertThat(run("run", "private", "Hi").out()).isEqualTo("Sugeng enjang\n");
        assertThat(simulator.asked()).hasSize(sent);
        assertThat(entries()).extracting(Entry::asked).contains("fast", "private");
        assertThat(Files.readString(home.resolve("egress.jsonl"))).doesNotContain("What is up");
        // Without that route it is the beginning of a prompt.
        Files.delete(home.resolve("routes.toml"));
        assertThat(run("run", "private", "Hi").err()).contains("names none");
    }

    @Test
    void aRoutesOwnModelSaysThatSlowerKernelsRun() {
        shell.models = (path, options) ->
                new ModelOpener.Opened(model, 4096, Duration.ZERO, "scalar kernels: there are no others", () -> {});
        shell.write("routes.toml", "[route.near]\nmodels = [\"mini\"]\n");
        for (Object name : List.of("near", local())) {
            Shell.Result result = run("run", name, "Hi");
            assertThat(result.out()).as(result.err()).isEqualTo("Sugeng enjang\n");
            assertThat(result.err()).containsOnlyOnce("dalang: scalar kernels: there are no others\n");
        }
    }

    /** Local answers are in the ledger as well, though `run` opens none for them. */
    @Test
    void aLocalAnswerIsWrittenDown() {
        assertThat(run("run", local(), "Hi").out()).isEqualTo("Sugeng enjang\n");
        assertThat(home.resolve("ledger.db")).doesNotExist();
        assertThat(run("run", "mini", "--power-watts", "100", "--power-tariff", "0.4", "--verbose", "Hi")
                        .err())
                .contains("cost:                 $0");
        List<Entry> all = entries();
        assertThat(all).hasSize(2);
        assertThat(all).extracting(Entry::provider).containsOnly("local");
        assertThat(all).extracting(Entry::dialect).containsOnly("cli");
        assertThat(all).extracting(e -> e.account().who()).containsOnly("ann");
        assertThat(all).extracting(e -> e.usage().promptTokens()).containsOnly(10);
        assertThat(all).extracting(e -> e.usage().completionTokens()).containsOnly(20);
        assertThat(all).extracting(Entry::outcome).containsOnly(Outcome.DONE);
        assertThat(all).extracting(Entry::model).contains("mini");
        assertThat(home.resolve("journals")).isEmptyDirectory();
        assertThat(entries()).hasSize(2);
    }

    /** A journal that cannot be read keeps nobody from the ledger, nor from an answer. */
    @Test
    void aBrokenJournalIsSaid() {
        assertThat(run("run", local(), "Hi").code()).isZero();
        shell.write("journals/books-notes.jsonl", "{\"op\":\"none\"}\n");
        Shell.Result usage = run("usage");
        assertThat(usage.code()).isZero();
        assertThat(usage.err()).contains("has a line that cannot be read", "move the file away");
        assertThat(run("run", local(), "Hi").out()).isEqualTo("Sugeng enjang\n");
    }
}
