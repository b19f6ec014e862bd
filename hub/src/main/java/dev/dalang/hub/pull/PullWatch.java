package dev.dalang.hub.pull;

import dev.dalang.hub.fetch.Plan;
import dev.dalang.hub.fetch.Progress;

/** Is told how a pull goes, in the words of Ollama's {@code /api/pull}; called by several threads. */
public interface PullWatch extends Progress {

    String PLANS = "pulling manifest";
    String VERIFIES = "verifying sha256 digest";
    String PUBLISHES = "writing manifest";
    String SUCCESS = "success";

    /** A step in words. */
    default void status(String words) {}

    /** What the hub says is known; the checks come next, and may speak for themselves. */
    default void planned() {}

    /** All checks are passed; the files come. */
    default void starts(Plan plan) {}

    @Override
    default void waits(Plan.PlannedFile file) {
        status("another pull fetches " + file.name() + "; waiting for it");
    }

    @Override
    default void verifies(Plan.PlannedFile file) {
        status(VERIFIES);
    }

    @Override
    default void publishes(Plan plan) {
        status(PUBLISHES);
    }

    /** What a file under way is called: its digest, or its name where the place gives no digest. */
    static String digest(Plan.PlannedFile f) {
        return f.digest() == null ? f.name().text() : f.digest().toString();
    }

    /** {@code pulling 0123456789ab} */
    static String pulling(Plan.PlannedFile f) {
        return "pulling "
                + (f.digest() == null ? f.name().text() : f.digest().hex().substring(0, 12));
    }
}
