package dev.dalang.gateway.simulator;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A provider's wire: a script as the frames of its stream. */
interface Voice {

    /** How many tokens there are; {@code wrong} for what cannot be, null for none. */
    record Counts(int prompt, int cached, int completion, int reasoning, boolean wrong) {}

    /** An answer to a request that the provider does not take. */
    record Objection(int status, String body) {}

    /** What is wrong with a request, where the provider is known to be strict; null for nothing. */
    default Objection objection(JsonNode request) {
        return null;
    }

    /** The frames, each whole, in order. */
    List<byte[]> frames(Script script, String model, Counts counts, JsonNode request);

    /** The whole answer at once, for who asks for no stream. */
    ObjectNode whole(Script script, String model, Counts counts, JsonNode request);

    /** The provider's error within a stream. */
    byte[] error();

    /** A frame that is none. */
    byte[] malformed();

    /** What may come at any time and says nothing. */
    byte[] ping();

    default String contentType() {
        return "text/event-stream; charset=utf-8";
    }

    /** A refusal with this status, as the provider words it. */
    String refusal(int status, String message);

    /** What the head of such a refusal says besides. */
    default Map<String, String> refusalHeaders(int status) {
        return Map.of();
    }

    /** The status of a refusal for a wrong key. */
    default int strangerStatus() {
        return 401;
    }

    /** The refusal of a wrong key, where it has words of its own. */
    default String stranger(String key) {
        return refusal(strangerStatus(), "Incorrect API key provided: " + key);
    }

    static byte[] data(Object json) {
        return ("data: " + json + "\n\n").getBytes(StandardCharsets.UTF_8);
    }

    static byte[] event(String name, Object json) {
        return ("event: " + name + "\ndata: " + json + "\n\n").getBytes(StandardCharsets.UTF_8);
    }
}
