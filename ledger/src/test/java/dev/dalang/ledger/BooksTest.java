package dev.dalang.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.api.DalangException;
import dev.dalang.api.Usage;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class BooksTest {

    static final Instant NOW = Instant.parse("2026-11-26T12:00:00Z");

    @TempDir
    Path folder;

    private BookRules rules() {
        return BookRules.standard(folder.resolve("journals")).with(Clock.fixed(NOW, ZoneOffset.UTC));
    }

    static Intent intent(String key, long worstPicos, long worstTokens) {
        return intent(key, worstPicos, worstTokens, NOW);
    }

    static Intent intent(String key, long worstPicos, long worstTokens, Instant at) {
        return new Intent(
                RequestId.next(at),
                at,
                new Account("ann", key, ""),
                "openai",
                "fast",
                new Money(worstPicos),
                worstTokens,
                "2026-11-01",
                Map.of("project", "x"),
                null);
    }

    static Settlement settlement(Intent n, long picos, int prompt, int completion) {
        return new Settlement(
                n.id(),
                n.at().plusSeconds(2),
                "openai/gpt-5",
                "gpt-5-2025-08-07",
                "openai",
                "chatcmpl-1",
                "[]",
                Outcome.DONE,
                "end_of_turn",
                null,
                Counts.EXACT,
                new Usage(prompt, 1, 0, completion, 0, Map.of("audio_tokens", 3L)),
                Duration.ofMillis(120),
                Duration.ofMillis(2000),
                new Money(picos),
                Money.ZERO,
                "2026-11-01",
                null,
                null);
    }

    @ParameterizedTest
    @EnumSource
    void aRequestIsWrittenBeforeAndAfter(Place place) {
        try (Ledger ledger = Ledger.connect(place.url(folder));
                Books books = ledger.books(rules())) {
            Intent n = intent("k1", 500, 30);
            assertThat(books.open(n)).isEqualTo(new Admission.Admitted(List.of()));
            assertThat(ledger.requests().get(n.id()).outcome()).isEqualTo(Outcome.OPEN);
            books.settle(settlement(n, 420, 10, 7));
            books.settle(settlement(n, 9999, 99, 99));
            Entry e = ledger.requests().get(n.id());
            assertThat(e.outcome()).isEqualTo(Outcome.DONE);
            assertThat(e.cost()).isEqualTo(new Money(420));
            assertThat(e.usage()).isEqualTo(new Usage(10, 1, 0, 7, 0, Map.of("audio_tokens", 3L)));
            assertThat(e.firstToken()).isEqualTo(Duration.ofMillis(120));
            assertThat(e.metadata()).isEqualTo("{\"project\":\"x\"}");
            assertThat(e.model()).isEqualTo("openai/gpt-5");
            Intent no = intent("k1", 1, 1);
            books.refused(no, "not today");
            books.settle(settlement(intent("never opened", 1, 1), 1, 1, 1));
            assertThat(ledger.requests().get(no.id()).outcome()).isEqualTo(Outcome.REFUSED);
            assertThat(ledger.requests().ofProvider("chatcmpl-1")).contains(e);
            assertThat(ledger.requests().list(RequestFilter.ALL)).hasSize(2);
        }
    }

    /** By itself after a moment; what the settlement says of the same answer stays, in whichever order they are written. */
    @ParameterizedTest
    @EnumSource
    void theProvidersIdIsNotedWhenAnAnswerBegins(Place place) throws InterruptedException {
        try (Ledger ledger = Ledger.connect(place.url(folder));
                Books books = ledger.books(rules())) {
            Intent n = intent("k1", 500, 30);
            books.open(n);
            books.began(n.id(), "openai/gpt-5", "chatcmpl-early");
            long patience = System.nanoTime() + Duration.ofSeconds(20).toNanos();
            while (ledger.requests().ofProvider("chatcmpl-early").isEmpty()) {
                assertThat(System.nanoTime()).isLessThan(patience);
                Thread.sleep(5);
            }
            Entry open = ledger.requests().get(n.id());
            assertThat(open.outcome()).isEqualTo(Outcome.OPEN);
            assertThat(open.model()).isEqualTo("openai/gpt-5");
            for (int i = 0; i < 50; i++) {
                Intent next = intent("k1", 500, 30);
                books.open(next);
                books.began(next.id(), "openai/other", "chatcmpl-" + i);
                books.settle(settlement(next, 420, 10, 7));
                Entry done = ledger.requests().get(next.id());
                assertThat(done.outcome()).isEqualTo(Outcome.DONE);
                assertThat(done.model()).isEqualTo("openai/gpt-5");
                assertThat(done.providerId()).isEqualTo("chatcmpl-1");
            }
        }
    }

    /** Texts that a column cannot hold are shortened, and NUL, which PostgreSQL refuses, does not stop the writer. */
    @ParameterizedTest
    @EnumSource
    void hostileTextsAreHeld(Place place) {
        try (Ledger ledger = Ledger.connect(place.url(folder));
                Books books = ledger.books(rules())) {
            Intent n = new Intent(
                    RequestId.next(NOW),
                    NOW,
                    new Account("ann\0", "k'; drop table request; --", ""),
                    "openai",
                    "m".repeat(5000) + "\0",
                    null,
                    5,
                    "v",
                    Map.of("a", "b".repeat(9000)),
                    "prompt \0 with NUL");
            assertThat(books.open(n)).isInstanceOf(Admission.Admitted.class);
            Entry e = ledger.requests().get(n.id());
            assertThat(e.asked()).hasSize(512);
            assertThat(e.metadata()).isEqualTo("{\"…\":1}");
            assertThat(e.worst()).isNull();
            assertThat(ledger.requests().text(n.id()).getFirst()).isEqualTo("prompt \uFFFD with NUL");
        }
    }

    @ParameterizedTest
    @EnumSource
    void theWorstCaseIsReservedAndThenSettled(Place place) {
        try (Ledger ledger = Ledger.connect(place.url(folder));
                Books books = ledger.books(rules())) {
            Budget day = ledger.budgets().set(Subject.key("k1"), Period.DAY, new Money(1000), null, NOW);
            Intent first = intent("k1", 700, 10);
            assertThat(books.open(first))
                    .isInstanceOfSatisfying(
                            Admission.Admitted.class,
                            a -> assertThat(a.budgets().getFirst().left()).isEqualTo(new Money(300)));
            assertThat(books.open(intent("k1", 301, 10)))
                    .isEqualTo(new Admission.Exceeds(
                            new Budget.Standing(
                                    day, Period.DAY.start(NOW).toEpochDay(), Money.ZERO, new Money(700), 0, 10),
                            false));
            assertThat(books.open(intent("k2", 5000, 10))).isInstanceOf(Admission.Admitted.class);
            books.settle(settlement(first, 100, 4, 4));
            assertThat(books.open(intent("k1", 901, 10))).isInstanceOf(Admission.Exceeds.class);
            assertThat(books.open(intent("k1", 900, 10))).isInstanceOf(Admission.Admitted.class);
            Budget.Standing now = ledger.budgets().standing(NOW).getFirst();
            assertThat(now.spent()).isEqualTo(new Money(100));
            assertThat(now.reserved()).isEqualTo(new Money(900));
            assertThat(now.spentTokens()).isEqualTo(8);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aBudgetRemovedUnderARequestLeavesNothing(Place place) {
        try (Ledger ledger = Ledger.connect(place.url(folder));
                Books books = ledger.books(rules())) {
            ledger.budgets().set(Subject.key("k1"), Period.DAY, new Money(1000), null, NOW);
            Intent n = intent("k1", 700, 10);
            books.open(n);
            ledger.budgets().remove(Subject.key("k1"), Period.DAY);
            books.settle(settlement(n, 100, 4, 4));
            assertThat(ledger.requests().get(n.id()).cost()).isEqualTo(new Money(100));
            int windows = ledger.inTransaction(h -> h.createQuery("select count(*) from budget_window")
                    .mapTo(Integer.class)
                    .one());
            assertThat(windows).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource
    void anUnknownPriceFitsNoBudgetOfMoney(Place place) {
        try (Ledger ledger = Ledger.connect(place.url(folder));
                Books books = ledger.books(rules())) {
            ledger.budgets().set(Subject.ALL, Period.MONTH, new Money(1000), null, NOW);
            Intent n = intent("k1", 1, 10);
            Intent unknown = new Intent(n.id(), NOW, n.account(), "openai", "x", null, 10, "v", Map.of(), null);
            assertThat(books.open(unknown))
                    .isInstanceOfSatisfying(
                            Admission.Exceeds.class,
                            e -> assertThat(e.unknownPrice()).isTrue());
            ledger.budgets().remove(Subject.ALL, Period.MONTH);
            ledger.budgets().set(Subject.ALL, Period.MONTH, null, 100L, NOW);
            assertThat(books.open(unknown)).isInstanceOf(Admission.Admitted.class);
        }
    }

    /**
     * Thousands of requests at once from two processes' worth of books on one database; what is spent and reserved never
     * passes a limit, and at the end what is spent is the sum of what was settled.
     */
    @ParameterizedTest
    @EnumSource
    void concurrentRequestsNeverOvershoot(Place place) throws Exception {
        String url = place.url(folder);
        int requests = 4000;
        long limit = 40_000;
        try (Ledger ledger = Ledger.connect(url);
                Books one = ledger.books(rules());
                Books two = ledger.books(rules());
                ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            ledger.budgets().set(Subject.key("k0"), Period.DAY, new Money(limit), null, NOW);
            ledger.budgets().set(Subject.key("k1"), Period.WEEK, new Money(limit / 2), 60_000L, NOW);
            ledger.budgets().set(Subject.ALL, Period.MONTH, new Money(limit + limit / 4), null, NOW);
            List<Future<Long>> spent = new ArrayList<>();
            for (int i = 0; i < requests; i++) {
                int seed = i;
                spent.add(callers.submit(() -> {
                    Random random = new Random(seed);
                    Books books = seed % 2 == 0 ? one : two;
                    Intent n = intent("k" + random.nextInt(3), 1 + random.nextInt(200), 1 + random.nextInt(100));
                    if (!(books.open(n) instanceof Admission.Admitted a)) return -1L;
                    for (Budget.Standing s : a.budgets()) assertWithin(s);
                    long cost = random.nextLong(n.worst().picos() + 1);
                    int tokens = random.nextInt((int) n.worstTokens() + 1);
                    books.settle(settlement(n, cost, tokens, 0));
                    return cost;
                }));
            }
            long sum = 0;
            for (Future<Long> f : spent) sum += Math.max(0, f.get());
            long priced = ledger.requests()
                    .usage(RequestFilter.ALL, List.of())
                    .getFirst()
                    .cost()
                    .picos();
            assertThat(priced).isEqualTo(sum);
            // The limits were reached, or this test shows nothing.
            assertThat(sum).isPositive();
            assertThat(spent.stream().filter(f -> f.resultNow() < 0)).hasSizeGreaterThan(100);
            for (Budget.Standing s : ledger.budgets().standing(NOW)) {
                assertWithin(s);
                assertThat(s.reserved()).isEqualTo(Money.ZERO);
                assertThat(s.reservedTokens()).isZero();
                if (s.budget().subject().equals(Subject.ALL)) {
                    assertThat(s.spent().picos()).isEqualTo(sum);
                }
            }
        }
    }

    private static void assertWithin(Budget.Standing s) {
        if (s.budget().money() != null) {
            assertThat(s.spent().plus(s.reserved()))
                    .isLessThanOrEqualTo(s.budget().money());
        }
        if (s.budget().tokens() != null) {
            assertThat(s.spentTokens() + s.reservedTokens())
                    .isLessThanOrEqualTo(s.budget().tokens());
        }
    }

    /** The clock jumps back over the edge of a day and forth again: each day keeps its own account, and no limit is passed. */
    @ParameterizedTest
    @EnumSource
    void aClockSetBackOpensNoBudgetAgain(Place place) {
        AtomicReference<Instant> now = new AtomicReference<>(NOW);
        Clock clock = new Clock() {
            @Override
            public ZoneOffset getZone() {
                return ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(java.time.ZoneId zone) {
                return this;
            }

            @Override
            public Instant instant() {
                return now.get();
            }
        };
        try (Ledger ledger = Ledger.connect(place.url(folder));
                Books books = ledger.books(rules().with(clock))) {
            ledger.budgets().set(Subject.ALL, Period.DAY, new Money(100), null, NOW);
            Intent today = intent("k", 100, 1, now.get());
            assertThat(books.open(today)).isInstanceOf(Admission.Admitted.class);
            now.set(NOW.minus(Duration.ofDays(1)));
            // Ends before it began, by the clock; it still counts for the day on which it was reserved.
            books.settle(settlement(today, 100, 1, 1));
            Intent yesterday = intent("k", 100, 1, now.get());
            assertThat(books.open(yesterday)).isInstanceOf(Admission.Admitted.class);
            books.settle(settlement(yesterday, 100, 1, 1));
            assertThat(books.open(intent("k", 1, 1, now.get()))).isInstanceOf(Admission.Exceeds.class);
            now.set(NOW);
            assertThat(books.open(intent("k", 1, 1, now.get()))).isInstanceOf(Admission.Exceeds.class);
            assertThat(ledger.requests().list(RequestFilter.ALL)).hasSize(2);
        }
    }

    @Test
    void moneyIsExact() {
        assertThat(Money.ofUsd(new java.math.BigDecimal("0.000000000001"))).isEqualTo(new Money(1));
        assertThat(Money.ofUsd(new java.math.BigDecimal("0.0000000000001"))).isEqualTo(new Money(1));
        assertThat(new Money(1_234_000_000_000L)).hasToString("$1.23");
        assertThat(new Money(12_345_678L)).hasToString("$0.00001235");
        assertThat(Money.ZERO).hasToString("$0.00");
        assertThat(new Money(-5_000_000_000_000L)).hasToString("-$5.00");
        assertThatThrownBy(() -> Money.ofUsd(new java.math.BigDecimal("10000000")))
                .isInstanceOf(DalangException.class);
    }
}
