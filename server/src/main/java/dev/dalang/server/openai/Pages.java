package dev.dalang.server.openai;

import dev.dalang.api.DalangException;
import dev.dalang.server.http.Exchange;
import dev.dalang.server.http.Json;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/** Lists in pages, by the query parameters {@code limit}, {@code order} and {@code after}. */
public final class Pages {

    private static final int USUAL = 20;
    private static final int MOST = 10_000;

    private Pages() {}

    /**
     * @param oldestFirst all there is; each has an {@code id}
     * @param usualOrder {@code asc} or {@code desc}, where the client does not say
     */
    public static ObjectNode page(Exchange x, List<ObjectNode> oldestFirst, String usualOrder) {
        String asked = x.query("order");
        String order = asked == null ? usualOrder : asked;
        if (!order.equals("asc") && !order.equals("desc")) {
            throw DalangException.invalidRequest("order must be asc or desc", "order");
        }
        List<ObjectNode> all = order.equals("asc") ? oldestFirst : oldestFirst.reversed();
        int from = 0;
        String after = x.query("after");
        if (after != null) {
            while (from < all.size() && !id(all.get(from)).equals(after)) from++;
            if (from == all.size()) throw DalangException.invalidRequest("after names nothing in this list", "after");
            from++;
        }
        int to = Math.min(all.size(), from + limit(x));
        List<ObjectNode> page = all.subList(from, to);
        ObjectNode list = Json.object().put("object", "list");
        list.putArray("data").addAll(page);
        list.put("first_id", page.isEmpty() ? "" : id(page.getFirst()))
                .put("last_id", page.isEmpty() ? "" : id(page.getLast()))
                .put("has_more", to < all.size());
        return list;
    }

    private static int limit(Exchange x) {
        String limit = x.query("limit");
        try {
            int n = limit == null ? USUAL : Integer.parseInt(limit);
            if (n >= 1 && n <= MOST) return n;
        } catch (NumberFormatException e) {
            // Said below.
        }
        throw DalangException.invalidRequest("limit must be 1 to " + MOST, "limit");
    }

    private static String id(ObjectNode one) {
        return one.path("id").asString("");
    }
}
