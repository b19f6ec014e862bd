package dev.dalang.hub.fetch;

import dev.dalang.api.Cancellation;
import dev.dalang.hub.store.Library;
import dev.dalang.hub.store.Manifest;
import dev.dalang.hub.store.Store;
import dev.dalang.net.EgressLog;
import dev.dalang.net.Http;
import dev.dalang.net.NetSettings;
import dev.dalang.testserver.TestHub;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/** A store, and a fetcher that reaches a test hub and is quick to try again. */
final class Fixture implements AutoCloseable {
    static final int SEGMENT_BYTES = 64_000;

    final Path home;
    final Store store;
    final Http http;
    final Fetcher fetcher;

    Fixture(TestHub hub, Path home) {
        this(hub, home, Map.of());
    }

    Fixture(TestHub hub, Path home, Map<String, String> more) {
        this(hub, home, more, Duration.ofMillis(400), Cancellation.NONE);
    }

    /** One that waits for a silent hub until it is stopped. */
    Fixture(TestHub hub, Path home, Cancellation stop) {
        this(hub, home, Map.of(), Duration.ofHours(1), stop);
    }

    private Fixture(TestHub hub, Path home, Map<String, String> more, Duration silence, Cancellation stop) {
        this.home = home;
        Map<String, String> environment = new HashMap<>(hub.environment());
        environment.putAll(more);
        store = library().store();
        http = new Http(
                NetSettings.of(environment).patience(silence.plusSeconds(3), silence, 4, Duration.ofMillis(1)),
                new EgressLog(home.resolve("egress.jsonl")));
        fetcher = new Fetcher(http, library(), environment, new Download.Sizes(SEGMENT_BYTES, 2, 3), stop);
    }

    /** With the folder where Hugging Face's tools would keep theirs. */
    Library library() {
        return new Library(home, Map.of("HF_HUB_CACHE", cache(home).toString()));
    }

    static Path cache(Path home) {
        return home.resolve("huggingface");
    }

    Plan plan(String source) {
        return fetcher.plan(Source.parse(source).orElseThrow());
    }

    Manifest pull(String source) {
        return fetcher.fetch(plan(source), Progress.NONE);
    }

    @Override
    public void close() {
        http.close();
    }
}
