package dev.dalang.mini;

import org.jspecify.annotations.Nullable;

/**
 * A question with its answer.
 *
 * @param topic what it is about, for counting and for questions that go on from it
 * @param country that it is about, or null
 */
record Turn(
        String question,
        String answer,
        String topic,
        @Nullable Country country) {}
