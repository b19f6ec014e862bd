package dev.dalang.api;

/**
 * The prompt up to and including the part that carries this is worth keeping for the next request.
 *
 * <p>Local models keep what fits anyway; hosted ones charge for it and want to be told.
 */
public enum CacheHint {
    /** About five minutes. */
    SHORT,
    /** About an hour. */
    LONG
}
