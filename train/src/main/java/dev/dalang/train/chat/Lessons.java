package dev.dalang.train.chat;

import dev.dalang.train.data.Document;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.function.Function;

/**
 * A file's examples as tokens. An example is one document, or several that must not be parted between training and
 * validation.
 *
 * @param conversations documents by example; empty for preferences
 * @param pairs one for each example; empty for conversations
 * @param lines the file's line of each example
 * @param bad what could not be read or shown, by line
 */
public record Lessons(
        List<List<Document>> conversations, List<PreferencePair> pairs, List<Long> lines, List<BadLine> bad) {

    public Lessons {
        conversations = List.copyOf(conversations);
        pairs = List.copyOf(pairs);
        lines = List.copyOf(lines);
        bad = List.copyOf(bad);
    }

    /** Encodes what can be encoded. */
    public static Lessons of(ChatData data, ChatEncoder encoder) {
        List<List<Document>> conversations = new ArrayList<>();
        List<PreferencePair> pairs = new ArrayList<>();
        List<Long> lines = new ArrayList<>();
        List<BadLine> bad = new ArrayList<>(data.bad());
        for (ChatExample example : data.examples()) {
            try {
                switch (example) {
                    case ChatExample.Conversation c -> conversations.add(encoder.documents(c));
                    case ChatExample.Preference p -> pairs.add(encoder.pair(p));
                }
                lines.add(example.line());
            } catch (Unusable e) {
                bad.add(new BadLine(example.line(), e.problem()));
            }
        }
        bad.sort(Comparator.comparingLong(BadLine::line));
        return new Lessons(conversations, pairs, lines, bad);
    }

    /** How many examples there are. */
    public int count() {
        return lines.size();
    }

    /** Examples to learn from, and others to see whether they were learned: never both. */
    public record Split(Lessons train, Lessons validation) {}

    /**
     * Parts a share of the examples, chosen by the seed, from the rest. One example at least stays on each side.
     *
     * @param share for validation, 0 to 1; 0 for none
     */
    public Split split(double share, long seed) {
        if (share == 0 || count() < 2) return new Split(this, select(List.of()));
        int[] order = shuffled(count(), seed);
        int apart = Math.clamp(Math.round(share * count()), 1, count() - 1);
        List<Integer> validation = new ArrayList<>();
        List<Integer> train = new ArrayList<>();
        for (int i = 0; i < order.length; i++) (i < apart ? validation : train).add(order[i]);
        // In the file's order, so that the split alone depends on the shuffle.
        validation.sort(null);
        train.sort(null);
        return new Split(select(train), select(validation));
    }

    private Lessons select(List<Integer> which) {
        return new Lessons(
                conversations.isEmpty() ? List.of() : picked(which, conversations::get),
                pairs.isEmpty() ? List.of() : picked(which, pairs::get),
                picked(which, lines::get),
                List.of());
    }

    private static <T> List<T> picked(List<Integer> which, Function<Integer, T> from) {
        return which.stream().map(from).toList();
    }

    /** Fisher and Yates, with the generator that Java specifies bit by bit. */
    private static int[] shuffled(int count, long seed) {
        Random random = new Random(seed);
        int[] order = new int[count];
        for (int i = 0; i < count; i++) {
            int j = random.nextInt(i + 1);
            order[i] = order[j];
            order[j] = i;
        }
        return order;
    }

    /** All documents of the conversations. */
    public List<Document> documents() {
        return conversations.stream().flatMap(List::stream).toList();
    }
}
