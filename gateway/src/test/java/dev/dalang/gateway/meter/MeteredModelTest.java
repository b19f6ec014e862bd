package dev.dalang.gateway.meter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.api.Cancellation;
import dev.dalang.api.ChatEvent;
import dev.dalang.api.ChatRequest;
import dev.dalang.api.ChatResponse;
import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.api.FinishReason;
import dev.dalang.api.Prompt;
import dev.dalang.api.ResponseFacts;
import dev.dalang.gateway.price.LocalRate;
import dev.dalang.gateway.price.MachineShare;
import dev.dalang.gateway.price.PriceTable;
import dev.dalang.ledger.Account;
import dev.dalang.ledger.Allowance;
import dev.dalang.ledger.BookRules;
import dev.dalang.ledger.Books;
import dev.dalang.ledger.Counts;
import dev.dalang.ledger.Entry;
import dev.dalang.ledger.Ledger;
import dev.dalang.ledger.Money;
import dev.dalang.ledger.Outcome;
import dev.dalang.ledger.Period;
import dev.dalang.ledger.RequestFilter;
import dev.dalang.ledger.Subject;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MeteredModelTest {

    private static final String GPT5 = "openai/gpt-5"; // 1.25 and 10 USD a million; priority 2.5 and 20
    private static final Account ANN = new Account("ann", "k1", "");

    @TempDir
    Path folder;

    private Ledger ledger;
    private Books books;

    @BeforeEach
    void open() {
        ledger = Ledger.open(folder.resolve("ledger.db"));
        books = ledger.books(BookRules.standard(folder.resolve("journals")));
    }

    @AfterEach
    void close() {
        books.close();
        ledger.close();
    }

    private Meter meter(MeterPolicy policy, LocalRate local) {
        return new Meter(
                books,
                new Tariff(PriceTable.builtIn(), local),
                new RateLimits(ledger.budgets()::allowances, System::nanoTime),
                new MachineShare(System::nanoTime, null),
                policy,
                Clock.systemUTC(),
                System::nanoTime);
    }

    private MeteredModel metered(Speaker inner) {
        return new MeteredModel(
                inner, meter(MeterPolicy.STANDARD, null), ANN, "test", r -> Plan.of(Target.hosted(inner.name())));
    }

    private static ChatRequest.Builder ask(String model) {
        return ChatRequest.builder(model, Prompt.user("hello"));
    }

    /** The one request; what is written without waiting is written first. */
    private Entry only() {
        books.close();
        books = ledger.books(BookRules.standard(folder.resolve("journals")));
        return ledger.requests().list(RequestFilter.ALL).getFirst();
    }

    @Test
    void anAnswerIsBilledAndItsFactsAreTold() {
        ResponseFacts facts = new ResponseFacts();
        Speaker speaker = new Speaker(GPT5).always(7).prompt(100);
        List<ChatEvent> events = new ArrayList<>();
        facts.during(() -> metered(speaker)
                .chat(
                        ask(GPT5)
                                .maxTokens(50)
                                .metadata(java.util.Map.of("p", "q"))
                                .build(),
                        Cancellation.NONE,
                        events::add));
        Entry e = only();
        assertThat(e.outcome()).isEqualTo(Outcome.DONE);
        assertThat(e.counts()).isEqualTo(Counts.EXACT);
        assertThat(e.account()).isEqualTo(ANN);
        assertThat(e.model()).isEqualTo(GPT5);
        assertThat(e.provider()).isEqualTo("openai");
        assertThat(e.providerId()).isEqualTo(GPT5 + "-1");
        assertThat(e.cost().usd()).isEqualByComparingTo("0.000195"); // 100 x 1.25 + 7 x 10
        assertThat(e.worst()).isGreaterThan(e.cost());
        assertThat(e.prices()).isEqualTo("2026-10-24");
        assertThat(e.firstToken()).isNotNull();
        assertThat(ledger.requests().text(e.id())).containsOnlyNulls();
        assertThat(facts.headers())
                .containsEntry("x-dalang-model", GPT5)
                .containsEntry("x-dalang-cost", "0.000195")
                .containsEntry("x-dalang-request", e.id());
        assertThat(((ChatEvent.Finished) events.getLast()).details()).containsEntry("dalang_cost_usd", "0.000195");
    }

    @Test
    void textsAreKeptOnlyWhereThePolicySaysSo() {
        MeterPolicy keep = new MeterPolicy(MeterPolicy.UnknownPrice.FLAG, ANN::equals);
        Speaker speaker = new Speaker(GPT5).always(2);
        new MeteredModel(speaker, meter(keep, null), ANN, "test", r -> Plan.of(Target.hosted(GPT5)))
                .complete(ask(GPT5).maxTokens(5).build());
        assertThat(ledger.requests().text(only().id())).containsExactly("user:\nhello\n", "word word ");
    }

    /** No request fits there, however short: it must not be advised. */
    @Test
    void anEmptyBudgetNamesTheWayOutThatThereIs() {
        ledger.budgets().set(Subject.key("k1"), Period.TOTAL, Money.ZERO, 5000L, Instant.now());
        for (Integer most : new Integer[] {null, 10}) {
            assertThatThrownBy(() -> metered(new Speaker(GPT5))
                            .complete(ask(GPT5).maxTokens(most).build()))
                    .hasMessageContaining(
                            "the budget of key k1 ($0.00 and 5000 tokens in all) has $0.00 and 5000 tokens left")
                    .hasMessageEndingWith("; `dalang budgets set` raises it");
        }
        ledger.budgets().set(Subject.key("k1"), Period.TOTAL, null, 3L, Instant.now());
        assertThatThrownBy(() -> metered(new Speaker(GPT5))
                        .complete(ChatRequest.builder(GPT5, Prompt.user("hello ".repeat(50)))
                                .build()))
                .hasMessageEndingWith("; a shorter prompt may fit");
    }

    @Test
    void whatDoesNotFitTheBudgetIsRefusedBeforeAnythingIsSent() {
        ledger.budgets().set(Subject.key("k1"), Period.DAY, Money.ofUsd(new BigDecimal("0.01")), null, Instant.now());
        Speaker speaker = new Speaker(GPT5);
        assertThatThrownBy(() ->
                        metered(speaker).complete(ask(GPT5).maxTokens(1000).build()))
                .isInstanceOfSatisfying(
                        DalangException.class, e -> assertThat(e.failure()).isInstanceOf(Failure.BudgetExceeded.class))
                .hasMessageContaining("the budget of key k1 ($0.01 a day) has $0.01 left")
                .hasMessageContaining("; a max_tokens of 489 would fit");
        assertThat(speaker.calls).hasValue(0);
        assertThat(only().outcome()).isEqualTo(Outcome.REFUSED);
        assertThat(only().cost()).isEqualTo(Money.ZERO);
    }

    @Test
    void anOpenEndedAnswerIsLimitedToWhatTheBudgetHasLeft() {
        ledger.budgets().set(Subject.key("k1"), Period.DAY, Money.ofUsd(new BigDecimal("0.01")), null, Instant.now());
        Speaker speaker = new Speaker(GPT5).always(20);
        ChatResponse answer = metered(speaker).complete(ask(GPT5).build());
        assertThat(answer.notices()).extracting(ChatEvent.Notice::code).containsExactly("budget_limited");
        // 0.01 USD at 20 USD a million (the provider may serve the priority tier) are less than 500 tokens.
        assertThat(speaker.last.maxTokens()).isBetween(400, 500);
        assertThat(only().worst()).isLessThanOrEqualTo(Money.ofUsd(new BigDecimal("0.01")));
    }

    @Test
    void aProviderThatIgnoresTheLimitIsStopped() {
        Speaker speaker = new Speaker(GPT5).always(1_000_000);
        ChatResponse answer = metered(speaker).complete(ask(GPT5).maxTokens(40).build());
        assertThat(answer.finishReason()).isEqualTo(FinishReason.LENGTH);
        assertThat(answer.usage().completionTokens()).isLessThanOrEqualTo(45);
        assertThat(answer.notices()).extracting(ChatEvent.Notice::code).containsExactly("budget_stopped");
        assertThat(only().outcome()).isEqualTo(Outcome.CANCELLED);
        assertThat(only().finish()).isEqualTo("budget");
    }

    @Test
    void anUnknownPriceIsFlaggedOrRefused() {
        Speaker speaker = new Speaker("nobody/knows");
        metered(speaker).complete(ask("nobody/knows").maxTokens(5).build());
        assertThat(only().cost()).isNull();
        assertThat(ledger.requests()
                        .usage(RequestFilter.ALL, List.of())
                        .getFirst()
                        .unpriced())
                .isEqualTo(1);
        MeterPolicy refuse = new MeterPolicy(MeterPolicy.UnknownPrice.REFUSE, a -> false);
        assertThatThrownBy(() -> new MeteredModel(
                                speaker, meter(refuse, null), ANN, "test", r -> Plan.of(Target.hosted("nobody/knows")))
                        .complete(ask("nobody/knows").maxTokens(5).build()))
                .hasMessageContaining("the price of nobody/knows is not known");
        assertThat(speaker.calls).hasValue(1);
    }

    @Test
    void failuresAreBilledByWhatTheyMean() {
        Speaker speaker = new Speaker(GPT5)
                .next(new Failure.RateLimited("slow down", null))
                .next(new Failure.Upstream("500", 500))
                .next(new Speaker.Act(6, new Failure.Upstream("cut", 0), false))
                .next(new Failure.TimedOut("nothing came"));
        MeteredModel model = metered(speaker);
        List<Entry> entries = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            assertThatThrownBy(() -> model.complete(ask(GPT5).maxTokens(50).build()))
                    .isInstanceOf(DalangException.class);
        }
        entries.addAll(ledger.requests().list(RequestFilter.ALL));
        entries.sort(java.util.Comparator.comparing(Entry::failure));
        assertThat(entries).extracting(Entry::failure).containsExactly("500", "cut", "nothing came", "slow down");
        assertThat(entries.get(0).cost()).isEqualTo(Money.ZERO);
        assertThat(entries.get(0).counts()).isEqualTo(Counts.NONE);
        assertThat(entries.get(1).counts()).isEqualTo(Counts.ESTIMATED);
        assertThat(entries.get(1).usage().completionTokens()).isEqualTo(6);
        assertThat(entries.get(1).cost()).isGreaterThan(Money.ZERO);
        assertThat(entries.get(2).unsure()).isEqualTo(entries.get(2).worst());
        assertThat(entries.get(3).counts()).isEqualTo(Counts.NONE);
    }

    @Test
    void aCallerWhoLeavesPaysForWhatCame() {
        MeteredModel model = metered(new Speaker(GPT5).always(100));
        int[] seen = {0};
        assertThatThrownBy(() -> model.chat(ask(GPT5).maxTokens(200).build(), Cancellation.NONE, e -> {
                    if (e instanceof ChatEvent.TextDelta && ++seen[0] == 5) throw new IllegalStateException("gone");
                }))
                .hasMessage("gone");
        assertThat(only().outcome()).isEqualTo(Outcome.CANCELLED);
        assertThat(only().usage().completionTokens()).isEqualTo(5);
    }

    @Test
    void localAnswersCostTheMachinesTime() {
        LocalRate rate = new LocalRate(new BigDecimal("100"), new BigDecimal("0.4"), BigDecimal.ZERO, 1);
        Speaker speaker = new Speaker("mini").always(3);
        new MeteredModel(
                        speaker,
                        meter(MeterPolicy.STANDARD, rate),
                        ANN,
                        "test",
                        r -> Plan.of(Target.local("mini", "sha256:1", 512)))
                .complete(ask("mini").maxTokens(5).build());
        assertThat(only().provider()).isEqualTo("local");
        assertThat(only().digest()).isEqualTo("sha256:1");
        assertThat(only().cost()).isGreaterThan(Money.ZERO).isLessThan(only().worst());
    }

    @Test
    void ratesAndModelsAreLimited() {
        ledger.budgets().allow(new Allowance(Subject.key("k1"), 2L, null, null, List.of("openai/*")));
        MeteredModel model = metered(new Speaker(GPT5));
        ResponseFacts facts = new ResponseFacts();
        facts.during(() -> model.complete(ask(GPT5).maxTokens(5).build()));
        assertThat(facts.headers())
                .containsEntry("x-ratelimit-limit-requests", "2")
                .containsEntry("x-ratelimit-remaining-requests", "1");
        model.complete(ask(GPT5).maxTokens(5).build());
        assertThatThrownBy(() -> model.complete(ask(GPT5).maxTokens(5).build()))
                .isInstanceOfSatisfying(
                        DalangException.class,
                        e -> assertThat(e.failure())
                                .isInstanceOfSatisfying(
                                        Failure.RateLimited.class,
                                        f -> assertThat(f.retryAfter())
                                                .isBetween(Duration.ofSeconds(1), Duration.ofSeconds(30))));
        assertThatThrownBy(() -> metered(new Speaker("x/y"))
                        .complete(ask("x/y").maxTokens(5).build()))
                .hasMessageContaining("is not allowed to key k1");
    }

    /** Thousands at once, of which the budget has room for some: what was spent is within it, and is what was answered. */
    @Test
    void aCrowdDoesNotOvershoot() throws Exception {
        Money limit = Money.ofUsd(new BigDecimal("0.05"));
        ledger.budgets().set(Subject.key("k1"), Period.MONTH, limit, null, Instant.now());
        Speaker speaker = new Speaker(GPT5).always(30).prompt(10);
        MeteredModel model = metered(speaker);
        List<Future<Boolean>> answers = new ArrayList<>();
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 2000; i++) {
                answers.add(callers.submit(() -> {
                    try {
                        model.complete(ask(GPT5).maxTokens(30).build());
                        return true;
                    } catch (DalangException e) {
                        if (e.failure() instanceof Failure.BudgetExceeded) return false;
                        throw e;
                    }
                }));
            }
        }
        long answered = answers.stream().filter(Future::resultNow).count();
        Money spent = ledger.budgets().standing(Instant.now()).getFirst().spent();
        assertThat(spent).isLessThanOrEqualTo(limit);
        assertThat(spent.picos()).isEqualTo(answered * (10 * 1_250_000L + 30 * 10_000_000L));
        assertThat(answered).isPositive().isLessThan(2000);
        assertThat(ledger.requests()
                        .usage(RequestFilter.ALL, List.of())
                        .getFirst()
                        .completionTokens())
                .isEqualTo(answered * 30);
    }
}
