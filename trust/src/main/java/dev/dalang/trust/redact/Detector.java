package dev.dalang.trust.redact;

/**
 * Finds one sort of thing. Every detector reads the text a bounded number of times and looks at a bounded stretch around
 * each candidate, so that no input makes it slow; there are no backtracking patterns.
 */
interface Detector {

    void find(Scan text, Sink found);

    /** Takes findings in any order, overlapping ones too. */
    interface Sink {
        void add(Kind kind, int start, int end, String rule);
    }
}
