package dev.dalang.server.batches;

import dev.dalang.api.ChatRequest;
import dev.dalang.api.DalangException;
import dev.dalang.ledger.Ledger;
import dev.dalang.ledger.StoredBatch;
import dev.dalang.ledger.StoredBatches;
import dev.dalang.ledger.StoredFile;
import dev.dalang.server.ServedModel;
import dev.dalang.server.ServedModels;
import dev.dalang.server.guard.Caller;
import dev.dalang.server.guard.Scope;
import dev.dalang.server.http.Dialect;
import dev.dalang.server.http.ErrorShape;
import dev.dalang.server.http.Exchange;
import dev.dalang.server.http.Fields;
import dev.dalang.server.http.Json;
import dev.dalang.server.http.Routes;
import dev.dalang.server.openai.CommonFields;
import dev.dalang.server.openai.Guarded;
import dev.dalang.server.openai.OpenAiErrors;
import dev.dalang.server.openai.Pages;
import dev.dalang.server.openai.Refusal;
import dev.dalang.server.openai.WholeAnswers;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import tools.jackson.databind.node.ObjectNode;

/**
 * OpenAI's files and batches: many requests as one file, answered when there is time. They go through the same endpoints as
 * others, with a small share beside them, and a stop of the server loses nothing.
 */
public final class BatchesDialect implements Dialect, AutoCloseable {

    /** Requests of batches under way at once; a local model answers them in the same passes. */
    private static final int PLACES = 8;

    private static final Duration WINDOW = Duration.ofHours(24);

    private final ServedModels models;
    private final Map<String, WholeAnswers> endpoints;
    private final FileStore files;
    private final FilesEndpoints filesEndpoints;
    private final StoredBatches rows;
    private final Semaphore places = new Semaphore(PLACES, true);
    private final Map<String, BatchWork> running = new ConcurrentHashMap<>();

    /**
     * @param endpoints those that requests of a batch may go to, by their path
     * @param folder where the bytes of files lie
     */
    public BatchesDialect(ServedModels models, Map<String, WholeAnswers> endpoints, Ledger ledger, Path folder) {
        this.models = models;
        this.endpoints = Map.copyOf(endpoints);
        this.files = new FileStore(folder, ledger.files());
        this.filesEndpoints = new FilesEndpoints(files);
        this.rows = ledger.batches();
    }

    @Override
    public String name() {
        return "batches";
    }

    @Override
    public ErrorShape errors() {
        return OpenAiErrors.CHAT;
    }

    @Override
    public void routes(Routes routes) {
        filesEndpoints.routes(routes);
        routes.post("/v1/batches", Scope.INFERENCE, Guarded.of(this::create))
                .get("/v1/batches", Scope.INFERENCE, Guarded.of(this::list))
                .get("/v1/batches/{id}", Scope.INFERENCE, Guarded.of(this::get))
                .post("/v1/batches/{id}/cancel", Scope.INFERENCE, Guarded.of(this::cancel));
    }

    /** Takes up what a former run of the server left unfinished; {@code callers} finds who has a key by the key's id. */
    public void resume(Function<String, Optional<Caller>> callers) {
        for (StoredBatch batch : rows.unfinished()) {
            Optional<Caller> caller = callers.apply(batch.owner());
            if (caller.isPresent()) start(batch, caller.get());
            else failed(batch, "the key that asked for it is gone");
        }
    }

    private void failed(StoredBatch batch, String why) {
        ObjectNode body = (ObjectNode) Json.parse(batch.body());
        ObjectNode errors = body.putObject("errors").put("object", "list");
        BatchLine.error(errors.putArray("data"), "not_resumed", why, null, 0);
        body.put("status", "failed").put("failed_at", Instant.now().getEpochSecond());
        rows.save(new StoredBatch(batch.id(), batch.owner(), batch.created(), "failed", Json.text(body)));
    }

    private void create(Exchange x) {
        Fields in = x.fields();
        String input = in.requireText("input_file_id");
        String endpoint = in.requireText("endpoint");
        if (!endpoints.containsKey(endpoint)) {
            List<String> known = new ArrayList<>(endpoints.keySet());
            known.sort(null);
            throw in.invalid("endpoint", "must be one of " + String.join(", ", known));
        }
        in.word("completion_window", List.of("24h"));
        if (!in.has("completion_window")) throw in.invalid("completion_window", "is required");
        Map<String, String> metadata = CommonFields.metadata(in);
        long lifetime = lifetime(in);
        in.done();
        StoredFile file = files.find(x.caller().id(), input);
        if (!file.purpose().equals("batch")) throw in.invalid("input_file_id", "names a file that is not for batches");

        Instant now = Instant.now();
        ObjectNode body = Json.object()
                .put("id", "batch_" + UUID.randomUUID().toString().replace("-", ""))
                .put("object", "batch")
                .put("endpoint", endpoint)
                .put("input_file_id", input)
                .put("completion_window", "24h")
                .put("status", "validating")
                .put("created_at", now.getEpochSecond())
                .put("expires_at", now.plus(WINDOW).getEpochSecond());
        body.putObject("request_counts").put("total", 0).put("completed", 0).put("failed", 0);
        ObjectNode labels = body.putObject("metadata");
        metadata.forEach(labels::put);
        if (lifetime >= 0) body.putObject("dalang").put("output_seconds", lifetime);
        StoredBatch batch =
                new StoredBatch(body.path("id").asString(""), x.caller().id(), now, "validating", Json.text(body));
        rows.save(batch);
        start(batch, x.caller());
        x.send(200, shown(body));
    }

    /** How long results are kept; -1 for as long as nobody deletes them. */
    private static long lifetime(Fields in) {
        Fields after = in.object("output_expires_after");
        if (after == null) return -1;
        if (after.word("anchor", List.of("created_at")) == null) throw after.invalid("anchor", "is required");
        Long seconds = after.whole("seconds");
        if (seconds == null || seconds < 3600 || seconds > 2_592_000) {
            throw after.invalid("seconds", "must be 3600 to 2592000");
        }
        return seconds;
    }

    private void start(StoredBatch batch, Caller caller) {
        WholeAnswers endpoint = endpoints.get(
                ((ObjectNode) Json.parse(batch.body())).path("endpoint").asString(""));
        if (endpoint == null) {
            failed(batch, "its endpoint is not served any more");
            return;
        }
        BatchWork work = new BatchWork(rows, files, endpoint, givingWay(caller), caller, places, batch);
        running.put(batch.id(), work);
        Thread.ofVirtual().name(batch.id()).start(() -> {
            try {
                work.run();
            } finally {
                running.remove(batch.id());
            }
        });
    }

    /** Of local models the small share; hosted ones have tiers and prices of their own. */
    private UnaryOperator<ChatRequest> givingWay(Caller caller) {
        return request -> {
            boolean local = models.find(request.model(), caller).kind() != ServedModel.Kind.HOSTED;
            return local && request.serviceTier() == null
                    ? request.toBuilder().serviceTier("flex").build()
                    : request;
        };
    }

    private ObjectNode current(String owner, String id) {
        // In this order: a batch that ends in between is in the ledger already.
        BatchWork work = running.get(id);
        StoredBatch stored = rows.find(owner, id).orElseThrow(() -> Refusal.notFound("batch", id));
        ObjectNode body = work == null ? (ObjectNode) Json.parse(stored.body()) : work.json();
        return shown(body);
    }

    /** Without what is kept with it for ourselves. */
    private static ObjectNode shown(ObjectNode body) {
        body.remove("dalang");
        return body;
    }

    private void get(Exchange x) {
        x.send(200, current(x.caller().id(), x.pathParameter("id")));
    }

    private void list(Exchange x) {
        if (x.query("order") != null) throw DalangException.invalidRequest("unknown parameter: order", "order");
        List<ObjectNode> all = rows.list(x.caller().id()).reversed().stream()
                .map(b -> current(b.owner(), b.id()))
                .toList();
        x.send(200, Pages.page(x, all, "desc"));
    }

    private void cancel(Exchange x) {
        String id = x.pathParameter("id");
        current(x.caller().id(), id);
        BatchWork work = running.get(id);
        if (work != null) work.cancel();
        x.send(200, current(x.caller().id(), id));
    }

    /** Stops what is under way, which goes on with the next start. */
    @Override
    public void close() {
        for (BatchWork work : List.copyOf(running.values())) work.stop();
    }
}
