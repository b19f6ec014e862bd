package dev.dalang.api;

/** Why an answer ended. */
public enum FinishReason {
    /** The model said so. */
    END_OF_TURN,
    /** One of the request's stop strings came up. */
    STOP_SEQUENCE,
    /** The request's limit on tokens. */
    LENGTH,
    /** The context's limit on tokens. */
    CONTEXT_FULL,
    /** The model waits for the results of its tool calls. */
    TOOL_CALLS,
    /** A policy or the provider cut it off. */
    CONTENT_FILTER,
    /** The model declined. */
    REFUSAL,
    /** A long turn was paused by the provider; send the answer back to go on. */
    PAUSED,
    /** The caller wished it to stop. */
    CANCELLED
}
