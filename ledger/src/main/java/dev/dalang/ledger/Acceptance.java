package dev.dalang.ledger;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * That somebody agreed to the text of a licence.
 *
 * @param who the user's name on this machine
 * @param at to the millisecond
 * @param licence its SPDX identifier, or its name where it has none
 * @param textDigest {@code sha256:…} of the text that was shown
 * @param model the model that it was accepted for
 * @param modelDigest {@code sha256:…} of the model's weights when they were known
 * @param how by which act: {@code typed}, {@code --accept-licence}
 */
public record Acceptance(
        String who,
        Instant at,
        String licence,
        String textDigest,
        String model,
        @Nullable String modelDigest,
        String how) {}
