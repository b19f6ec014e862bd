package dev.dalang.api;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Why something could not be done, as data: every dialect, the terminal and the ledger translate from here.
 *
 * <p>A message says what was wrong, where, and what to do about it, in one line, in words that a user understands.
 */
public sealed interface Failure {

    /** One line for a person: what, where, and the way out. */
    String message();

    /** The request itself is wrong; {@code parameter} names the field, dotted, when one is to blame. */
    record InvalidRequest(String message, @Nullable String parameter) implements Failure {}

    /** Nobody, or nobody known, is asking. */
    record Unauthenticated(String message) implements Failure {}

    /** Known, but not allowed. */
    record PermissionDenied(String message) implements Failure {}

    /** No such model here, or not to be had: missing, gated, terms not accepted, hosted only. */
    record ModelUnavailable(String message, String model) implements Failure {}

    /** A model file that is broken, hostile or cut off; {@code file} and {@code field} say where. */
    record BadModelFile(
            String message, @Nullable String file, @Nullable String field) implements Failure {}

    /** Well formed, but this build cannot do it: an architecture, block type, template construct, parameter. */
    record Unsupported(String message, String feature) implements Failure {}

    /** The prompt (with the room asked for the answer) is longer than the context. */
    record ContextOverflow(String message, int promptTokens, int limit, List<String> remedies) implements Failure {

        /** The remedy that every dialect has a field of its own for. */
        public static final String TRUNCATE = "ask for truncation";

        public ContextOverflow {
            remedies = List.copyOf(remedies);
        }
    }

    /** The machine lacks the memory or disk for it. */
    record DoesNotFit(String message, long neededBytes, long availableBytes) implements Failure {}

    /** Too many requests or tokens for this key; {@code retryAfter} when it is known. */
    record RateLimited(String message, @Nullable Duration retryAfter) implements Failure {}

    /** The server is too busy, or the model still loads. */
    record Overloaded(String message, @Nullable Duration retryAfter) implements Failure {}

    /** The budget does not cover the worst case of this request. */
    record BudgetExceeded(String message) implements Failure {}

    /**
     * A policy or a provider's safety system refused the content; {@code hereOnly} where a model on this machine may have
     * it.
     */
    record ContentPolicy(String message, boolean hereOnly) implements Failure {
        public ContentPolicy(String message) {
            this(message, false);
        }
    }

    /** No answer within the time allowed. */
    record TimedOut(String message) implements Failure {}

    /**
     * A hosted provider failed; {@code status} is its HTTP status, 0 when there was none, 401 or 403 where it does not take
     * the key that this machine has for it: that is not the key of whoever asks here. 508 (RFC 5842 §7.2) says that the
     * request came back to where it was sent from.
     */
    record Upstream(String message, int status) implements Failure {
        /** The status of a request that came back to where it was sent from. */
        public static final int LOOP = 508;

        /** Whether the same request will fail again, as this machine's key or a provider's address is to blame. */
        public boolean isLasting() {
            return status == 401 || status == 403 || status == LOOP;
        }
    }

    /** A file or device of this machine: missing, unreadable, full. */
    record Storage(String message, @Nullable String path) implements Failure {}

    /** Our own fault. */
    record Internal(String message) implements Failure {}
}
