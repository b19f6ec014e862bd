package dev.dalang.server.responses;

import dev.dalang.api.Cancellation;
import dev.dalang.api.ChatEvent;
import dev.dalang.api.ChatModel;
import dev.dalang.api.ChatRequest;
import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.api.FinishReason;
import dev.dalang.ledger.StoredResponse;
import dev.dalang.server.ServedModels;
import dev.dalang.server.guard.Caller;
import dev.dalang.server.http.Json;
import dev.dalang.server.openai.FieldNames;
import dev.dalang.server.openai.LazyEvents;
import dev.dalang.server.openai.OpenAiErrors;
import dev.dalang.server.openai.Refusal;
import dev.dalang.server.openai.WholeAnswers;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Makes responses: at once, as a stream, or in the background. One in the background is kept from the beginning, and taken
 * up again, from its start, when the server was stopped in between.
 */
final class Responses implements WholeAnswers, AutoCloseable {

    private static final Logger LOG = System.getLogger(Responses.class.getName());

    private final ServedModels models;
    private final ResponseStore store;
    private final Map<String, Running> running = new ConcurrentHashMap<>();
    private volatile boolean stopping;

    Responses(ServedModels models, ResponseStore store) {
        this.models = models;
        this.store = store;
    }

    /** A request that was read and found sound, and the response before anything of it is known. */
    private record Prepared(
            String owner, ResponseCall call, JsonNode body, ChatRequest request, ChatModel model, ObjectNode response) {
        boolean logprobs() {
            return request.topLogprobs() != null;
        }

        String id() {
            return response.path("id").asString("");
        }
    }

    private Prepared prepare(
            JsonNode body, UnaryOperator<ChatRequest> adapt, Caller caller, @Nullable ObjectNode begun) {
        ResponseCall read = ResponseReader.read(body);
        ResponseCall call = new ResponseCall(
                read.settings(),
                begun == null
                        ? store.resolved(caller.id(), read.items())
                        : store.input(begun.path("id").asString("")),
                read.instructions(),
                read.previous(),
                read.store(),
                read.background(),
                read.stream(),
                read.echo());
        ChatRequest request = adapt.apply(call.request(store.history(caller.id(), call.previous())));
        ChatModel model = models.chat(request.model(), caller);
        ObjectNode response = begun;
        if (response == null) {
            response = Json.object()
                    .put("id", Ids.next("resp"))
                    .put("object", "response")
                    .put("created_at", Instant.now().getEpochSecond())
                    .put("status", "in_progress");
            response.putNull("completed_at").putNull("error").putNull("incomplete_details");
            response.put("model", request.model());
            response.setAll(call.echo());
        }
        return new Prepared(caller.id(), call, body, request, model, response);
    }

    // ------------------------------------------------------------------ while the client waits

    void create(JsonNode body, Caller caller, Cancellation client, Consumer<ObjectNode> send, LazyEvents stream) {
        Prepared p = prepare(body, UnaryOperator.identity(), caller, null);
        if (p.call().background()) {
            Running started = background(p);
            if (p.call().stream()) {
                started.follow(-1, client, e -> stream.event(e.path("type").asString(""), e));
            } else {
                send.accept(ResponseStore.body(store.find(p.owner(), p.id())));
            }
        } else if (p.call().stream()) {
            stream(p, client, stream);
        } else {
            send.accept(whole(p, client));
        }
    }

    @Override
    public OpenAiErrors errors() {
        return OpenAiErrors.RESPONSES;
    }

    @Override
    public ObjectNode answer(
            JsonNode body, UnaryOperator<ChatRequest> adapt, Caller caller, Cancellation cancellation) {
        Prepared p = prepare(body, adapt, caller, null);
        if (p.call().background()) {
            throw DalangException.invalidRequest(
                    "background is not supported here: a batch is in the background", "background");
        }
        return whole(p, cancellation);
    }

    private ObjectNode whole(Prepared p, Cancellation cancellation) {
        ResponseEvents events = new ResponseEvents(p.response(), p.logprobs(), e -> {});
        FieldNames.RESPONSES.during(() -> p.model().chat(p.request(), cancellation, whole(events)));
        ObjectNode response = events.response();
        if (p.call().store()) store.save(p.owner(), p.call(), p.body(), response, null);
        return response;
    }

    private void stream(Prepared p, Cancellation client, LazyEvents stream) {
        ResponseEvents events = new ResponseEvents(p.response(), p.logprobs(), e -> {
            // Whoever sees the end may go on from it at once.
            if (p.call().store() && isEnd(e)) save(p, (ObjectNode) e.path("response"), null);
            stream.event(e.path("type").asString(""), e);
        });
        boolean[] begun = {false};
        try {
            FieldNames.RESPONSES.during(() -> p.model().chat(p.request(), client, whole(event -> {
                begun[0] = true;
                if (event instanceof ChatEvent.PromptProgress(int done, int total)) stream.progress(done, total);
                events.accept(event);
            })));
        } catch (DalangException e) {
            if (!begun[0]) throw e;
            events.failed(e.failure());
        }
    }

    private static boolean isEnd(ObjectNode event) {
        return List.of("response.completed", "response.incomplete", "response.failed")
                .contains(event.path("type").asString(""));
    }

    private void save(Prepared p, ObjectNode response, @Nullable List<ObjectNode> events) {
        store.save(p.owner(), p.call(), p.body(), response, events);
    }

    /** What was cut off is not given out as if it were whole. */
    private static Consumer<ChatEvent> whole(Consumer<ChatEvent> events) {
        return event -> {
            if (event instanceof ChatEvent.Finished f && f.reason() == FinishReason.CANCELLED) {
                throw new DalangException(new Failure.Overloaded("the answer was cut off before its end", null));
            }
            events.accept(event);
        };
    }

    int countTokens(JsonNode body, Caller caller) {
        Prepared p = prepare(body, UnaryOperator.identity(), caller, null);
        return FieldNames.RESPONSES.during(() -> p.model().countTokens(p.request()));
    }

    // ------------------------------------------------------------------ in the background

    private Running background(Prepared p) {
        Running r = new Running();
        ResponseEvents events = new ResponseEvents(p.response(), p.logprobs(), r::add);
        events.queued();
        save(p, events.response(), null);
        running.put(p.id(), r);
        Thread.ofVirtual().name("response-" + p.id()).start(() -> run(p, r, events));
        return r;
    }

    private void run(Prepared p, Running r, ResponseEvents events) {
        try {
            p.model().chat(p.request(), r.cancellation(), event -> {
                // Stopped, not cancelled: it goes on with the next start.
                if (stopping && event instanceof ChatEvent.Finished) throw new Stopped();
                events.accept(event);
                if (event instanceof ChatEvent.Started && !r.isForgotten()) save(p, events.response(), null);
            });
            keep(p, r, events);
        } catch (Stopped e) {
            LOG.log(Level.DEBUG, "the response {0} goes on with the next start", p.id());
        } catch (DalangException e) {
            fail(p, r, events, e.failure());
        } catch (RuntimeException e) {
            LOG.log(Level.ERROR, "the response " + p.id() + " failed", e);
            fail(p, r, events, new Failure.Internal("the response failed: " + e));
        } finally {
            running.remove(p.id());
            r.end();
        }
    }

    private void fail(Prepared p, Running r, ResponseEvents events, Failure failure) {
        events.failed(failure);
        keep(p, r, events);
    }

    private void keep(Prepared p, Running r, ResponseEvents events) {
        if (!r.isForgotten()) save(p, events.response(), p.call().stream() ? r.events() : null);
    }

    private static final class Stopped extends RuntimeException {
        Stopped() {
            super("the server stops", null, false, false);
        }
    }

    /** Takes up what a former run of the server left unfinished; {@code callers} finds who has a key by the key's id. */
    void resume(Function<String, Optional<Caller>> callers) {
        for (StoredResponse r : store.unfinished()) {
            ObjectNode begun = ResponseStore.body(r);
            JsonNode body = Json.parse(r.request());
            Optional<Caller> caller = callers.apply(r.owner());
            try {
                if (caller.isEmpty()) {
                    throw new DalangException(new Failure.PermissionDenied("the key that asked for it is gone"));
                }
                background(prepare(body, UnaryOperator.identity(), caller.get(), begun));
            } catch (DalangException | Refusal e) {
                ResponseEvents events = new ResponseEvents(begun, false, event -> {});
                events.failed(new Failure.Internal("it could not be taken up again: " + e.getMessage()));
                ResponseCall call = ResponseReader.read(body);
                store.save(r.owner(), call, body, events.response(), null);
            }
        }
    }

    /** Null where it is over, or was never in the background. */
    @Nullable
    Running running(String id) {
        return running.get(id);
    }

    /** Stops what runs in the background, which goes on with the next start. */
    @Override
    public void close() {
        stopping = true;
        for (Running r : List.copyOf(running.values())) {
            r.cancellation().cancel();
            r.await(Cancellation.NONE);
        }
    }
}
