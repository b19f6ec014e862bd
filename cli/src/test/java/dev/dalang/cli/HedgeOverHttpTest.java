package dev.dalang.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.gateway.simulator.Fault;
import dev.dalang.gateway.simulator.Simulator;
import dev.dalang.ledger.Budget;
import dev.dalang.ledger.Counts;
import dev.dalang.ledger.Entry;
import dev.dalang.ledger.Ledger;
import dev.dalang.ledger.Money;
import dev.dalang.ledger.Outcome;
import dev.dalang.ledger.RequestFilter;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A hedged request from end to end: a client, the server, two providers of different wires, the ledger. */
@Timeout(180)
class HedgeOverHttpTest {

    @TempDir
    Path home;

    private final Simulator slow = Simulator.start();
    private final Simulator quick = Simulator.start();
    private Shell shell;

    @BeforeEach
    void begin() {
        shell = new Shell(home);
        shell.environment.put("OPENAI_API_KEY", Simulator.KEY);
        shell.environment.put("OPENAI_BASE_URL", slow.at("/v1").toString());
        shell.stdin = Simulator.KEY + "\n";
        assertThat(shell.run("providers", "add", "anthropic", quick.at("/v1"), "--key-stdin", "--key-file")
                        .code())
                .isZero();
        shell.write("routes.toml", """
                [route.fast]
                models = ["openai/gpt-5", "anthropic/claude-haiku-4-5"]
                may-leave = true
                hedge = "50ms"
                """);
        assertThat(shell.run("budgets", "set", "--all", "--period", "month", "--usd", "1")
                        .code())
                .isZero();
    }

    @AfterEach
    void end() {
        slow.close();
        quick.close();
    }

    private static String chat(boolean streams) {
        return "{\"model\":\"fast\",\"max_tokens\":50,\"stream\":" + streams
                + ",\"messages\":[{\"role\":\"user\",\"content\":\"What is the capital of Kenya?\"}]}";
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theSecondAnswersTheFirstIsLeftAndBothAreInTheBill(boolean streams) throws Exception {
        // It has sent its head and says that it lives, but no word of an answer.
        Fault.Slow late = new Fault.Slow(0);
        slow.next(late);
        try (RunningServe server = new RunningServe(shell)) {
            HttpResponse<String> answer = server.post("/v1/chat/completions", chat(streams));
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            assertThat(answer.body()).contains(streams ? " there" : "Hello there!");
            // A stream's head is sent before anybody has answered.
            if (!streams) {
                assertThat(answer.headers().firstValue("x-dalang-model")).contains("anthropic/claude-haiku-4-5");
            }
            assertThat(late.reached().getCount()).isZero();
            // The server goes on; it is the cancelled call alone that ends.
            assertThat(late.left().await(60, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(slow.asked()).hasSize(1);
        assertThat(quick.asked()).hasSize(1);
        try (Ledger ledger = Ledger.open(home.resolve("ledger.db"))) {
            Entry e = only(ledger.requests().list(RequestFilter.ALL));
            assertThat(e.asked()).isEqualTo("fast");
            assertThat(e.outcome()).isEqualTo(Outcome.DONE);
            assertThat(e.model()).isEqualTo("anthropic/claude-haiku-4-5");
            assertThat(e.provider()).isEqualTo("anthropic");
            assertThat(e.route()).contains("openai/gpt-5", "hedged: another answered sooner");
            // What the second gave, to the token: 7 at 1 and 3 at 5 USD a million.
            Simulator.Tally given = quick.tally().get("claude-haiku-4-5");
            assertThat(e.counts()).isEqualTo(Counts.EXACT);
            assertThat(e.usage().promptTokens())
                    .isEqualTo((int) given.promptTokens())
                    .isEqualTo(7);
            assertThat(e.usage().completionTokens())
                    .isEqualTo((int) given.completionTokens())
                    .isEqualTo(3);
            assertThat(e.cost().usd()).isEqualByComparingTo("0.000022");
            // What the first may have cost besides is what was reserved for one of the two.
            assertThat(slow.tally().get("gpt-5").completionTokens()).isZero();
            assertThat(e.unsure()).isGreaterThan(Money.ZERO);
            assertThat(e.unsure().times(2)).isEqualTo(e.worst());
            Budget.Standing all = only(ledger.budgets().standing(Instant.now()));
            assertThat(all.reserved()).isEqualTo(Money.ZERO);
            assertThat(all.reservedTokens()).isZero();
            assertThat(all.spent()).isEqualTo(e.cost().plus(e.unsure()));
        }
        assertThat(Files.readString(home.resolve("egress.jsonl")))
                .contains("chat openai/gpt-5", "chat anthropic/claude-haiku-4-5")
                .doesNotContain("Kenya");
    }

    private static <T> T only(List<T> all) {
        assertThat(all).hasSize(1);
        return all.getFirst();
    }
}
