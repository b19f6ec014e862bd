package dev.dalang.hub.fetch;

/** Is told how a fetch goes; called by several threads, so quick and careful. */
public interface Progress {

    /** Nobody watches. */
    Progress NONE = new Progress() {};

    /** A file begins, of which {@code already} bytes are here. */
    default void begins(Plan.PlannedFile file, long already) {}

    /** More bytes of a file came in; negative when bytes have to be fetched again. */
    default void came(Plan.PlannedFile file, long bytes) {}

    /** Another process fetches the same file; this one waits for it. */
    default void waits(Plan.PlannedFile file) {}

    /** All bytes are here; their hash is computed. */
    default void verifies(Plan.PlannedFile file) {}

    /** The file is in the store. */
    default void ends(Plan.PlannedFile file) {}

    /** All files are in the store; the model gets its name. */
    default void publishes(Plan plan) {}
}
