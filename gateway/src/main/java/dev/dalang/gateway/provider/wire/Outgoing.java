package dev.dalang.gateway.provider.wire;

import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/**
 * A request on its way to a provider.
 *
 * @param path below the provider's address, with its query
 * @param headers besides those that identify the caller
 * @param body JSON
 */
public record Outgoing(String path, Map<String, String> headers, ObjectNode body) {
    public Outgoing {
        headers = Map.copyOf(headers);
    }

    public Outgoing(String path, ObjectNode body) {
        this(path, Map.of(), body);
    }
}
