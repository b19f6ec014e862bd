package dev.dalang.train.data;

/** What to do with documents that are longer than the context. All three count them ({@link Intake}). */
public enum LongDocuments {
    /** Ends with an error that says how many there are, and how long the longest is. */
    REFUSE,
    /** Leaves them out. */
    SKIP,
    /** Learns their beginning. */
    CUT,
    /** Learns them as several documents, none of which sees the one before. */
    SPLIT
}
