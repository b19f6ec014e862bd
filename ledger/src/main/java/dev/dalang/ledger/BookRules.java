package dev.dalang.ledger;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;

/**
 * How requests are written.
 *
 * @param journals a folder of this machine for what cannot reach the database at once
 * @param whenAway what happens to new requests while the database is away
 * @param power each commit survives a power cut, at the price of a disk's flush; otherwise the death of this process
 *     alone (SQLite; PostgreSQL decides by its own settings)
 * @param patience how long a request waits for a database that does not answer, before {@code whenAway} says what to do
 * @param queue how many requests may wait to be written before more are turned away
 * @param deadAfter a process on another machine that gave no sign for so long is taken for dead
 * @param clock tells periods and times; may be set back at any time
 */
public record BookRules(
        Path journals,
        WhenAway whenAway,
        boolean power,
        Duration patience,
        int queue,
        Duration deadAfter,
        Clock clock) {

    /** What a database that does not answer means for new requests; those under way always go on. */
    public enum WhenAway {
        /** None is made. */
        STOP,
        /** They are made and written to a journal, but for those whose budget cannot be looked up. */
        GO_ON
    }

    public static BookRules standard(Path journals) {
        return new BookRules(
                journals,
                WhenAway.STOP,
                false,
                Duration.ofSeconds(2),
                16_384,
                Duration.ofMinutes(10),
                Clock.systemUTC());
    }

    public BookRules with(WhenAway value) {
        return new BookRules(journals, value, power, patience, queue, deadAfter, clock);
    }

    public BookRules withPower(boolean value) {
        return new BookRules(journals, whenAway, value, patience, queue, deadAfter, clock);
    }

    public BookRules with(Clock value) {
        return new BookRules(journals, whenAway, power, patience, queue, deadAfter, value);
    }

    public BookRules withPatience(Duration value) {
        return new BookRules(journals, whenAway, power, value, queue, deadAfter, clock);
    }
}
