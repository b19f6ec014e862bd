package dev.dalang.engine.generate;

/**
 * A model's work so far, and now.
 *
 * @param running requests under way
 * @param waiting requests that wait for their turn
 * @param activeBytes of the cache that requests under way need
 * @param usedBytes of the cache in use, what is kept for later requests included
 * @param limitBytes of the cache
 * @param steps passes through the model
 * @param promptTokens read
 * @param cachedTokens of prompts that need not be read, as earlier requests had left them
 * @param answerTokens drawn
 * @param preemptions times that a request had to give way for want of memory
 */
public record SchedulerStats(
        int running,
        int waiting,
        long activeBytes,
        long usedBytes,
        long limitBytes,
        long steps,
        long promptTokens,
        long cachedTokens,
        long answerTokens,
        long preemptions) {}
