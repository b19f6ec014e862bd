package dev.dalang.engine.generate;

/**
 * What a {@link Scheduler} takes on.
 *
 * @param stepTokens that one pass evaluates at most
 * @param promptTokens of one prompt in a pass at most
 * @param mixedTokens of prompts that go with answers under way at most, so that these do not stutter
 * @param queued requests that wait at most
 * @param queuedPerUser of one user, where users are told apart
 */
record SchedulerLimits(int stepTokens, int promptTokens, int mixedTokens, int queued, int queuedPerUser) {

    /** With fewer than this per pass, answers and prompts could not go together. */
    static final int LEAST_STEP_TOKENS = 64;

    SchedulerLimits {
        if (stepTokens < LEAST_STEP_TOKENS || promptTokens < 1 || mixedTokens < 1 || queued < 1 || queuedPerUser < 1) {
            throw new IllegalArgumentException(stepTokens + ", " + promptTokens + ", " + mixedTokens + ", " + queued
                    + ", " + queuedPerUser + " are no limits");
        }
    }

    /** Tokens of a pass that prompts can count on while there are any. */
    int promptReserve() {
        return stepTokens / 8;
    }

    /** Answers under way at most: each has a token in every pass, and those that are read again at least one. */
    int running() {
        return stepTokens - promptReserve() - 1;
    }
}
