package dev.dalang.server.responses;

import dev.dalang.ledger.StoredResponse;
import dev.dalang.ledger.StoredResponses;
import dev.dalang.server.http.Json;
import dev.dalang.server.openai.Refusal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Responses that are kept, as the JSON that they are to clients. */
final class ResponseStore {

    /** As long as OpenAI keeps them. */
    static final Duration KEPT = Duration.ofDays(30);

    private static final Duration BETWEEN_PURGES = Duration.ofHours(6);

    /** Longer conversations than a context holds; a loop ends here too. */
    private static final int MOST_TURNS = 10_000;

    private final StoredResponses stored;
    private Instant purged = Instant.EPOCH;

    ResponseStore(StoredResponses stored) {
        this.stored = stored;
    }

    /**
     * The items of a response and of all that it goes on from, oldest first.
     *
     * @throws Refusal if one of them is not there any more, or not complete
     */
    List<ObjectNode> history(String owner, @Nullable String id) {
        List<List<ObjectNode>> turns = new ArrayList<>();
        String next = id;
        while (next != null) {
            String wanted = next;
            StoredResponse r = stored.find(owner, wanted)
                    .orElseThrow(() -> Refusal.of(
                            400,
                            "previous_response_not_found",
                            wanted.equals(id)
                                    ? "there is no response with the id " + wanted
                                    : "the response " + wanted + ", which " + id + " goes on from, was deleted",
                            "previous_response_id"));
            if (!r.status().equals("completed") && !r.status().equals("incomplete")) {
                throw Refusal.of(
                        400,
                        "previous_response_not_complete",
                        "the response " + wanted + " is " + r.status() + ": nothing can go on from it",
                        "previous_response_id");
            }
            StoredResponse.Items items = stored.items(wanted);
            List<ObjectNode> turn = new ArrayList<>(parsed(items.input()));
            turn.addAll(parsed(items.output()));
            turns.add(turn);
            if (turns.size() > MOST_TURNS) {
                throw Refusal.of(
                        400, "conversation_too_long", "the conversation has too many turns", "previous_response_id");
            }
            next = r.previous();
        }
        return turns.reversed().stream().flatMap(List::stream).collect(Collectors.toCollection(ArrayList::new));
    }

    /** Items with what references stand for in their place. */
    List<ObjectNode> resolved(String owner, List<ObjectNode> items) {
        List<ObjectNode> all = new ArrayList<>();
        for (ObjectNode item : items) {
            if (!"item_reference".equals(item.path("type").asString(""))) {
                all.add(item);
                continue;
            }
            String id = item.path("id").asString("");
            StoredResponse.Item found = stored.item(owner, id)
                    .orElseThrow(
                            () -> Refusal.of(404, "item_not_found", "there is no item with the id " + id, "input"));
            all.add((ObjectNode) Json.parse(found.body()));
        }
        return all;
    }

    void save(
            String owner, ResponseCall call, JsonNode request, ObjectNode response, @Nullable List<ObjectNode> events) {
        purge();
        List<StoredResponse.Item> output = new ArrayList<>();
        for (JsonNode item : response.path("output")) output.add(item(item));
        stored.save(
                new StoredResponse(
                        response.path("id").asString(""),
                        owner,
                        Instant.ofEpochSecond(response.path("created_at").asLong()),
                        response.path("status").asString(""),
                        call.previous(),
                        call.background(),
                        Json.text(request),
                        Json.text(response),
                        events == null ? null : lines(events)),
                new StoredResponse.Items(
                        call.items().stream().map(ResponseStore::item).toList(), output));
    }

    private static StoredResponse.Item item(JsonNode item) {
        return new StoredResponse.Item(item.path("id").asString(""), Json.text(item));
    }

    private static String lines(List<ObjectNode> events) {
        return events.stream().map(Json::text).collect(Collectors.joining("\n"));
    }

    /** @throws Refusal if there is none, or it is another's */
    StoredResponse find(String owner, String id) {
        return stored.find(owner, id).orElseThrow(() -> Refusal.notFound("response", id));
    }

    static ObjectNode body(StoredResponse r) {
        return (ObjectNode) Json.parse(r.body());
    }

    /** The events of a response that was streamed in the background. */
    static Optional<List<ObjectNode>> events(StoredResponse r) {
        String lines = r.events();
        if (lines == null) return Optional.empty();
        return Optional.of(
                lines.lines().map(line -> (ObjectNode) Json.parse(line)).toList());
    }

    List<ObjectNode> input(String id) {
        return parsed(stored.items(id).input());
    }

    private static List<ObjectNode> parsed(List<StoredResponse.Item> items) {
        return items.stream().map(i -> (ObjectNode) Json.parse(i.body())).toList();
    }

    /** @throws Refusal if there is none, or it is another's */
    void delete(String owner, String id) {
        if (!stored.delete(owner, id)) throw Refusal.notFound("response", id);
    }

    List<StoredResponse> unfinished() {
        return stored.unfinished();
    }

    private synchronized void purge() {
        Instant now = Instant.now();
        if (now.isBefore(purged.plus(BETWEEN_PURGES))) return;
        purged = now;
        stored.deleteBefore(now.minus(KEPT));
    }
}
