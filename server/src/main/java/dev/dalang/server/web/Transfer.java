package dev.dalang.server.web;

import dev.dalang.api.DalangException;
import dev.dalang.ledger.Conversation;
import dev.dalang.server.http.Json;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Conversations as files: Markdown for people, JSON that keeps everything, and what ChatGPT's export holds. */
final class Transfer {

    private static final String MARK = "dalang_conversations";
    private static final int TITLE_MOST = 512;

    /** A conversation out of a file, with new names, so that reading a file twice makes two. */
    record Read(Conversation conversation, List<Conversation.Message> messages) {}

    /** @param skipped conversations in which nothing is said that this program can show */
    record Imported(List<Read> conversations, int skipped) {}

    private Transfer() {}

    /** The branch that is shown, as a document. */
    static String markdown(Conversation c, List<Conversation.Message> all) {
        Map<String, Conversation.Message> byId = new LinkedHashMap<>();
        for (Conversation.Message m : all) byId.put(m.id(), m);
        String leaf = c.leaf() != null && byId.containsKey(c.leaf())
                ? c.leaf()
                : all.isEmpty() ? null : all.getLast().id();
        List<Conversation.Message> path = new ArrayList<>();
        for (String at = leaf; at != null; ) {
            Conversation.Message m = byId.remove(at);
            if (m == null) break;
            path.addFirst(m);
            at = m.parent();
        }
        StringBuilder text = new StringBuilder("# " + c.title().replace('\n', ' ') + "\n");
        for (Conversation.Message m : path) {
            JsonNode detail = Json.parse(m.detail());
            text.append("\n## ").append(speaker(m, detail)).append("\n\n");
            for (JsonNode file : detail.path("files")) {
                text.append("*Attached: ")
                        .append(file.path("name").asString(""))
                        .append("*\n\n");
            }
            if (!m.body().isEmpty()) text.append(m.body().strip()).append('\n');
            for (JsonNode call : detail.path("calls")) {
                String arguments = call.path("arguments").asString("");
                String fence = Turn.fence(arguments);
                text.append("\nCalls `").append(call.path("name").asString("")).append("`:\n\n");
                text.append(fence)
                        .append("json\n")
                        .append(arguments)
                        .append('\n')
                        .append(fence)
                        .append('\n');
            }
        }
        return text.toString();
    }

    private static String speaker(Conversation.Message m, JsonNode detail) {
        return switch (m.role()) {
            case "user" -> "You";
            case "tool" -> "Result of " + detail.path("name").asString("a tool");
            default -> detail.path("model").asString("Assistant");
        };
    }

    /** Everything, all branches. */
    static ObjectNode json(Conversation c, List<Conversation.Message> messages) {
        ObjectNode node =
                Json.object().put("title", c.title()).put("folder", c.folder()).put("pinned", c.pinned());
        node.set("settings", Json.parse(c.settings()));
        node.put("leaf", c.leaf())
                .put("created", c.created().toEpochMilli())
                .put("updated", c.updated().toEpochMilli());
        ArrayNode all = Json.array();
        for (Conversation.Message m : messages) {
            ObjectNode one =
                    Json.object().put("id", m.id()).put("parent", m.parent()).put("role", m.role());
            one.put("state", Answer.word(m.state())).put("body", m.body());
            one.set("detail", Json.parse(m.detail()));
            all.add(one.put("created", m.created().toEpochMilli()));
        }
        node.set("messages", all);
        ObjectNode file = Json.object().put(MARK, 1);
        ArrayNode list = Json.array();
        list.add(node);
        file.set("conversations", list);
        return file;
    }

    /** @throws DalangException if it is neither of the two */
    static Imported read(JsonNode file, String owner) {
        List<Read> found = new ArrayList<>();
        int skipped = 0;
        boolean ours = file.path(MARK).asInt(0) == 1;
        boolean theirs = file.isArray() && !file.isEmpty() && file.get(0).has("mapping");
        if (!ours && !theirs) {
            throw DalangException.invalidRequest(
                    "this is neither an export of Dalang nor conversations.json of a ChatGPT export", null);
        }
        for (JsonNode c : ours ? file.path("conversations") : file) {
            Read read = ours ? own(c, owner) : chatGpt(c, owner);
            if (read.messages().isEmpty()) skipped++;
            else found.add(read);
        }
        return new Imported(found, skipped);
    }

    private static Read own(JsonNode c, String owner) {
        Map<String, String> names = new HashMap<>();
        List<Conversation.Message> messages = new ArrayList<>();
        for (JsonNode m : c.path("messages")) {
            String role = m.path("role").asString("");
            JsonNode detail = m.path("detail").isObject() ? m.path("detail") : Json.object();
            Turn turn = new Turn(role, m.path("body").asString(""), detail);
            // What could not be asked with is found now, not at the next question.
            turn.message();
            String id = UUID.randomUUID().toString();
            String parent = names.get(m.path("parent").asString(""));
            names.put(m.path("id").asString(""), id);
            Conversation.State state = m.path("state").asString("").equals("complete")
                    ? Conversation.State.COMPLETE
                    : Conversation.State.INTERRUPTED;
            messages.add(new Conversation.Message(
                    id, parent, role, state, turn.body(), Json.text(detail), millis(m.path("created"), 1)));
        }
        String leaf = names.get(c.path("leaf").asString(""));
        return new Read(
                conversation(
                        c.path("title").asString("Untitled"),
                        c.path("folder").isString() ? c.path("folder").stringValue() : null,
                        c.path("pinned").asBoolean(false),
                        Json.text(Asking.checked(c.path("settings").isObject() ? c.path("settings") : null)),
                        leaf,
                        millis(c.path("created"), 1),
                        millis(c.path("updated"), 1),
                        owner),
                messages);
    }

    /**
     * One of ChatGPT's: nodes with parents; those of the system and of its own tools are left out, and what hung on them
     * hangs on their parents.
     */
    private static Read chatGpt(JsonNode c, String owner) {
        JsonNode mapping = c.path("mapping");
        Map<String, String> names = new HashMap<>();
        List<Conversation.Message> messages = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        List<String> open = new ArrayList<>();
        for (String id : mapping.propertyNames()) {
            JsonNode parent = mapping.path(id).path("parent");
            if (!parent.isString() || !mapping.has(parent.stringValue())) open.add(id);
        }
        while (!open.isEmpty()) {
            String id = open.removeFirst();
            if (!seen.add(id)) continue;
            JsonNode node = mapping.path(id);
            String parent = names.get(node.path("parent").asString(""));
            Conversation.Message m = chatGptMessage(node.path("message"), parent);
            if (m != null) {
                messages.add(m);
                names.put(id, m.id());
            } else if (parent != null) {
                names.put(id, parent);
            }
            for (JsonNode child : node.path("children")) if (child.isString()) open.add(child.stringValue());
        }
        String leaf = names.get(c.path("current_node").asString(""));
        return new Read(
                conversation(
                        c.path("title").asString("Untitled"),
                        null,
                        false,
                        "{}",
                        leaf,
                        millis(c.path("create_time"), 1000),
                        millis(c.path("update_time"), 1000),
                        owner),
                messages);
    }

    private static Conversation.@Nullable Message chatGptMessage(JsonNode m, @Nullable String parent) {
        String role = m.path("author").path("role").asString("");
        if (!role.equals("user") && !role.equals("assistant")) return null;
        JsonNode content = m.path("content");
        StringBuilder text = new StringBuilder();
        for (JsonNode part : content.path("parts")) {
            if (part.isString()) text.append(text.isEmpty() ? "" : "\n\n").append(part.stringValue());
        }
        if (content.path("content_type").asString("").equals("code")) {
            String code = content.path("text").asString("");
            String fence = Turn.fence(code);
            text.append(fence).append('\n').append(code).append('\n').append(fence);
        }
        if (text.toString().isBlank()) return null;
        ObjectNode detail = Json.object();
        if (role.equals("assistant"))
            detail.put("model", m.path("metadata").path("model_slug").asString("ChatGPT"));
        return new Conversation.Message(
                UUID.randomUUID().toString(),
                parent,
                role,
                Conversation.State.COMPLETE,
                text.toString(),
                Json.text(detail),
                millis(m.path("create_time"), 1000));
    }

    private static Conversation conversation(
            String title,
            @Nullable String folder,
            boolean pinned,
            String settings,
            @Nullable String leaf,
            Instant created,
            Instant updated,
            String owner) {
        String name =
                title.isBlank() ? "Untitled" : title.length() > TITLE_MOST ? title.substring(0, TITLE_MOST) : title;
        String id = UUID.randomUUID().toString();
        return new Conversation(id, owner, name, folder, pinned, settings, leaf, created, updated);
    }

    /** Seconds or milliseconds since 1970; now where there are none. */
    private static Instant millis(JsonNode time, long factor) {
        if (!time.isNumber()) return Instant.now();
        double millis = time.doubleValue() * factor;
        return millis > 0 && millis < 4e12 ? Instant.ofEpochMilli((long) millis) : Instant.now();
    }
}
