package dev.dalang.gateway.simulator;

import java.util.Map;
import java.util.concurrent.CountDownLatch;

/** What goes wrong with one answer. */
public sealed interface Fault {

    /** Nothing. */
    record None() implements Fault {}

    /** Another answer than one that was asked for. */
    record Status(int status, String contentType, String body, Map<String, String> headers) implements Fault {
        public Status(int status, String body) {
            this(status, "application/json", body, Map.of());
        }
    }

    /** A refusal in the provider's own words. */
    record Refused(int status, String message) implements Fault {}

    /** The provider does not know the key. */
    record Stranger() implements Fault {}

    /** The connection ends before the head of an answer. */
    record Dropped() implements Fault {}

    /** The connection breaks after so many frames. */
    record CutAfter(int frames) implements Fault {}

    /** The stream ends in good order after so many frames, before the answer does. */
    record EndAfter(int frames) implements Fault {}

    /** A frame that is no JSON in place of this one. */
    record Malformed(int frame) implements Fault {}

    /** This frame twice. */
    record Twice(int frame) implements Fault {}

    /** The provider's own error in place of this frame. */
    record ErrorAt(int frame) implements Fault {}

    /** Comments and pings without end after so many frames. */
    record NeverEnds(int frames) implements Fault {}

    /** Silence after so many frames, until the client leaves. */
    record Silent(int frames) implements Fault {}

    /** Waits after so many frames until the test says so, and says when it began to wait. */
    record Held(int frames, CountDownLatch reached, CountDownLatch go) implements Fault {
        public Held(int frames) {
            this(frames, new CountDownLatch(1), new CountDownLatch(1));
        }
    }

    /** Nothing but pings after so many frames; says when it began so, and when the client had left. */
    record Slow(int frames, CountDownLatch reached, CountDownLatch left) implements Fault {
        public Slow(int frames) {
            this(frames, new CountDownLatch(1), new CountDownLatch(1));
        }
    }

    /** The whole answer where a stream was asked for. */
    record AtOnce() implements Fault {}

    /** Counts that cannot be. */
    record WrongUsage() implements Fault {}

    /** No counts. */
    record NoUsage() implements Fault {}

    /** The whole answer packed, many times larger than it looks. */
    record GzipBomb(long bytes) implements Fault {}
}
