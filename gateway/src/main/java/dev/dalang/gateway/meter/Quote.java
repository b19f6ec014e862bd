package dev.dalang.gateway.meter;

import dev.dalang.ledger.Money;
import org.jspecify.annotations.Nullable;

/**
 * The most that a request can take, whoever of its targets answers.
 *
 * @param money null where it is not known; {@code unknown} then says of which model, and why
 * @param tokens prompt and answer
 * @param completion the answer's part of them
 */
record Quote(@Nullable Money money, long tokens, long completion, @Nullable String unknown) {}
