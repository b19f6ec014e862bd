package dev.dalang.trust.redact;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

/** Finds personal data and secrets in a text: all detectors, and one answer where they overlap. Safe for many threads. */
public final class Detectors {

    private static final List<Detector> ALL = List.of(
            new PrivateKeys(),
            new Connections(),
            new Jwts(),
            new ApiKeys(),
            new Emails(),
            new Ibans(),
            new Cards(),
            new NationalIds(),
            new IpAddresses(),
            new Phones(),
            new Assignments(),
            new Entropy(),
            new Addresses(),
            new Names());

    private Detectors() {}

    /** What {@code text} holds, in order and apart from each other, in time that grows with the text's length alone. */
    public static List<Finding> find(String text) {
        return find(text, Set.of());
    }

    /** The same, and {@code words} of the caller's own (a project's name, a client's) as {@link Kind#SECRET}. */
    public static List<Finding> find(String text, Set<String> words) {
        if (text.isEmpty()) return List.of();
        Scan scan = new Scan(text);
        List<Finding> found = new ArrayList<>();
        Detector.Sink sink = (kind, start, end, rule) -> found.add(new Finding(kind, start, end, rule));
        for (Detector detector : ALL) detector.find(scan, sink);
        for (String word : words) {
            for (int i = text.indexOf(word); i >= 0; i = text.indexOf(word, i + word.length())) {
                sink.add(Kind.SECRET, i, i + word.length(), "own");
            }
        }
        return apart(found);
    }

    /**
     * Findings that overlap become one that covers them all, so that nothing which any detector saw stays, under the name of
     * the one whose kind ranks first.
     */
    static List<Finding> apart(List<Finding> found) {
        if (found.size() < 2) return List.copyOf(found);
        found.sort(Comparator.comparingInt(Finding::start).thenComparingInt(f -> -f.end()));
        List<Finding> apart = new ArrayList<>();
        Finding open = found.getFirst();
        for (Finding next : found.subList(1, found.size())) {
            if (next.start() >= open.end()) {
                apart.add(open);
                open = next;
                continue;
            }
            boolean named = next.kind().ordinal() < open.kind().ordinal() && !within(next, open)
                    || open.start() == next.start()
                            && open.end() == next.end()
                            && next.kind().ordinal() < open.kind().ordinal();
            Finding name = named ? next : open;
            open = new Finding(name.kind(), open.start(), Math.max(open.end(), next.end()), name.rule());
        }
        apart.add(open);
        return List.copyOf(apart);
    }

    /** A smaller thing inside a larger one (a number in an address, an e-mail address in a connection string) is its part. */
    private static boolean within(Finding inner, Finding outer) {
        return inner.start() >= outer.start()
                && inner.end() <= outer.end()
                && inner.end() - inner.start() < outer.end() - outer.start();
    }
}
