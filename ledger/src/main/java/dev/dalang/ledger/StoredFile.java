package dev.dalang.ledger;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A file that a client uploaded, or that a batch wrote. Its bytes lie elsewhere, under its id.
 *
 * @param owner the key's id
 * @param expires when it may be deleted, or null
 * @param name as the client called it; never part of a path
 * @param purpose {@code batch}, {@code batch_output} or {@code user_data}
 */
public record StoredFile(
        String id, String owner, Instant created, @Nullable Instant expires, String name, String purpose, long bytes) {}
