package dev.dalang.ledger;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A conversation without its messages.
 *
 * @param owner whose it is; nobody else sees it
 * @param folder the name of the folder that it lies in, or null
 * @param settings model, instructions and sampling as a JSON object; not looked into here
 * @param leaf the last message of the branch that was looked at last, or null
 * @param created to the millisecond
 * @param updated when something was said in it last
 */
public record Conversation(
        String id,
        String owner,
        String title,
        @Nullable String folder,
        boolean pinned,
        String settings,
        @Nullable String leaf,
        Instant created,
        Instant updated) {

    /**
     * A message in its tree.
     *
     * @param parent the message that this one follows, or null for a first one
     * @param role {@code user}, {@code assistant} or {@code tool}
     * @param body the text
     * @param detail what else belongs to it, as a JSON object; not looked into here
     */
    public record Message(
            String id,
            @Nullable String parent,
            String role,
            State state,
            String body,
            String detail,
            Instant created) {}

    /** How far a message is. */
    public enum State {
        COMPLETE,
        /** An answer is being written; what is kept of it may lag behind. */
        RUNNING,
        /** The answer ended before its end: stopped, failed, or its server went away. */
        INTERRUPTED
    }

    /**
     * A place where a search found something.
     *
     * @param excerpt of the message around the words, or null where the title has them
     */
    public record Found(Conversation conversation, @Nullable String excerpt) {}
}
