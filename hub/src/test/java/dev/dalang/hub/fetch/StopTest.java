package dev.dalang.hub.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.api.Cancellation;
import dev.dalang.api.DalangException;
import dev.dalang.hub.store.Digest;
import dev.dalang.hub.store.Manifest;
import dev.dalang.hub.store.Partial;
import dev.dalang.testserver.Exchange;
import dev.dalang.testserver.TestHub;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A pull that is paused ends at once, whatever it waits for: here a hub may be silent for an hour, and nothing but the wish
 * to stop ends the wait.
 */
@Timeout(60)
class StopTest {

    private static final byte[] GGUF = Models.gguf(1, 500_000);
    private static final int CONNECTIONS = 3;

    @TempDir
    Path home;

    private final TestHub hub = new TestHub().repository("owner/tiny", null, Map.of("tiny-Q4_K_M.gguf", GGUF));
    private final Cancellation stop = new Cancellation();
    private final CountDownLatch closed = new CountDownLatch(CONNECTIONS);
    private final ExecutorService pulls = Executors.newVirtualThreadPerTaskExecutor();

    @AfterEach
    void end() {
        hub.close();
        pulls.close();
    }

    private static void stopped(Future<?> pull) {
        assertThatThrownBy(pull::get)
                .cause()
                .isInstanceOf(DalangException.class)
                .hasMessageContaining("stopped; what came is kept");
    }

    /** Says nothing more until the client closes the connection. */
    private void stall(Exchange x, CountDownLatch stalled) {
        stalled.countDown();
        try {
            while (x.socket().getInputStream().read() >= 0) {}
        } catch (IOException reset) {
            // That is an end too.
        }
        closed.countDown();
    }

    /** The head of a range, one segment of it and half of the next. */
    private static void begin(Exchange x) throws IOException {
        long[] r = x.range(GGUF.length);
        x.head(
                206,
                Map.of(
                        "Content-Length",
                        Long.toString(r[1] - r[0]),
                        "Content-Range",
                        "bytes " + r[0] + "-" + (r[1] - 1) + "/" + GGUF.length));
        x.out().write(GGUF, (int) r[0], Math.min(Fixture.SEGMENT_BYTES * 3 / 2, (int) (r[1] - r[0])));
        x.out().flush();
    }

    private long notedSegments() {
        try (var files = Files.list(home.resolve("models/partial"))) {
            Path journal = files.filter(p -> p.toString().endsWith(".journal"))
                    .findFirst()
                    .orElseThrow();
            return Files.readString(journal)
                    .lines()
                    .filter(l -> l.endsWith("."))
                    .count();
        } catch (IOException | java.util.NoSuchElementException notYet) {
            return 0;
        }
    }

    @Test
    void everyConnectionIsSilentAndAStopEndsItAtOnce() throws Exception {
        CountDownLatch stalled = new CountDownLatch(CONNECTIONS);
        hub.server().on("/cdn/", x -> {
            begin(x);
            stall(x, stalled);
        });
        try (Fixture f = new Fixture(hub, home, stop)) {
            Future<Manifest> pull = pulls.submit(() -> f.pull("hf.co/owner/tiny"));
            stalled.await();
            while (notedSegments() < CONNECTIONS) Thread.sleep(5);
            assertThat(pull.isDone()).isFalse();
            stop.cancel();
            stopped(pull);
            closed.await();
            assertThat(f.store.manifests()).isEmpty();
        }
        goesOn();
    }

    /** What was noted is not asked for again, and in the end the right bytes are there. */
    private void goesOn() {
        long noted = notedSegments();
        assertThat(noted).isGreaterThanOrEqualTo(CONNECTIONS);
        hub.server().requests().clear();
        hub.server().on("/cdn/", x -> x.file(GGUF));
        try (Fixture f = new Fixture(hub, home)) {
            Manifest m = f.pull("hf.co/owner/tiny");
            assertThat(f.store.open(m)).hasBinaryContent(GGUF);
            assertThat(home.resolve("models/partial")).isEmptyDirectory();
            assertThat(home.resolve("models/claims")).isEmptyDirectory();
        }
        long asked = hub.server().requests().stream()
                .filter(x -> x.path().startsWith("/cdn/"))
                .mapToLong(x -> x.range(GGUF.length)[1] - x.range(GGUF.length)[0])
                .sum();
        assertThat(asked).isLessThanOrEqualTo(GGUF.length - (noted - 1) * Fixture.SEGMENT_BYTES);
    }

    @Test
    void noAnswerBegins() throws Exception {
        CountDownLatch stalled = new CountDownLatch(CONNECTIONS);
        hub.server().on("/cdn/", x -> stall(x, stalled));
        try (Fixture f = new Fixture(hub, home, stop)) {
            Future<Manifest> pull = pulls.submit(() -> f.pull("hf.co/owner/tiny"));
            stalled.await();
            stop.cancel();
            stopped(pull);
            closed.await();
        }
    }

    @Test
    void aServerWithoutRangesIsSilent() throws Exception {
        CountDownLatch stalled = new CountDownLatch(1);
        hub.server().on("/cdn/", x -> {
            x.head(200, Map.of("Content-Length", Integer.toString(GGUF.length)));
            // The first request of each connection shows that there are no ranges; then one reads all.
            boolean whole = x.range(GGUF.length) == null;
            x.out().write(GGUF, 0, whole ? 1000 : GGUF.length);
            x.out().flush();
            if (whole) stall(x, stalled);
        });
        try (Fixture f = new Fixture(hub, home, stop)) {
            Future<Manifest> pull = pulls.submit(() -> f.pull("hf.co/owner/tiny"));
            stalled.await();
            stop.cancel();
            stopped(pull);
        }
        hub.server().on("/cdn/", x -> x.file(GGUF));
        try (Fixture f = new Fixture(hub, home)) {
            assertThat(f.store.open(f.pull("hf.co/owner/tiny"))).hasBinaryContent(GGUF);
        }
    }

    @Test
    void theHubItselfIsSilent() throws Exception {
        CountDownLatch stalled = new CountDownLatch(1);
        hub.server().on("/api/models/", x -> stall(x, stalled));
        try (Fixture f = new Fixture(hub, home, stop)) {
            Future<Plan> plan = pulls.submit(() -> f.plan("hf.co/owner/tiny"));
            stalled.await();
            stop.cancel();
            stopped(plan);
        }
    }

    @Test
    void anotherPullHasTheFile() throws Exception {
        CountDownLatch waits = new CountDownLatch(1);
        Progress progress = new Progress() {
            @Override
            public void waits(Plan.PlannedFile file) {
                waits.countDown();
            }
        };
        try (Fixture f = new Fixture(hub, home, stop)) {
            Plan plan = f.plan("hf.co/owner/tiny");
            Partial others =
                    f.library().store().partial(plan.files().getFirst().key()).orElseThrow();
            try (others) {
                Future<Manifest> pull = pulls.submit(() -> f.fetcher.fetch(plan, progress));
                waits.await();
                stop.cancel();
                stopped(pull);
            }
        }
    }

    /** What another tool holds is copied and not fetched; a stop ends that too, and the next pull copies anew. */
    @Test
    void aFileOfAnotherToolIsCopied() throws Exception {
        Path repository = Fixture.cache(home).resolve("models--owner--tiny");
        Path blob = repository.resolve("blobs").resolve(Digest.of(GGUF).hex());
        Path name = repository.resolve("snapshots").resolve("a".repeat(40)).resolve("tiny-Q4_K_M.gguf");
        Files.createDirectories(blob.getParent());
        Files.createDirectories(name.getParent());
        Files.write(blob, GGUF);
        Files.createSymbolicLink(name, blob);
        AtomicLong came = new AtomicLong();
        Progress progress = new Progress() {
            @Override
            public void came(Plan.PlannedFile file, long bytes) {
                came.addAndGet(bytes);
                stop.cancel();
            }
        };
        try (Fixture f = new Fixture(hub, home, stop)) {
            Plan plan = f.plan("hf.co/owner/tiny");
            assertThatThrownBy(() -> f.fetcher.fetch(plan, progress))
                    .hasMessageContaining("stopped; what came is kept");
            assertThat(came).hasPositiveValue().hasValueLessThan(GGUF.length);
            assertThat(f.store.manifests()).isEmpty();
        }
        hub.server().requests().clear();
        try (Fixture f = new Fixture(hub, home)) {
            assertThat(f.store.open(f.pull("hf.co/owner/tiny"))).hasBinaryContent(GGUF);
            assertThat(home.resolve("models/partial")).isEmptyDirectory();
        }
        assertThat(hub.server().requests()).noneMatch(x -> x.path().startsWith("/cdn/"));
        assertThat(blob).hasBinaryContent(GGUF);
    }

    /** Where one connection fails for good, the others are not waited for. */
    @Test
    void oneFailureEndsTheSilentOnes() throws Exception {
        CountDownLatch stalled = new CountDownLatch(CONNECTIONS - 1);
        java.util.concurrent.atomic.AtomicInteger n = new java.util.concurrent.atomic.AtomicInteger();
        hub.server().on("/cdn/", x -> {
            if (n.incrementAndGet() == CONNECTIONS) {
                stalled.await();
                x.text(404, "");
            } else {
                begin(x);
                stall(x, stalled);
            }
        });
        try (Fixture f = new Fixture(hub, home, stop)) {
            assertThatThrownBy(() -> f.pull("hf.co/owner/tiny"))
                    .isInstanceOf(DalangException.class)
                    .hasMessageContaining("has no such thing");
        }
    }
}
