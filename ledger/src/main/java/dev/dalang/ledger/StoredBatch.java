package dev.dalang.ledger;

import java.time.Instant;

/**
 * Many requests as one piece of work.
 *
 * @param owner the key's id
 * @param status in OpenAI's words, {@code validating} to {@code completed}
 * @param body the batch as its owner sees it, JSON
 */
public record StoredBatch(String id, String owner, Instant created, String status, String body) {}
