package dev.dalang.hub.fit;

/** Whether something fits a memory. */
public enum Verdict {
    COMFORTABLE("comfortable"),
    /** It fits, but other programs will feel it. */
    TIGHT("tight"),
    NO("no");

    /** Above this share of what is available, little is left for others. */
    private static final double COMFORT = 0.8;

    private final String word;

    Verdict(String word) {
        this.word = word;
    }

    public String word() {
        return word;
    }

    public static Verdict of(long needed, long available) {
        if (needed > available) return NO;
        return needed > COMFORT * available ? TIGHT : COMFORTABLE;
    }
}
