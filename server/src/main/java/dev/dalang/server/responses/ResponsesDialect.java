package dev.dalang.server.responses;

import dev.dalang.api.DalangException;
import dev.dalang.ledger.Ledger;
import dev.dalang.ledger.StoredResponse;
import dev.dalang.server.ServedModels;
import dev.dalang.server.guard.Caller;
import dev.dalang.server.guard.Scope;
import dev.dalang.server.http.Dialect;
import dev.dalang.server.http.ErrorShape;
import dev.dalang.server.http.EventStream;
import dev.dalang.server.http.Exchange;
import dev.dalang.server.http.Json;
import dev.dalang.server.http.Routes;
import dev.dalang.server.openai.Guarded;
import dev.dalang.server.openai.LazyEvents;
import dev.dalang.server.openai.OpenAiErrors;
import dev.dalang.server.openai.Pages;
import dev.dalang.server.openai.Refusal;
import dev.dalang.server.openai.WholeAnswers;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import tools.jackson.databind.node.ObjectNode;

/** OpenAI's Responses API: answers that are kept, and gone on from by their id. */
public final class ResponsesDialect implements Dialect, AutoCloseable {

    private final ResponseStore store;
    private final Responses responses;

    public ResponsesDialect(ServedModels models, Ledger ledger) {
        this.store = new ResponseStore(ledger.responses());
        this.responses = new Responses(models.in("openai-responses"), store);
    }

    @Override
    public String name() {
        return "responses";
    }

    @Override
    public ErrorShape errors() {
        return OpenAiErrors.RESPONSES;
    }

    @Override
    public void routes(Routes routes) {
        routes.post("/v1/responses", Scope.INFERENCE, Guarded.of(this::create))
                .post("/v1/responses/input_tokens", Scope.INFERENCE, Guarded.of(this::inputTokens))
                .get("/v1/responses/{id}", Scope.INFERENCE, Guarded.of(this::get))
                .delete("/v1/responses/{id}", Scope.INFERENCE, Guarded.of(this::delete))
                .post("/v1/responses/{id}/cancel", Scope.INFERENCE, Guarded.of(this::cancel))
                .get("/v1/responses/{id}/input_items", Scope.INFERENCE, Guarded.of(this::inputItems));
    }

    /** For batches. */
    public WholeAnswers forBatches(ServedModels models) {
        return new Responses(models, store);
    }

    /** Takes up what a former run of the server left unfinished; {@code callers} finds who has a key by the key's id. */
    public void resume(Function<String, Optional<Caller>> callers) {
        responses.resume(callers);
    }

    private void create(Exchange x) {
        responses.create(x.json(), x.caller(), x.cancellation(), body -> x.send(200, body), new LazyEvents(x));
    }

    private void inputTokens(Exchange x) {
        int tokens = responses.countTokens(x.json(), x.caller());
        x.send(200, Json.object().put("object", "response.input_tokens").put("input_tokens", tokens));
    }

    private void get(Exchange x) {
        String id = x.pathParameter("id");
        StoredResponse stored = store.find(x.caller().id(), id);
        boolean stream = flag(x, "stream");
        include(x);
        if (flag(x, "include_obfuscation")) {
            throw DalangException.invalidRequest(
                    "include_obfuscation is not supported: chunks are sent as they are", "include_obfuscation");
        }
        if (!stream) {
            if (x.query("starting_after") != null) {
                throw DalangException.invalidRequest("starting_after is only for stream=true", "starting_after");
            }
            x.send(200, ResponseStore.body(stored));
            return;
        }
        int after = number(x, "starting_after", -1);
        Running running = responses.running(id);
        // Whoever has seen all gets a stream without events.
        if (running != null) {
            EventStream out = x.events();
            running.follow(
                    after, x.cancellation(), e -> out.event(e.path("type").asString(""), e));
            return;
        }
        List<ObjectNode> events = ResponseStore.events(store.find(x.caller().id(), id))
                .orElseThrow(() -> Refusal.of(
                        400, "not_streamed", "the response was not made with background and stream", "stream"));
        EventStream out = x.events();
        events.stream().skip(after + 1L).forEach(e -> out.event(e.path("type").asString(""), e));
    }

    private void cancel(Exchange x) {
        String id = x.pathParameter("id");
        StoredResponse stored = store.find(x.caller().id(), id);
        if (!stored.background()) {
            throw Refusal.of(
                    400, "not_in_background", "only a response in the background can be cancelled", "response_id");
        }
        Running running = responses.running(id);
        if (running != null) {
            running.cancellation().cancel();
            running.await(x.cancellation());
        }
        x.send(200, ResponseStore.body(store.find(x.caller().id(), id)));
    }

    private void delete(Exchange x) {
        String id = x.pathParameter("id");
        store.find(x.caller().id(), id);
        Running running = responses.running(id);
        if (running != null) {
            running.forget();
            running.await(x.cancellation());
        }
        store.delete(x.caller().id(), id);
        x.send(200, Json.object().put("id", id).put("object", "response").put("deleted", true));
    }

    private void inputItems(Exchange x) {
        String id = x.pathParameter("id");
        store.find(x.caller().id(), id);
        x.send(200, Pages.page(x, store.input(id), "desc"));
    }

    private static boolean flag(Exchange x, String name) {
        String value = x.query(name);
        if (value == null || value.equals("false")) return false;
        if (value.equals("true")) return true;
        throw DalangException.invalidRequest(name + " must be true or false", name);
    }

    /** A response is given with all that was kept of it, so that nothing need be added; what is unknown is refused. */
    private static void include(Exchange x) {
        for (String name : List.of("include", "include[]")) {
            x.queries(name).forEach(ResponseReader::requireIncludable);
        }
    }

    private static int number(Exchange x, String name, int otherwise) {
        String value = x.query(name);
        if (value == null) return otherwise;
        try {
            return Math.clamp(Integer.parseInt(value), -1, Integer.MAX_VALUE - 1);
        } catch (NumberFormatException e) {
            throw DalangException.invalidRequest(name + " must be a whole number", name);
        }
    }

    /** Stops what runs in the background, which goes on with the next start. */
    @Override
    public void close() {
        responses.close();
    }
}
