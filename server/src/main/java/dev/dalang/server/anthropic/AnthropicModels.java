package dev.dalang.server.anthropic;

import dev.dalang.api.DalangException;
import dev.dalang.server.ServedModel;
import dev.dalang.server.guard.Guard.RequestHead;
import dev.dalang.server.http.ErrorShape;
import dev.dalang.server.http.Exchange;
import dev.dalang.server.http.Json;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The list of models in Anthropic's form. Its route, {@code /v1/models}, is OpenAI's too; who sends the header
 * {@code anthropic-version} gets this form.
 */
public final class AnthropicModels {

    /** How failures are told to clients of this dialect. */
    public static final ErrorShape ERRORS = new AnthropicErrors();

    private static final int USUAL = 20;
    private static final int MOST = 1000;
    private static final String VERSION = "anthropic-version";

    private AnthropicModels() {}

    /** Whether a request speaks Anthropic's dialect. */
    public static boolean wanted(Exchange x) {
        return x.header(VERSION) != null;
    }

    /** Whether a request speaks Anthropic's dialect. */
    public static boolean wanted(RequestHead head) {
        return !head.headers(VERSION).isEmpty();
    }

    /**
     * A page of the list.
     *
     * @throws DalangException if the query is malformed
     */
    public static ObjectNode page(List<ServedModel> all, Exchange x) {
        return page(all, limit(x.query("limit")), x.query("after_id"), x.query("before_id"));
    }

    static ObjectNode page(List<ServedModel> all, int limit, @Nullable String after, @Nullable String before) {
        int from = 0;
        int to = all.size();
        if (after != null) from = indexOf(all, after, "after_id") + 1;
        if (before != null) to = indexOf(all, before, "before_id");
        // Before somebody means the nearest before.
        if (before != null && after == null) from = Math.max(0, to - limit);
        List<ServedModel> rest = all.subList(from, Math.max(from, to));
        List<ServedModel> page = rest.subList(0, Math.min(limit, rest.size()));
        boolean more = before != null && after == null ? from > 0 : page.size() < rest.size();

        ObjectNode out = Json.object();
        ArrayNode data = out.putArray("data");
        for (ServedModel m : page) data.add(one(m));
        out.put("has_more", more);
        out.put("first_id", page.isEmpty() ? null : page.getFirst().name());
        out.put("last_id", page.isEmpty() ? null : page.getLast().name());
        return out;
    }

    /** One model. */
    public static ObjectNode one(ServedModel m) {
        ObjectNode model = Json.object().put("type", "model").put("id", m.name());
        model.put("display_name", m.name()).put("created_at", m.modified().toString());
        if (m.context() != null) model.put("max_input_tokens", m.context()).put("max_tokens", m.context());
        return model;
    }

    private static int indexOf(List<ServedModel> all, String name, String parameter) {
        for (int i = 0; i < all.size(); i++) if (all.get(i).name().equals(name)) return i;
        throw DalangException.invalidRequest(parameter + " names no model of the list: " + name, parameter);
    }

    private static int limit(@Nullable String text) {
        if (text == null) return USUAL;
        if (text.matches("\\d{1,4}")) {
            int n = Integer.parseInt(text);
            if (n >= 1 && n <= MOST) return n;
        }
        throw DalangException.invalidRequest("limit must be 1 to " + MOST + ", not " + text, "limit");
    }
}
