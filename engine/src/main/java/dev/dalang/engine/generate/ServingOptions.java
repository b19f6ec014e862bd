package dev.dalang.engine.generate;

import dev.dalang.api.DalangException;

/**
 * How many requests a model takes on, and what memory it may use for them.
 *
 * @param cacheBytes for keys, values and recurrent states of all requests, those kept for later ones included; 0 for half
 *     of the memory without the weights
 * @param memoryBytes for models; 0 for this machine's
 * @param queued requests that wait at most; more are refused
 * @param queuedPerUser of one user, where requests name theirs
 */
public record ServingOptions(long cacheBytes, long memoryBytes, int queued, int queuedPerUser) {

    public static final ServingOptions DEFAULT = new ServingOptions(0, 0, 1024, 256);

    public ServingOptions {
        if (cacheBytes < 0) {
            throw DalangException.invalidRequest("cache is " + cacheBytes + " bytes; it cannot be negative", "cache");
        }
        if (memoryBytes < 0) {
            throw DalangException.invalidRequest(
                    "memory is " + memoryBytes + " bytes; it cannot be negative", "memory");
        }
        if (queued < 1 || queuedPerUser < 1) {
            throw DalangException.invalidRequest(
                    "a queue of " + queued + " requests, " + queuedPerUser + " per user, takes none", "queue");
        }
    }

    public ServingOptions withCacheBytes(long value) {
        return new ServingOptions(value, memoryBytes, queued, queuedPerUser);
    }

    public ServingOptions withMemoryBytes(long value) {
        return new ServingOptions(cacheBytes, value, queued, queuedPerUser);
    }

    public ServingOptions withQueued(int all, int perUser) {
        return new ServingOptions(cacheBytes, memoryBytes, all, perUser);
    }
}
