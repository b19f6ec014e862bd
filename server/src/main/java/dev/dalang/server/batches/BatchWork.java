package dev.dalang.server.batches;

import dev.dalang.api.Cancellation;
import dev.dalang.api.ChatRequest;
import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.ledger.StoredBatch;
import dev.dalang.ledger.StoredBatches;
import dev.dalang.ledger.StoredFile;
import dev.dalang.server.guard.Caller;
import dev.dalang.server.http.Json;
import dev.dalang.server.openai.OpenAiErrors;
import dev.dalang.server.openai.Refusal;
import dev.dalang.server.openai.WholeAnswers;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * One batch under way. Each answer is on disk before the next thing happens to it, so that after a stop of the server only
 * what was being answered is asked again.
 */
final class BatchWork {

    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);

    private final StoredBatches rows;
    private final FileStore files;
    private final WholeAnswers endpoint;
    private final UnaryOperator<ChatRequest> adapt;
    private final Caller caller;
    private final Semaphore places;
    private final StoredBatch stored;
    private final ObjectNode body;
    private final Cancellation cancellation = new Cancellation();
    private final CountDownLatch cancelled = new CountDownLatch(1);
    private final CountDownLatch over = new CountDownLatch(1);
    private final BatchOutput output;
    private volatile boolean stopping;

    /**
     * @param stored the batch as it stands
     * @param endpoint where its requests go
     * @param adapt makes them give way to others
     * @param places how many requests of batches may be under way
     */
    BatchWork(
            StoredBatches rows,
            FileStore files,
            WholeAnswers endpoint,
            UnaryOperator<ChatRequest> adapt,
            Caller caller,
            Semaphore places,
            StoredBatch stored) {
        this.rows = rows;
        this.files = files;
        this.endpoint = endpoint;
        this.adapt = adapt;
        this.caller = caller;
        this.places = places;
        this.stored = stored;
        this.body = (ObjectNode) Json.parse(stored.body());
        this.output = new BatchOutput(files.folder(), stored.id());
    }

    /** The batch as clients see it. */
    ObjectNode json() {
        synchronized (body) {
            ObjectNode shown = body.deepCopy();
            if (List.of("in_progress", "cancelling", "finalizing").contains(status())) {
                counts(shown);
            }
            return shown;
        }
    }

    private String status() {
        return body.path("status").asString("");
    }

    private void counts(ObjectNode shown) {
        ((ObjectNode) shown.path("request_counts"))
                .put("completed", output.completed())
                .put("failed", output.failed());
    }

    void cancel() {
        synchronized (body) {
            if (!List.of("validating", "in_progress").contains(status())) return;
            to("cancelling", "cancelling_at");
        }
        cancelled.countDown();
        cancellation.cancel();
    }

    /** The server stops: what is not answered is left for the next start. */
    void stop() {
        stopping = true;
        cancelled.countDown();
        cancellation.cancel();
        boolean interrupted = false;
        while (true) {
            try {
                over.await();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) Thread.currentThread().interrupt();
    }

    /** Does all of it; returns when it is over, or the server stops. */
    void run() {
        try {
            work();
        } catch (IOException e) {
            fail("storage_error", "the batch's files cannot be used: " + e.getMessage());
        } catch (DalangException e) {
            fail("storage_error", String.valueOf(e.getMessage()));
        } catch (Refusal e) {
            fail("missing_file", String.valueOf(e.getMessage()));
        } finally {
            output.close();
            over.countDown();
        }
    }

    private void fail(String code, String message) {
        ArrayNode errors = Json.array();
        BatchLine.error(errors, code, message, null, null);
        fail(errors);
    }

    private void fail(ArrayNode errors) {
        synchronized (body) {
            body.putObject("errors").put("object", "list").set("data", errors);
            to("failed", "failed_at");
        }
    }

    private void work() throws IOException {
        Path input = files.content(
                files.find(stored.owner(), body.path("input_file_id").asString("")));
        String url = body.path("endpoint").asString("");
        if (status().equals("validating")) {
            ArrayNode errors = BatchLine.check(input, url, n -> {
                synchronized (body) {
                    ((ObjectNode) body.path("request_counts")).put("total", n);
                }
            });
            if (!errors.isEmpty()) {
                fail(errors);
                return;
            }
            synchronized (body) {
                if (status().equals("validating")) to("in_progress", "in_progress_at");
            }
        }
        output.open();
        boolean expired = status().equals("in_progress") && answerAll(input, url);
        if (stopping) return;
        synchronized (body) {
            boolean wasCancelled = status().equals("cancelling");
            if (!wasCancelled) to("finalizing", "finalizing_at");
            keep();
            if (wasCancelled) to("cancelled", "cancelled_at");
            else if (expired) to("expired", "expired_at");
            else to("completed", "completed_at");
        }
    }

    // ------------------------------------------------------------------ requests

    /** @return whether the time was over before the work was */
    private boolean answerAll(Path input, String url) throws IOException {
        List<Thread> threads = new ArrayList<>();
        boolean late = false;
        try (BufferedReader in = Files.newBufferedReader(input)) {
            for (String text; (text = in.readLine()) != null && !cancellation.isCancelled(); ) {
                if (text.isBlank()) continue;
                BatchLine line = BatchLine.read(text, url);
                if (output.has(line.customId())) continue;
                if (timeLeft().isNegative()) {
                    late = true;
                    output.failed(
                            line.customId(), failure(line.customId(), null, "batch_expired", "the batch expired"));
                    continue;
                }
                places.acquireUninterruptibly();
                threads.add(Thread.ofVirtual().name(stored.id()).start(() -> {
                    try {
                        answer(line);
                    } finally {
                        places.release();
                    }
                }));
                threads.removeIf(t -> !t.isAlive());
            }
        } finally {
            for (Thread t : threads) join(t);
        }
        output.check();
        return late;
    }

    private static void join(Thread thread) {
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) Thread.currentThread().interrupt();
    }

    private Duration timeLeft() {
        return Duration.between(
                Instant.now(), Instant.ofEpochSecond(body.path("expires_at").asLong()));
    }

    private void answer(BatchLine line) {
        while (true) {
            try {
                ObjectNode answer = endpoint.answer(line.body(), this::patient, caller, cancellation);
                if (cancellation.isCancelled()) return;
                output.completed(line.customId(), success(line.customId(), answer));
                return;
            } catch (DalangException e) {
                if (cancellation.isCancelled()) return;
                if (busy(e.failure()) && pause(e.failure())) continue;
                OpenAiErrors errors = endpoint.errors();
                int status = errors.status(e.failure());
                output.failed(
                        line.customId(),
                        failure(line.customId(), response(status, errors.body(e.failure())), null, null));
                return;
            } catch (Refusal e) {
                output.failed(line.customId(), failure(line.customId(), response(e.status(), e.body()), null, null));
                return;
            } catch (RuntimeException e) {
                Failure failure = new Failure.Internal("the request failed: " + e);
                output.failed(
                        line.customId(),
                        failure(line.customId(), response(500, endpoint.errors().body(failure)), null, null));
                return;
            }
        }
    }

    /** Nobody waits for a batch: its requests give way to others, and may take until the batch expires. */
    private ChatRequest patient(ChatRequest request) {
        ChatRequest adapted = adapt.apply(request);
        Duration left = timeLeft();
        return adapted.timeout() != null || left.isNegative()
                ? adapted
                : adapted.toBuilder().timeout(left.plusSeconds(1)).build();
    }

    private static boolean busy(Failure failure) {
        return failure instanceof Failure.Overloaded || failure instanceof Failure.RateLimited;
    }

    /** Waits as long as the server says; says whether there is time for another try. */
    private boolean pause(Failure failure) {
        Duration wished = switch (failure) {
            case Failure.Overloaded f -> f.retryAfter();
            case Failure.RateLimited f -> f.retryAfter();
            default -> null;
        };
        Duration wait = wished == null ? Duration.ofSeconds(1) : wished;
        if (wait.compareTo(LONGEST_PAUSE) > 0) wait = LONGEST_PAUSE;
        if (timeLeft().compareTo(wait) < 0) return false;
        try {
            return !cancelled.await(wait.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    // ------------------------------------------------------------------ lines of the results

    private static ObjectNode line(String customId) {
        return Json.object()
                .put("id", "batch_req_" + UUID.randomUUID().toString().replace("-", ""))
                .put("custom_id", customId);
    }

    private static ObjectNode response(int status, ObjectNode answer) {
        ObjectNode response = Json.object()
                .put("status_code", status)
                .put("request_id", "req_" + UUID.randomUUID().toString().replace("-", ""));
        response.set("body", answer);
        return response;
    }

    private static ObjectNode success(String customId, ObjectNode answer) {
        ObjectNode line = line(customId);
        line.set("response", response(200, answer));
        return line.putNull("error");
    }

    private static ObjectNode failure(
            String customId, @Nullable ObjectNode response, @Nullable String code, @Nullable String message) {
        ObjectNode line = line(customId);
        if (response == null) line.putNull("response");
        else line.set("response", response);
        if (code == null) line.putNull("error");
        else line.putObject("error").put("code", code).put("message", message);
        return line;
    }

    // ------------------------------------------------------------------ the end

    /** Makes files of what was written, where anything was. */
    private void keep() {
        counts(body);
        output.close();
        long lifetime = body.path("dalang").path("output_seconds").asLong(-1);
        Instant expires = lifetime < 0 ? null : Instant.now().plusSeconds(lifetime);
        if (output.completed() > 0) {
            body.put(
                    "output_file_id", adopt(output.results(), "output", expires).id());
        }
        if (output.failed() > 0) {
            body.put("error_file_id", adopt(output.errors(), "error", expires).id());
        }
        Upload.delete(output.results());
        Upload.delete(output.errors());
    }

    private StoredFile adopt(Path content, String kind, @Nullable Instant expires) {
        return files.adopt(stored.owner(), content, stored.id() + "_" + kind + ".jsonl", "batch_output", expires);
    }

    private void to(String status, String time) {
        body.put("status", status).put(time, Instant.now().getEpochSecond());
        rows.save(new StoredBatch(stored.id(), stored.owner(), stored.created(), status, Json.text(body)));
    }
}
