package dev.dalang.server.guard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.ledger.ApiKey;
import dev.dalang.server.guard.Guard.RequestHead;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class KeyGuardTest {

    private final Map<String, ApiKey> keys = new HashMap<>();
    private final Ticking clock = new Ticking();
    private final Sessions sessions = new Sessions(clock);
    private final AtomicLong nanos = new AtomicLong();
    private final AtomicInteger lookUps = new AtomicInteger();

    /** The ledger answers when it opens. */
    private volatile @Nullable CountDownLatch silence;

    private volatile boolean broken;
    private final KeyGuard guard = new KeyGuard(
            new InMemory(),
            new SourceRules(List.of("llm.example"), List.of("https://app.example/")),
            sessions,
            new Quotas(nanos::get),
            clock);

    private String key(String id, Integer requests, Integer tokens, List<String> models, Instant expires) {
        String secret = Secrets.newKey();
        keys.put(
                id,
                new ApiKey(
                        id,
                        "k " + id,
                        Secrets.hash(secret),
                        List.of("inference"),
                        models,
                        requests,
                        tokens,
                        clock.instant(),
                        expires,
                        null,
                        null));
        return secret;
    }

    private void revoke(String id) {
        keys.computeIfPresent(
                id,
                (i, k) -> new ApiKey(
                        k.id(),
                        k.name(),
                        k.hash(),
                        k.scopes(),
                        null,
                        null,
                        null,
                        k.created(),
                        null,
                        clock.instant(),
                        null));
    }

    private static RequestHead head(String... headers) {
        Map<String, List<String>> all = new LinkedHashMap<>();
        for (int i = 0; i < headers.length; i += 2) {
            all.merge(headers[i], List.of(headers[i + 1]), (a, b) -> List.of(a.getFirst(), b.getFirst()));
        }
        all.putIfAbsent("host", List.of("localhost:3252"));
        return new RequestHead() {
            @Override
            public String method() {
                return "POST";
            }

            @Override
            public String path() {
                return "/";
            }

            @Override
            public boolean secure() {
                return false;
            }

            @Override
            public List<String> headers(String name) {
                return all.getOrDefault(name, List.of());
            }
        };
    }

    private void refuses(String... headers) {
        assertThatThrownBy(() -> guard.authenticate(head(headers)))
                .as("%s", List.of(headers))
                .isInstanceOfSatisfying(
                        DalangException.class,
                        e -> assertThat(e.failure()).isInstanceOf(Failure.Unauthenticated.class));
    }

    @Test
    void everyHeaderIsReadTheSame() {
        String secret = key("a", null, null, null, null);
        for (String header : Credentials.HEADERS) {
            String value = header.equals("authorization") ? "Bearer " + secret : secret;
            assertThat(guard.authenticate(head(header, value)).id()).isEqualTo("a");
            refuses(header, value + "x");
            refuses(header, "");
        }
        assertThat(guard.authenticate(head("authorization", "bearer  " + secret))
                        .id())
                .isEqualTo("a");
        refuses();
        refuses("authorization", secret);
        refuses("authorization", "Basic " + secret);
        refuses("authorization", "Bearer " + Secrets.hash(secret));
        refuses("x-api-key", secret, "authorization", "Bearer " + Secrets.newKey());
        refuses("x-api-key", secret, "x-api-key", "other");
    }

    @Test
    void scopesAndModelsAreTheKeys() {
        Caller caller =
                guard.authenticate(head("x-api-key", key("a", null, null, List.of("qwen3:4b", "llama*"), null)));
        assertThat(caller.may(Scope.INFERENCE)).isTrue();
        assertThat(caller.may(Scope.READ)).isFalse();
        assertThat(caller.may(Scope.ADMIN)).isFalse();
        assertThat(caller.mayUse("qwen3:4b")).isTrue();
        assertThat(caller.mayUse("llama3.2:1b")).isTrue();
        assertThat(caller.mayUse("qwen3:4b-x")).isFalse();
        assertThat(new Caller("n", "n", Set.of(), Set.of()).mayUse("qwen3:4b")).isFalse();
    }

    @Test
    void revokedAndExpiredKeysStopSoon() {
        String secret = key("a", null, null, null, clock.instant().plusSeconds(60));
        assertThat(guard.authenticate(head("x-api-key", secret)).id()).isEqualTo("a");
        clock.now = clock.now.plusSeconds(60);
        refuses("x-api-key", secret);
        String other = key("b", null, null, null, null);
        assertThat(guard.authenticate(head("x-api-key", other)).id()).isEqualTo("b");
        revoke("b");
        clock.now = clock.now.plusMillis(1001);
        refuses("x-api-key", other);
    }

    @Test
    void aLinkSignsInOnceAndTheSessionIsTheKeys() {
        key("a", null, null, null, null);
        String link = sessions.newLink("a");
        String session = sessions.signIn(link);
        assertThat(sessions.signIn(link)).isNull();
        assertThat(guard.authenticate(head("cookie", "x=1; dalang_session=" + session))
                        .id())
                .isEqualTo("a");
        refuses("cookie", "dalang_session=" + link);
        refuses("cookie", "dalang_session=" + session, "x-api-key", "wrong");
        guard.signOut("dalang_session=" + session);
        refuses("cookie", "dalang_session=" + session);
        String late = sessions.newLink("a");
        clock.now = clock.now.plus(Sessions.LINK);
        assertThat(sessions.signIn(late)).isNull();
        String second = sessions.signIn(sessions.newLink("a"));
        keys.remove("a");
        clock.now = clock.now.plusMillis(1001);
        refuses("cookie", "dalang_session=" + second);
    }

    @Test
    void strangersAreKnownByHostAndOrigin() {
        for (String host : List.of(
                "localhost",
                "LOCALHOST:1",
                "127.0.0.1:3252",
                "[::1]:3252",
                "llm.example",
                "192.168.1.5",
                "x.localhost")) {
            guard.checkSource(head("host", host));
        }
        for (String host : List.of(
                "evil.example", "localhost.evil.example", "", "127.0.0.1.evil.example", "localhost:x", "[::1", "a b")) {
            denied("host", host);
        }
        denied("host", "localhost", "host", "localhost");
        guard.checkSource(head("host", "localhost:3252", "origin", "http://localhost:3252"));
        guard.checkSource(head("host", "localhost:3252", "origin", "https://app.example"));
        for (String origin : List.of(
                "null",
                "http://localhost:9",
                "https://localhost:3252",
                "https://evil.example",
                "https://app.example.evil")) {
            denied("host", "localhost:3252", "origin", origin);
        }
        denied("sec-fetch-site", "cross-site");
        denied("sec-fetch-site", "same-site", "sec-fetch-mode", "navigate");
        guard.checkSource(head("sec-fetch-site", "same-origin"));
    }

    private void denied(String... headers) {
        assertThatThrownBy(() -> guard.checkSource(head(headers)))
                .as("%s", List.of(headers))
                .isInstanceOfSatisfying(
                        DalangException.class,
                        e -> assertThat(e.failure()).isInstanceOf(Failure.PermissionDenied.class));
    }

    @Test
    void quotasFillUpAgain() {
        Caller caller = guard.authenticate(head("x-api-key", key("a", 2, null, null, null)));
        Map<String, String> told = new HashMap<>();
        guard.admit(caller, told::put);
        guard.admit(caller, told::put);
        assertThat(told)
                .containsEntry("x-ratelimit-limit-requests", "2")
                .containsEntry("x-ratelimit-remaining-requests", "0");
        assertThatThrownBy(() -> guard.admit(caller, told::put))
                .isInstanceOfSatisfying(
                        DalangException.class,
                        e -> assertThat(e.failure())
                                .isEqualTo(new Failure.RateLimited(
                                        "this key has had its 2 requests a minute; come back later",
                                        Duration.ofSeconds(30))));
        nanos.addAndGet(Duration.ofSeconds(30).toNanos());
        guard.admit(caller, told::put);
    }

    @Test
    void tokensAreCountedWhenTheyAreKnown() {
        Quotas quotas = new Quotas(nanos::get);
        quotas.limit("a", null, 600);
        Caller caller = new Caller("a", "a", Set.of(), null);
        quotas.admit("a", (k, v) -> {});
        quotas.spend(caller, 1200);
        assertThatThrownBy(() -> quotas.admit("a", (k, v) -> {})).isInstanceOf(DalangException.class);
        nanos.addAndGet(Duration.ofSeconds(61).toNanos());
        quotas.admit("a", (k, v) -> {});
        quotas.limit("a", null, null);
        quotas.spend(caller, 100_000);
        quotas.admit("a", (k, v) -> {});
    }

    private void isAway(String secret) {
        assertThatThrownBy(() -> guard.authenticate(head("authorization", "Bearer " + secret)))
                .isInstanceOfSatisfying(
                        DalangException.class, e -> assertThat(e.failure()).isInstanceOf(Failure.Overloaded.class));
    }

    @Test
    void aLedgerThatIsAwayKeepsNobodyWaitingAndNoStrangerGetsIn() {
        String known = key("a", null, null, null, null);
        String stranger = key("b", null, null, null, null);
        guard.authenticate(head("authorization", "Bearer " + known));
        broken = true;
        clock.now = clock.now.plusSeconds(5);
        assertThat(guard.authenticate(head("authorization", "Bearer " + known)).id())
                .isEqualTo("a");
        isAway(stranger);
        isAway("dlg_nonsense");
        clock.now = clock.now.plus(Duration.ofMinutes(11));
        isAway(known);
        broken = false;
        assertThat(guard.authenticate(head("authorization", "Bearer " + known)).id())
                .isEqualTo("a");
        assertThat(guard.authenticate(head("authorization", "Bearer " + stranger))
                        .id())
                .isEqualTo("b");
    }

    @Test
    @Timeout(120)
    void aLedgerThatIsSilentIsAskedOnceAndWaitedForOnce() throws Exception {
        String known = key("a", null, null, null, null);
        guard.authenticate(head("authorization", "Bearer " + known));
        CountDownLatch back = new CountDownLatch(1);
        silence = back;
        lookUps.set(0);
        clock.now = clock.now.plusSeconds(5);
        for (int i = 0; i < 1000; i++) {
            assertThat(guard.authenticate(head("authorization", "Bearer " + known))
                            .id())
                    .isEqualTo("a");
        }
        assertThat(lookUps).hasValue(1);
        // What was found out at last counts at once.
        revoke("a");
        silence = null;
        back.countDown();
        for (int i = 0; ; i++) {
            try {
                guard.authenticate(head("authorization", "Bearer " + known));
            } catch (DalangException e) {
                assertThat(e.failure()).isInstanceOf(Failure.Unauthenticated.class);
                break;
            }
            assertThat(i).isLessThan(1000);
            Thread.sleep(10);
        }
    }

    private final class InMemory implements KeyStore {
        @Override
        public Optional<ApiKey> ofHash(String hash) {
            lookUps.incrementAndGet();
            CountDownLatch back = silence;
            if (back != null) {
                try {
                    back.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
            if (broken) throw new DalangException(new Failure.Storage("the ledger cannot be used: gone", "ledger"));
            return keys.values().stream().filter(k -> k.hash().equals(hash)).findFirst();
        }

        @Override
        public Optional<ApiKey> ofId(String id) {
            return Optional.ofNullable(keys.get(id));
        }

        @Override
        public void used(String id, Instant at) {}
    }

    private static final class Ticking extends Clock {
        Instant now = Instant.parse("2026-01-01T00:00:00Z");

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return now;
        }
    }
}
