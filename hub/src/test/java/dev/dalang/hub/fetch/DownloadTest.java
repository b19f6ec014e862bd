package dev.dalang.hub.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.hub.store.Manifest;
import dev.dalang.testserver.Exchange;
import dev.dalang.testserver.TestHub;
import dev.dalang.testserver.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One file from a server that misbehaves: in the end the right bytes, or none and the reason. */
class DownloadTest {

    @TempDir
    Path home;

    private static final byte[] GGUF = Models.gguf(1, 500_000);

    private final TestHub hub = new TestHub().repository("owner/tiny", null, Map.of("tiny-Q4_K_M.gguf", GGUF));

    @AfterEach
    void stop() {
        hub.close();
    }

    private void faulty(TestServer.Handler handler) {
        hub.server().on("/cdn/", handler);
    }

    private void arrives() {
        try (Fixture f = new Fixture(hub, home)) {
            Manifest m = f.pull("hf.co/owner/tiny");
            assertThat(f.store.open(m)).hasBinaryContent(GGUF);
            assertThat(home.resolve("models/partial")).isEmptyDirectory();
            assertThat(home.resolve("models/claims")).isEmptyDirectory();
        }
    }

    private void fails(Class<? extends Failure> kind, String... words) {
        try (Fixture f = new Fixture(hub, home)) {
            assertThatThrownBy(() -> f.pull("hf.co/owner/tiny")).isInstanceOfSatisfying(DalangException.class, e -> {
                assertThat(e.failure()).as(e.getMessage()).isInstanceOf(kind);
                assertThat(e.getMessage()).contains(words).doesNotContain("\n");
            });
            assertThat(f.store.manifests()).isEmpty();
            assertThat(home.resolve("models/blobs"))
                    .satisfiesAnyOf(
                            b -> assertThat(b).doesNotExist(),
                            b -> assertThat(b).isEmptyDirectory());
        }
    }

    private static void cut(Exchange x, int bytes) throws IOException {
        long[] r = x.range(GGUF.length);
        x.head(
                206,
                Map.of(
                        "Content-Length",
                        Long.toString(r[1] - r[0]),
                        "Content-Range",
                        "bytes " + r[0] + "-" + (r[1] - 1) + "/" + GGUF.length));
        x.out().write(GGUF, (int) r[0], (int) Math.min(bytes, r[1] - r[0]));
        x.out().flush();
    }

    @Test
    void rangesInParallel() {
        arrives();
        int segments = (GGUF.length + Fixture.SEGMENT_BYTES - 1) / Fixture.SEGMENT_BYTES;
        assertThat(hub.server().requests("/cdn/")).as("two segments each").isEqualTo((segments + 1) / 2);
    }

    @Test
    void dropsWithinAnswers() {
        AtomicInteger n = new AtomicInteger();
        faulty(x -> {
            if (n.incrementAndGet() % 2 == 1) {
                cut(x, 30_000);
                x.drop();
            } else {
                x.file(GGUF);
            }
        });
        arrives();
    }

    @Test
    void stalls() {
        AtomicInteger n = new AtomicInteger();
        faulty(x -> {
            if (n.incrementAndGet() <= 2) {
                cut(x, 10);
                Thread.sleep(30_000);
            } else {
                x.file(GGUF);
            }
        });
        arrives();
    }

    @Test
    void tooManyRequestsAndServerErrors() {
        AtomicInteger n = new AtomicInteger();
        faulty(x -> {
            switch (n.incrementAndGet()) {
                case 1 -> x.text(429, "", "Retry-After", "0");
                case 2 -> x.text(500, "");
                case 3 -> x.text(503, "");
                default -> x.file(GGUF);
            }
        });
        arrives();
    }

    @Test
    void aServerWithoutRanges() {
        faulty(x -> x.bytes(200, GGUF));
        arrives();
    }

    @Test
    void aServerWithoutRangesThatDrops() {
        AtomicInteger n = new AtomicInteger();
        faulty(x -> {
            if (n.incrementAndGet() < 5) {
                x.head(200, Map.of("Content-Length", Integer.toString(GGUF.length)));
                x.out().write(GGUF, 0, 1000);
                x.drop();
            } else {
                x.bytes(200, GGUF);
            }
        });
        arrives();
    }

    /** LocalAI #9719: the hash is checked before a file gets its name, not after. */
    @Test
    void localAi9719_wrongBytesNeverGetAName() {
        byte[] wrong = GGUF.clone();
        wrong[wrong.length / 2] ^= 1;
        faulty(x -> x.file(wrong));
        fails(Failure.Upstream.class, "are not those that sha256:");
        assertThat(home.resolve("models/partial")).isEmptyDirectory();
    }

    @Test
    void anotherLength() {
        byte[] longer = Arrays.copyOf(GGUF, GGUF.length + 10);
        faulty(x -> x.file(longer));
        fails(Failure.Upstream.class, "should have " + GGUF.length, "has " + longer.length);
        byte[] shorter = Arrays.copyOf(GGUF, 1000);
        faulty(x -> x.file(shorter));
        fails(Failure.Upstream.class, "should have " + GGUF.length);
    }

    @Test
    void rangesThatCannotBeHad() {
        faulty(x -> x.text(416, ""));
        fails(Failure.Upstream.class, "has fewer");
    }

    @Test
    void anotherRangeThanAskedFor() {
        faulty(x -> x.bytes(206, new byte[100], "Content-Range", "bytes 0-99/" + GGUF.length));
        fails(Failure.Upstream.class, "another range");
    }

    @Test
    void redirectLoops() {
        faulty(x -> x.redirect(302, x.target()));
        fails(Failure.PermissionDenied.class, "circle");
    }

    /** CVE-2026-5530, CVE-2026-45401, LocalAI: a redirect to an address of this machine or its network. */
    @Test
    void cve2026_5530_noRedirectToAPrivateAddress() {
        faulty(x -> x.redirect(302, "https://169.254.169.254/latest/meta-data"));
        fails(Failure.PermissionDenied.class, "169.254.169.254");
        faulty(x -> x.redirect(302, "https://0.0.0.0:" + hub.server().port() + "/v2/"));
        fails(Failure.PermissionDenied.class, "0.0.0.0");
        faulty(x -> x.redirect(302, "https://[::]:" + hub.server().port() + "/v2/"));
        fails(Failure.PermissionDenied.class, "[::]");
    }

    @Test
    void packedWeightsAreRefused() {
        faulty(x -> x.bytes(206, new byte[100], "Content-Encoding", "gzip"));
        fails(Failure.Upstream.class, "packs its answer");
    }

    @Test
    void aServerThatIsGone() {
        faulty(Exchange::drop);
        fails(Failure.Upstream.class, "broke");
    }

    /** Ends a pull once the first segments are on the disk; later requests are answered well. */
    private void interrupted() {
        AtomicInteger n = new AtomicInteger();
        faulty(x -> {
            if (n.incrementAndGet() == 3) {
                for (int i = 0; i < 1000 && journal().lines().count() < 3; i++) Thread.sleep(10);
                x.text(404, "");
            } else {
                x.file(GGUF);
            }
        });
        try (Fixture f = new Fixture(hub, home)) {
            assertThatThrownBy(() -> f.pull("hf.co/owner/tiny")).isInstanceOf(DalangException.class);
        }
        assertThat(journal().lines()).as("a head and some segments").hasSizeGreaterThan(2);
    }

    private Path partial(String ending) throws IOException {
        try (var files = Files.list(home.resolve("models/partial"))) {
            return files.filter(p -> p.toString().endsWith(ending)).findFirst().orElseThrow();
        }
    }

    private String journal() {
        try {
            return Files.readString(partial(".journal"));
        } catch (IOException | java.util.NoSuchElementException notYet) {
            return "";
        }
    }

    @Test
    void anInterruptedPullGoesOnWhereItWas() {
        interrupted();
        long done = journal().lines().filter(l -> l.endsWith(".")).count();
        hub.server().requests().clear();
        arrives();
        long bytes = hub.server().requests().stream()
                .filter(x -> x.path().startsWith("/cdn/"))
                .mapToLong(x -> x.range(GGUF.length)[1] - x.range(GGUF.length)[0])
                .sum();
        assertThat(bytes)
                .isLessThanOrEqualTo(GGUF.length - (done - 1) * Fixture.SEGMENT_BYTES)
                .isLessThan(GGUF.length);
    }

    @Test
    void damageOfWhatLayHereIsHealed() throws IOException {
        interrupted();
        Path part = partial(".part");
        byte[] bytes = Files.readAllBytes(part);
        Arrays.fill(bytes, (byte) 7);
        Files.write(part, bytes);
        arrives();
    }

    /** As a kill leaves it just after the bytes got their name. */
    @Test
    void aJournalOfBytesThatAreGoneCountsForNothing() throws IOException {
        interrupted();
        Files.delete(partial(".part"));
        arrives();
    }

    @Test
    void aDiskThatIsTooSmallIsSaidFirst() {
        try (Fixture f = new Fixture(hub, home)) {
            Plan p = f.plan("hf.co/owner/tiny");
            Plan.PlannedFile file = p.files().getFirst();
            Plan huge = new Plan(
                    p.name(),
                    p.source(),
                    p.origin(),
                    java.util.List.of(new Plan.PlannedFile(
                            file.name(), file.role(), file.address(), 1L << 46, file.digest(), null, null, Map.of())),
                    Map.of());
            assertThatThrownBy(() -> f.fetcher.fetch(huge, Progress.NONE))
                    .isInstanceOfSatisfying(
                            DalangException.class, e -> assertThat(e.failure()).isInstanceOf(Failure.DoesNotFit.class));
            assertThat(hub.server().requests("/cdn/")).isZero();
        }
    }

    @Test
    void whatIsNoModelDoesNotStay() {
        byte[] text = "GGUF, but no model at all".getBytes(java.nio.charset.StandardCharsets.UTF_8);
        hub.repository("owner/tiny", null, Map.of("tiny-Q4_K_M.gguf", text));
        fails(Failure.BadModelFile.class, "sha256-");
    }

    /** Ollama: crafted counts in a GGUF file. The checking reader sees them before the model gets its name. */
    @Test
    void cve2026_7482_aCraftedGgufNeverBecomesAModel() {
        byte[] crafted = Models.gguf(1, 1000);
        // The number of tensors (bytes 8 to 15 of the file) and of metadata entries (16 to 23).
        for (int at : new int[] {8, 16}) {
            byte[] c = crafted.clone();
            Arrays.fill(c, at, at + 7, (byte) 0xff);
            c[at + 7] = 0x7f;
            hub.repository("owner/tiny", null, Map.of("tiny-Q4_K_M.gguf", c));
            fails(Failure.BadModelFile.class, "sha256-");
        }
    }

    /** Ollama: a length in the metadata was allocated before anybody asked how long the file is. */
    @Test
    void ollama17042_lengthsInAGgufAreHeldToItsSize() {
        byte[] crafted = Models.gguf(1, 1000);
        // The length of the first key (bytes 24 to 31), just under what an array of Java may have, and far over it.
        for (long length : new long[] {Integer.MAX_VALUE - 8, 1L << 40, Long.MAX_VALUE, -1}) {
            byte[] c = crafted.clone();
            java.nio.ByteBuffer.wrap(c).order(java.nio.ByteOrder.LITTLE_ENDIAN).putLong(24, length);
            hub.repository("owner/tiny", null, Map.of("tiny-Q4_K_M.gguf", c));
            fails(Failure.BadModelFile.class, "sha256-");
        }
    }

    /** Ollama: an alignment of zero, by which it divided. */
    @Test
    void cve2025_0317_anAlignmentOfZeroNeverBecomesAModel() {
        for (int alignment : new int[] {0, 3, -8, Integer.MIN_VALUE}) {
            hub.repository("owner/tiny", null, Map.of("tiny-Q4_K_M.gguf", Models.aligned(alignment)));
            fails(Failure.BadModelFile.class, "sha256-");
        }
    }

    @Test
    void theBeginningOfAFileIsReadAlone() {
        try (Fixture f = new Fixture(hub, home)) {
            Plan p = f.plan("hf.co/owner/tiny");
            byte[] head = f.fetcher.beginning(p, p.files().getFirst(), 1000);
            assertThat(head).isEqualTo(Arrays.copyOf(GGUF, 1000));
            assertThat(f.fetcher.variants(p.source())).hasSize(1);
        }
    }
}
