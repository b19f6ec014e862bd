package dev.dalang.cli;

import dev.dalang.hub.fetch.Plan;

/** What must hold before a model is fetched; each refuses by its exception. */
@FunctionalInterface
interface PullCheck {
    void check(Plan plan);
}
