package dev.dalang.engine.generate;

import dev.dalang.api.DalangException;

/**
 * How many requests a model takes on, and what memory it may use for them.
 *
 * @param cacheBytes for keys, values and recurrent states of all requests, those kept for later ones included; 0 for half
 *     of this machine's memory without the weights
 * @param queued requests that wait at most; more are refused
 * @param queuedPerUser of one user, where requests name theirs
 */
public record ServingOptions(long cacheBytes, int queued, int queuedPerUser) {

    public static final ServingOptions DEFAULT = new ServingOptions(0, 1024, 256);

    public ServingOptions {
        if (cacheBytes < 0) {
            throw DalangException.invalidRequest("cache is " + cacheBytes + " bytes; it cannot be negative", "cache");
        }
        if (queued < 1 || queuedPerUser < 1) {
            throw DalangException.invalidRequest(
                    "a queue of " + queued + " requests, " + queuedPerUser + " per user, takes none", "queue");
        }
    }

    public ServingOptions withCacheBytes(long value) {
        return new ServingOptions(value, queued, queuedPerUser);
    }

    public ServingOptions withQueued(int all, int perUser) {
        return new ServingOptions(cacheBytes, all, perUser);
    }
}
