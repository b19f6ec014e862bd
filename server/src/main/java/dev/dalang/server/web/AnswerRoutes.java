package dev.dalang.server.web;

import dev.dalang.api.ChatModel;
import dev.dalang.api.ChatRequest;
import dev.dalang.api.DalangException;
import dev.dalang.ledger.Conversation;
import dev.dalang.ledger.Conversations;
import dev.dalang.server.ServedModel;
import dev.dalang.server.ServedModels;
import dev.dalang.server.guard.Caller;
import dev.dalang.server.guard.Scope;
import dev.dalang.server.http.EventStream;
import dev.dalang.server.http.Exchange;
import dev.dalang.server.http.Fields;
import dev.dalang.server.http.Json;
import dev.dalang.server.http.Routes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Answers: asked for, watched, stopped.
 *
 * <p>{@code POST /dalang/chat} begins one and says its name at once; {@code GET /dalang/jobs/ID/events?after=N} tells what
 * it says. So a reload, a broken connection or a second window loses nothing.
 */
final class AnswerRoutes implements AutoCloseable {

    private static final long HEARTBEAT_MILLIS = 15_000;

    /** About two frames of a screen. */
    private static final long GATHER_MILLIS = 30;

    /** Counting a prompt is not worth loading a model that is larger than this. */
    private static final long LOADED_FOR_COUNTING = 1L << 30;

    private final ServedModels models;
    private final Conversations conversations;
    private final Answers answers = new Answers();

    /** The answer that writes a message, by {@code conversation/message}. */
    private final Map<String, Answer> writing = new ConcurrentHashMap<>();

    AnswerRoutes(ServedModels models, Conversations conversations) {
        this.models = models;
        this.conversations = conversations;
    }

    void routes(Routes routes) {
        routes.post("/dalang/chat", Scope.INFERENCE, this::chat);
        routes.post("/dalang/count", Scope.INFERENCE, this::count);
        routes.get("/dalang/jobs/{id}/events", Scope.INFERENCE, this::events);
        routes.post("/dalang/jobs/{id}/stop", Scope.INFERENCE, this::stop);
    }

    /** The answer that is writing a message now, or null. */
    @Nullable
    Answer writing(String conversation, String message) {
        Answer a = writing.get(conversation + "/" + message);
        return a != null && a.isRunning() ? a : null;
    }

    private void chat(Exchange x) {
        Fields f = x.fields();
        Caller caller = x.caller();
        String name = f.requireText("model");
        JsonNode settings = f.any("settings");
        String conversation = f.text("conversation");
        String parent = f.text("parent");
        String continued = f.text("continued");
        String group = f.text("group");
        List<Fields> sent = f.objects("messages");
        List<Turn> turns = new ArrayList<>();
        if (conversation == null) {
            if (sent == null) throw f.invalid("messages", "is required without a conversation");
            for (Fields m : sent) turns.add(Turn.of(m));
        } else if (sent != null) {
            throw f.invalid("messages", "belongs to a conversation that is not kept");
        }
        f.done();
        answers.checkRoom(caller.id());
        Conversation.Message before = null;
        if (conversation != null) {
            String from = continued != null ? continued : parent;
            if (from == null) throw f.invalid("parent", "is required");
            List<Conversation.Message> path = conversations.path(caller.id(), conversation, from);
            for (Conversation.Message m : path) turns.add(Turn.of(m));
            if (continued != null) before = path.getLast();
        }
        if (turns.isEmpty()) throw f.invalid("messages", "must hold at least one message");
        boolean goOn = continued != null;
        if (goOn && !turns.getLast().role().equals("assistant")) {
            throw f.invalid("continued", "must be an answer");
        }
        ChatModel model = models.chat(name, caller);
        ChatRequest request = Asking.request(name, settings == null ? Json.object() : settings, turns, goOn, caller);
        begin(x, caller, model, request, conversation, parent, before, goOn ? turns.getLast() : null, group);
    }

    private void begin(
            Exchange x,
            Caller caller,
            ChatModel model,
            ChatRequest request,
            @Nullable String conversation,
            @Nullable String parent,
            Conversation.@Nullable Message before,
            @Nullable Turn said,
            @Nullable String group) {
        String body = said == null ? "" : said.body();
        ObjectNode detail = said != null && said.detail() instanceof ObjectNode d ? d.deepCopy() : Json.object();
        detail.put("model", request.model());
        if (group != null) detail.put("group", group);
        String id = before != null ? before.id() : UUID.randomUUID().toString();
        Answer answer = new Answer(caller.id(), body, detail, (state, a) -> {
            if (conversation == null) return;
            Conversation.Message m = new Conversation.Message(
                    id, parent, "assistant", state, a.body(), Json.text(a.detail()), Instant.now());
            // Whoever deleted the conversation meanwhile does not want the answer either.
            if (!conversations.write(a.owner(), conversation, m)) a.stop();
        });
        if (conversation != null) {
            String key = conversation + "/" + id;
            if (writing(conversation, id) != null) {
                throw DalangException.invalidRequest("this answer is being written already", "continued");
            }
            Conversation.Message running = new Conversation.Message(
                    id,
                    before != null ? before.parent() : parent,
                    "assistant",
                    Conversation.State.RUNNING,
                    body,
                    Json.text(answer.detail()),
                    Instant.now());
            if (before == null) conversations.add(caller.id(), conversation, running);
            else if (!conversations.write(caller.id(), conversation, running)) {
                throw DalangException.invalidRequest("the conversation was deleted meanwhile", "conversation");
            }
            writing.put(key, answer);
            answers.start(answer, () -> {
                try {
                    answer.run(model, request);
                } finally {
                    writing.remove(key);
                }
            });
        } else {
            answers.start(answer, () -> answer.run(model, request));
        }
        x.send(200, Json.object().put("job", answer.id()).put("message", id));
    }

    private void events(Exchange x) {
        Answer answer = answers.get(x.caller().id(), x.pathParameter("id"));
        int after = number(x.query("after"));
        EventStream events = x.events();
        try {
            while (true) {
                AnswerLog.Batch batch = answer.log().after(after, HEARTBEAT_MILLIS);
                for (ObjectNode event : batch.events()) events.data(event);
                after = batch.n();
                if (batch.last()) return;
                // Tells whether the reader is still there.
                if (batch.events().isEmpty()) events.comment("still answering");
                // What comes meanwhile goes as one: nobody sees the difference, and a fast model stays cheap to read.
                else Thread.sleep(GATHER_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static int number(@Nullable String text) {
        if (text == null || text.isEmpty()) return 0;
        try {
            return Math.max(0, Integer.parseInt(text));
        } catch (NumberFormatException e) {
            throw DalangException.invalidRequest("after must be the number of an event, not " + text, "after");
        }
    }

    private void stop(Exchange x) {
        answers.get(x.caller().id(), x.pathParameter("id")).stop();
        x.send(200, Json.object().put("stopped", true));
    }

    /** What the branch and a draft would take of the context. */
    private void count(Exchange x) {
        Fields f = x.fields();
        Caller caller = x.caller();
        String name = f.requireText("model");
        JsonNode given = f.any("settings");
        JsonNode settings = given == null ? Json.object() : given;
        String draft = f.text("draft", "");
        JsonNode files = f.any("files");
        String conversation = f.text("conversation");
        String parent = f.text("parent");
        List<Fields> sent = f.objects("messages");
        List<Turn> turns = new ArrayList<>();
        if (sent != null) for (Fields m : sent) turns.add(Turn.of(m));
        f.done();
        if (conversation != null && parent != null) {
            for (Conversation.Message m : conversations.path(caller.id(), conversation, parent)) turns.add(Turn.of(m));
        }
        ServedModel served = models.find(name, caller);
        ObjectNode answer = Json.object();
        if (served.context() != null) answer.put("context", served.context());
        boolean loaded = models.loaded(caller).stream().anyMatch(m -> m.name().equals(name));
        if (served.kind() == ServedModel.Kind.HOSTED || (!loaded && served.bytes() > LOADED_FOR_COUNTING)) {
            String why = served.kind() == ServedModel.Kind.HOSTED
                    ? "a hosted model counts its tokens itself"
                    : name + " is not in memory yet; its first answer loads it";
            x.send(200, answer.putNull("tokens").put("draft", 0).put("why", why));
            return;
        }
        ChatModel model = models.chat(name, caller);
        int before = turns.isEmpty() ? 0 : model.countTokens(Asking.request(name, settings, turns, false, caller));
        boolean drafted = !draft.isBlank() || (files != null && !files.isEmpty());
        int all = before;
        if (drafted) {
            turns.add(Turn.draft(draft, files == null ? Json.array() : files));
            all = model.countTokens(Asking.request(name, settings, turns, false, caller));
        }
        x.send(200, answer.put("tokens", all).put("draft", Math.max(0, all - before)));
    }

    @Override
    public void close() {
        answers.close();
    }
}
