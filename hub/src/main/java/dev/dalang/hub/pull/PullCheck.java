package dev.dalang.hub.pull;

import dev.dalang.hub.fetch.Plan;

/** What must hold before a model is fetched; each refuses by its exception. */
@FunctionalInterface
public interface PullCheck {
    void check(Plan plan);
}
