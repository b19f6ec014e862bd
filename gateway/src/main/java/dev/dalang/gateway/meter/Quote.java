package dev.dalang.gateway.meter;

import dev.dalang.ledger.Money;
import org.jspecify.annotations.Nullable;

/**
 * The most that a request can take, whoever of its targets answers.
 *
 * @param money of all attempts together; null where it is not known, and {@code unknown} then says of which model, and why
 * @param attempt of one attempt
 * @param tokens prompt and answer of all attempts
 * @param completion an answer's part of them
 */
record Quote(
        @Nullable Money money,
        @Nullable Money attempt,
        long tokens,
        long completion,
        @Nullable String unknown) {}
