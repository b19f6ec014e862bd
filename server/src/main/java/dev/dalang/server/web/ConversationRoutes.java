package dev.dalang.server.web;

import dev.dalang.api.DalangException;
import dev.dalang.ledger.Conversation;
import dev.dalang.ledger.Conversations;
import dev.dalang.server.guard.Scope;
import dev.dalang.server.http.Exchange;
import dev.dalang.server.http.Fields;
import dev.dalang.server.http.Json;
import dev.dalang.server.http.Routes;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The caller's conversations: listed, searched, read, changed, exported, imported. */
final class ConversationRoutes {

    private static final int LISTED = 1000;
    private static final int FOUND = 100;
    private static final int ID_MOST = 36;

    private final Conversations conversations;
    private final AnswerRoutes answers;

    ConversationRoutes(Conversations conversations, AnswerRoutes answers) {
        this.conversations = conversations;
        this.answers = answers;
    }

    void routes(Routes routes) {
        routes.get("/dalang/conversations", Scope.INFERENCE, this::list);
        routes.post("/dalang/conversations", Scope.INFERENCE, this::create);
        routes.post("/dalang/conversations/import", Scope.INFERENCE, this::bringIn);
        routes.get("/dalang/conversations/{id}", Scope.INFERENCE, this::read);
        routes.post("/dalang/conversations/{id}", Scope.INFERENCE, this::change);
        routes.delete("/dalang/conversations/{id}", Scope.INFERENCE, this::delete);
        routes.post("/dalang/conversations/{id}/messages", Scope.INFERENCE, this::add);
        routes.post("/dalang/conversations/{id}/messages/{message}/heard", Scope.INFERENCE, this::heard);
        routes.get("/dalang/conversations/{id}/export", Scope.INFERENCE, this::export);
    }

    private void list(Exchange x) {
        String owner = x.caller().id();
        String words = x.query("q");
        ArrayNode all = Json.array();
        if (words == null || words.isBlank()) {
            for (Conversation c : conversations.list(owner, LISTED, 0)) all.add(node(c));
        } else {
            for (Conversation.Found f : conversations.search(owner, words, FOUND)) {
                ObjectNode node = node(f.conversation());
                if (f.excerpt() != null) node.put("excerpt", f.excerpt());
                all.add(node);
            }
        }
        ObjectNode answer = Json.object();
        answer.set("conversations", all);
        x.send(200, answer);
    }

    private void create(Exchange x) {
        Fields f = x.fields();
        Instant now = Instant.now();
        Conversation c = new Conversation(
                UUID.randomUUID().toString(),
                x.caller().id(),
                f.text("title", "Untitled"),
                f.text("folder"),
                false,
                Json.text(Asking.checked(f.any("settings"))),
                null,
                now,
                now);
        f.done();
        conversations.create(c, List.of());
        send(x, c);
    }

    private void read(Exchange x) {
        String owner = x.caller().id();
        String id = x.pathParameter("id");
        Conversation c = conversations.get(owner, id);
        ArrayNode messages = Json.array();
        for (Conversation.Message m : conversations.messages(owner, id)) {
            ObjectNode node = node(m);
            if (m.state() == Conversation.State.RUNNING) {
                Answer answer = answers.writing(id, m.id());
                // Nobody writes it any more: the server that did was stopped.
                if (answer == null) node.put("state", Answer.word(Conversation.State.INTERRUPTED));
                else node.put("job", answer.id());
            }
            messages.add(node);
        }
        ObjectNode answer = Json.object();
        answer.set("conversation", node(c));
        answer.set("messages", messages);
        x.send(200, answer);
    }

    private void change(Exchange x) {
        Fields f = x.fields();
        Conversation c = conversations.get(x.caller().id(), x.pathParameter("id"));
        JsonNode settings = f.any("settings");
        Conversation changed = new Conversation(
                c.id(),
                c.owner(),
                f.text("title", c.title()),
                f.names("folder") ? f.text("folder") : c.folder(),
                f.flag("pinned", c.pinned()),
                settings == null ? c.settings() : Json.text(Asking.checked(settings)),
                f.text("leaf", c.leaf() == null ? "" : c.leaf()),
                c.created(),
                c.updated());
        f.text("folder");
        f.done();
        if (changed.title().isBlank()) throw f.invalid("title", "must not be empty");
        conversations.update(changed);
        send(x, changed);
    }

    private void delete(Exchange x) {
        boolean deleted = conversations.delete(x.caller().id(), x.pathParameter("id"));
        x.send(200, Json.object().put("deleted", deleted));
    }

    private void add(Exchange x) {
        Fields f = x.fields();
        String role = f.word("role", List.of("user", "tool"));
        if (role == null) throw f.invalid("role", "is required");
        String id = f.text("id", UUID.randomUUID().toString());
        if (id.isEmpty() || id.length() > ID_MOST) throw f.invalid("id", "has 1 to " + ID_MOST + " characters");
        JsonNode detail = f.any("detail");
        Turn turn = new Turn(role, f.text("body", ""), detail == null ? Json.object() : detail);
        if (turn.message().parts().isEmpty()) throw DalangException.invalidRequest("a message says something", "body");
        Conversation.Message m = new Conversation.Message(
                id,
                f.text("parent"),
                role,
                Conversation.State.COMPLETE,
                turn.body(),
                Json.text(turn.detail()),
                Instant.now());
        f.done();
        conversations.add(x.caller().id(), x.pathParameter("id"), m);
        ObjectNode answer = Json.object();
        answer.set("message", node(m));
        x.send(200, answer);
    }

    /**
     * The last words of an answer, from whoever heard them: a server that was killed had not kept them yet. They can only go
     * on from what was kept.
     */
    private void heard(Exchange x) {
        Fields f = x.fields();
        String body = f.text("body", "");
        String reasoning = f.text("reasoning", "");
        f.done();
        String owner = x.caller().id();
        String id = x.pathParameter("id");
        Conversation.Message kept =
                conversations.path(owner, id, x.pathParameter("message")).getLast();
        ObjectNode detail = (ObjectNode) Json.parse(kept.detail());
        boolean cutShort = kept.role().equals("assistant")
                && kept.state() != Conversation.State.COMPLETE
                && answers.writing(id, kept.id()) == null;
        if (!cutShort) throw DalangException.invalidRequest("this is no answer that was cut short", "message");
        if (!body.startsWith(kept.body())
                || !reasoning.startsWith(detail.path("reasoning").asString(""))) {
            throw DalangException.invalidRequest("what was heard must begin with what was kept", "body");
        }
        if (!reasoning.isEmpty()) detail.put("reasoning", reasoning);
        Conversation.Message whole = new Conversation.Message(
                kept.id(),
                kept.parent(),
                kept.role(),
                Conversation.State.INTERRUPTED,
                body,
                Json.text(detail),
                kept.created());
        boolean written = conversations.write(owner, id, whole);
        x.send(200, Json.object().put("written", written));
    }

    private void export(Exchange x) {
        String owner = x.caller().id();
        Conversation c = conversations.get(owner, x.pathParameter("id"));
        List<Conversation.Message> messages = conversations.messages(owner, c.id());
        boolean markdown = !"json".equals(x.query("format"));
        byte[] content = markdown
                ? Transfer.markdown(c, messages).getBytes(StandardCharsets.UTF_8)
                : Json.bytes(Transfer.json(c, messages));
        String name = c.title().replaceAll("[^A-Za-z0-9]+", "-").replaceAll("^-|-$", "");
        if (name.isEmpty()) name = "conversation";
        x.responseHeader("Content-Disposition", "attachment; filename=\"" + name + (markdown ? ".md" : ".json") + "\"");
        x.responseHeader("X-Content-Type-Options", "nosniff");
        x.send(200, markdown ? "text/markdown; charset=utf-8" : "application/json", content);
    }

    private void bringIn(Exchange x) {
        Transfer.Imported found = Transfer.read(x.json(), x.caller().id());
        for (Transfer.Read r : found.conversations()) conversations.create(r.conversation(), r.messages());
        x.send(200, Json.object().put("imported", found.conversations().size()).put("skipped", found.skipped()));
    }

    private static void send(Exchange x, Conversation c) {
        ObjectNode answer = Json.object();
        answer.set("conversation", node(c));
        x.send(200, answer);
    }

    private static ObjectNode node(Conversation c) {
        ObjectNode node = Json.object().put("id", c.id()).put("title", c.title());
        node.put("folder", c.folder()).put("pinned", c.pinned());
        node.set("settings", Json.parse(c.settings()));
        return node.put("leaf", blankIsNull(c.leaf()))
                .put("created", c.created().toEpochMilli())
                .put("updated", c.updated().toEpochMilli());
    }

    private static @Nullable String blankIsNull(@Nullable String text) {
        return text == null || text.isEmpty() ? null : text;
    }

    private static ObjectNode node(Conversation.Message m) {
        ObjectNode node = Json.object().put("id", m.id()).put("parent", m.parent());
        node.put("role", m.role()).put("state", Answer.word(m.state())).put("body", m.body());
        node.set("detail", Json.parse(m.detail()));
        return node.put("created", m.created().toEpochMilli());
    }
}
