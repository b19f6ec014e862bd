package dev.dalang.gateway.provider.wire;

import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A conversation for those who want user and model to take turns: what one role says in a row, such as results of tools
 * and what the user adds, is one turn. A turn without content would be refused, such as that of an answer that was stopped
 * before it began, and is left out.
 */
public final class Turns {
    private final String field;
    private final ArrayNode all = Json.array();

    /** @param field of a turn's content: {@code content} or {@code parts} */
    public Turns(String field) {
        this.field = field;
    }

    public void add(String role, ArrayNode said) {
        if (said.isEmpty()) return;
        boolean goesOn = !all.isEmpty() && role.equals(Json.text(all.get(all.size() - 1), "role"));
        ObjectNode turn =
                goesOn ? (ObjectNode) all.get(all.size() - 1) : all.addObject().put("role", role);
        turn.withArray(field).addAll(said);
    }

    public boolean isEmpty() {
        return all.isEmpty();
    }

    public ArrayNode all() {
        return all;
    }
}
