package dev.dalang.pagetest;

import dev.dalang.engine.format.GgufWriter;
import dev.dalang.testserver.Exchange;
import dev.dalang.testserver.TestHub;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Semaphore;

/** A hub over TLS whose weights come only as far as a test lets them. */
final class SlowHub implements AutoCloseable {

    static final int PIECE = 1 << 20;

    /** Pieces that may come. */
    final Semaphore pieces = new Semaphore(0);

    final byte[] weights;
    private final TestHub hub = new TestHub();

    /** Holds {@code owner/free} and, under the terms of Gemma, {@code owner/bound}. */
    SlowHub(Path folder) throws IOException {
        Path file = folder.resolve("made.gguf");
        Random random = new Random(7);
        float[] numbers = new float[3 << 20];
        for (int i = 0; i < numbers.length; i++) numbers[i] = random.nextFloat();
        new GgufWriter()
                .put("general.architecture", "llama")
                .tensor("token_embd.weight", numbers, numbers.length)
                .write(file);
        weights = Files.readAllBytes(file);
        byte[] terms = "Terms: do good.".getBytes(StandardCharsets.UTF_8);
        hub.repository("owner/free", null, Map.of("free-Q4_0.gguf", weights));
        hub.repository("owner/bound", null, Map.of("bound-Q4_0.gguf", weights, "LICENSE", terms));
        hub.card("owner/bound", "{\"license\":\"gemma\"}");
        hub.server().on("/cdn/", this::slowly);
    }

    private void slowly(Exchange x) throws Exception {
        long[] range = x.range(weights.length);
        byte[] part = range == null ? weights : Arrays.copyOfRange(weights, (int) range[0], (int) range[1]);
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("Content-Length", Integer.toString(part.length));
        headers.put("Accept-Ranges", "bytes");
        if (range != null) {
            headers.put("Content-Range", "bytes " + range[0] + "-" + (range[1] - 1) + "/" + weights.length);
        }
        x.head(range == null ? 200 : 206, headers);
        OutputStream out = x.out();
        for (int at = 0; at < part.length; at += PIECE) {
            // A look at the head of the file is free.
            if (part.length > PIECE) pieces.acquire();
            out.write(part, at, Math.min(PIECE, part.length - at));
            out.flush();
        }
    }

    Map<String, String> environment() {
        return hub.environment();
    }

    @Override
    public void close() {
        hub.close();
    }
}
