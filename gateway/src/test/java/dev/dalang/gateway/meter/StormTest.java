package dev.dalang.gateway.meter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.api.ChatRequest;
import dev.dalang.api.DalangException;
import dev.dalang.api.Prompt;
import dev.dalang.gateway.price.Cost;
import dev.dalang.gateway.price.MachineShare;
import dev.dalang.gateway.price.PriceTable;
import dev.dalang.gateway.provider.Providers;
import dev.dalang.ledger.Account;
import dev.dalang.ledger.BookRules;
import dev.dalang.ledger.Books;
import dev.dalang.ledger.Counts;
import dev.dalang.ledger.Entry;
import dev.dalang.ledger.Invoice;
import dev.dalang.ledger.Ledger;
import dev.dalang.ledger.Money;
import dev.dalang.ledger.Outcome;
import dev.dalang.ledger.Period;
import dev.dalang.ledger.Reconciliation;
import dev.dalang.ledger.RequestFilter;
import dev.dalang.ledger.Subject;
import dev.dalang.ledger.UsageSum;
import dev.dalang.net.EgressLog;
import dev.dalang.net.Http;
import dev.dalang.net.NetSettings;
import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A gateway process that asks a failing provider with many callers at once, and is killed (SIGKILL) in the middle. What
 * the ledger then says is exact where it says so, never too low, and after the provider's invoice equal to the token.
 */
class StormTest {

    private static final String MODEL = "openai/gpt-5-mini";

    @TempDir
    Path folder;

    @Test
    void theLedgerIsTheProvidersBillToTheToken() throws Exception {
        try (CountingServer provider = new CountingServer()) {
            try (Ledger ledger = Ledger.open(folder.resolve("ledger.db"))) {
                ledger.budgets().set(Subject.ALL, Period.MONTH, Money.ofUsd(BigDecimal.TEN), null, Instant.now());
            }
            Process gateway = Gateway.start(folder, provider.address());
            int answers = 0;
            try (BufferedReader out =
                    new BufferedReader(new InputStreamReader(gateway.getInputStream(), StandardCharsets.UTF_8))) {
                while (out.readLine() != null)
                    if (++answers == 300) gateway.toHandle().destroyForcibly();
            }
            assertThat(gateway.waitFor()).isEqualTo(128 + 9);

            try (Ledger ledger = Ledger.open(folder.resolve("ledger.db"));
                    Books books = ledger.books(BookRules.standard(folder.resolve("journals")))) {
                int exact = 0;
                int lost = 0;
                for (Entry e : ledger.requests().list(RequestFilter.ALL)) {
                    assertThat(e.outcome()).isNotEqualTo(Outcome.OPEN);
                    if (e.outcome() == Outcome.LOST) lost++;
                    if (e.counts() != Counts.EXACT) continue;
                    exact++;
                    assertThat(e.usage().promptTokens()).isEqualTo(CountingServer.PROMPT);
                    assertThat(provider.billed)
                            .containsEntry(e.providerId(), e.usage().completionTokens());
                }
                assertThat(exact).isGreaterThanOrEqualTo(200);
                assertThat(lost).isPositive();
                long bill = provider.billed.values().stream().mapToLong(t -> t).sum();
                Money before =
                        ledger.budgets().standing(Instant.now()).getFirst().spent();

                Invoice invoice = Invoice.parse(provider.invoice(), "invoice.csv");
                PriceTable prices = PriceTable.builtIn();
                Reconciliation.of(ledger.requests(), invoice)
                        .apply(
                                ledger.requests(),
                                line -> Cost.of(prices.find(MODEL).orElseThrow(), line.usage(), null, 0)
                                        .orElse(null));
                UsageSum sum =
                        ledger.requests().usage(RequestFilter.ALL, List.of()).getFirst();
                assertThat(sum.completionTokens()).isEqualTo(bill);
                assertThat(sum.promptTokens()).isEqualTo((long) CountingServer.PROMPT * provider.billed.size());
                // Never too low, and the budget follows.
                Money after =
                        ledger.budgets().standing(Instant.now()).getFirst().spent();
                assertThat(after).isLessThanOrEqualTo(before).isEqualTo(sum.cost());
                assertThat(ledger.budgets().standing(Instant.now()).getFirst().reserved())
                        .isEqualTo(Money.ZERO);
                assertThat(books).isNotNull();
            }
        }
    }

    /** The process that is killed. */
    static final class Gateway {
        private Gateway() {}

        static Process start(Path folder, String address) throws Exception {
            String all = String.join(
                    File.pathSeparator,
                    System.getProperty("jdk.module.path", ""),
                    System.getProperty("java.class.path", ""),
                    Path.of("target/test-classes").toString());
            return new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-XX:TieredStopAtLevel=1",
                            "-XX:+UseSerialGC",
                            "--enable-native-access=ALL-UNNAMED",
                            "-cp",
                            all,
                            Gateway.class.getName(),
                            folder.toString(),
                            address)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
        }

        public static void main(String[] args) {
            Path folder = Path.of(args[0]);
            Map<String, String> environment = Map.of("OPENAI_API_KEY", "sim-key", "OPENAI_BASE_URL", args[1]);
            Providers providers = Providers.of(folder, environment);
            Http http = new Http(
                    providers.allow(NetSettings.of(environment)), new EgressLog(folder.resolve("egress.jsonl")));
            Ledger ledger = Ledger.open(folder.resolve("ledger.db"));
            Books books = ledger.books(BookRules.standard(folder.resolve("journals")));
            Meter meter = new Meter(
                    books,
                    new Tariff(PriceTable.builtIn(), null),
                    new RateLimits(ledger.budgets()::allowances, System::nanoTime),
                    new MachineShare(System::nanoTime, null),
                    MeterPolicy.STANDARD,
                    Clock.systemUTC(),
                    System::nanoTime);
            MeteredModel model = new MeteredModel(
                    providers.chat(MODEL, http),
                    meter,
                    Account.local("ann"),
                    "test",
                    r -> Plan.of(Target.hosted(MODEL)));
            ChatRequest request = ChatRequest.builder(MODEL, Prompt.user("hello"))
                    .maxTokens(40)
                    .build();
            try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
                for (int t = 0; t < 12; t++) {
                    callers.submit(() -> {
                        while (true) {
                            try {
                                model.complete(request);
                            } catch (DalangException refusedOrCut) {
                                // The next one may do better.
                            }
                            say();
                        }
                    });
                }
            }
        }

        private static synchronized void say() {
            System.out.print("one\n");
            System.out.flush();
        }
    }
}
