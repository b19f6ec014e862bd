package dev.dalang.engine.generate;

/** How large a request's share is beside others': service in proportion, so that none waits for ever. */
enum Priority {
    LOW(1),
    NORMAL(4),
    HIGH(16);

    private final int weight;

    Priority(int weight) {
        this.weight = weight;
    }

    int weight() {
        return weight;
    }
}
