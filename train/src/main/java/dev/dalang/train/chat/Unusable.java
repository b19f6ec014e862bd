package dev.dalang.train.chat;

/** What is wrong with one example; becomes a {@link BadLine}. */
final class Unusable extends Exception {
    Unusable(String problem) {
        super(problem, null, false, false);
    }

    String problem() {
        return String.valueOf(getMessage());
    }
}
