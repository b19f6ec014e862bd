package dev.dalang.server.web;

import java.util.List;
import tools.jackson.databind.JsonNode;

/** What the page tells of this machine, as whoever puts the program together knows it. */
public interface MachineRoom {

    /**
     * Sums since the server started, and what is now.
     *
     * @param running requests being answered
     * @param waiting requests in line
     * @param cacheBytes used by keys and values
     */
    record Counters(long promptTokens, long answerTokens, int running, int waiting, long cacheBytes, long modelBytes) {}

    Counters counters();

    /** What {@code dalang doctor --json} prints. */
    JsonNode doctor();

    /** The latest lines of the log of connections, oldest first. */
    List<JsonNode> egress(int most);
}
