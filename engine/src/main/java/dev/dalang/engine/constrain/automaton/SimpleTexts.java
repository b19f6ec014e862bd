package dev.dalang.engine.constrain.automaton;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Automata of the simplest languages: repeated characters, given texts, texts up to a mark. */
final class SimpleTexts {

    private SimpleTexts() {}

    static TextDfa repeat(CharClass chars, int min, int max) {
        if (max >= 0 && max < min) return TextDfa.EMPTY;
        int states = (max < 0 ? min : max) + 1;
        TextDfa.Builder b = new TextDfa.Builder(chars);
        for (int i = 0; i < states; i++) b.state(i >= min ? 0 : -1);
        for (int i = 0; i + 1 < states; i++) b.edge(i, chars, i + 1);
        if (max < 0) b.edge(min, chars, min);
        return b.build();
    }

    static TextDfa ofTexts(List<String> texts) {
        Map<Long, Integer> edges = new HashMap<>();
        List<int[]> list = new ArrayList<>();
        List<Integer> labels = new ArrayList<>(List.of(-1));
        for (int i = 0; i < texts.size(); i++) {
            int state = 0;
            int[] points = texts.get(i).codePoints().toArray();
            for (int c : points) {
                long key = ((long) state << 21) | c;
                Integer t = edges.get(key);
                if (t == null) {
                    t = labels.size();
                    labels.add(-1);
                    edges.put(key, t);
                    list.add(new int[] {state, c, t});
                }
                state = t;
            }
            if (labels.get(state) < 0) labels.set(state, i);
        }
        int[] points = list.stream().mapToInt(e -> e[1]).sorted().distinct().toArray();
        TextDfa.Builder b = new TextDfa.Builder(
                Arrays.stream(points).mapToObj(c -> CharClass.of(c, c)).toArray(CharClass[]::new));
        for (int label : labels) b.state(label);
        for (int[] e : list) b.edge(e[0], CharClass.of(e[1], e[1]), e[2]);
        return b.build();
    }

    static TextDfa until(List<String> marks) {
        TextDfa found = ofTexts(marks);
        int plain = marks.size();
        TextDfa.Builder b = new TextDfa.Builder(marks.stream()
                .flatMapToInt(String::codePoints)
                .sorted()
                .distinct()
                .mapToObj(c -> CharClass.of(c, c))
                .toArray(CharClass[]::new));
        // A state is what could still become a mark: a prefix of one.
        List<String> prefixes = new ArrayList<>(List.of(""));
        Map<String, Integer> ids = new HashMap<>(Map.of("", 0));
        int start = b.state(-1);
        int[] states = {b.state(plain)};
        for (int i = 0; i < prefixes.size(); i++) {
            for (int c = 0; c < b.classes(); c++) {
                if (b.classStart(c) >= 0xd800 && b.classStart(c) < 0xe000) continue;
                String text = prefixes.get(i) + Character.toString(b.classStart(c));
                int to = -1;
                for (int from = 0;
                        from <= text.length() && to < 0;
                        from = from == text.length() ? from + 1 : text.offsetByCodePoints(from, 1)) {
                    String tail = text.substring(from);
                    if (!tail.isEmpty() && found.accepts(tail)) {
                        to = b.state(found.match(tail));
                    } else if (marks.stream().anyMatch(m -> m.startsWith(tail))) {
                        Integer known = ids.get(tail);
                        if (known == null) {
                            known = prefixes.size();
                            ids.put(tail, known);
                            prefixes.add(tail);
                            states = Arrays.copyOf(states, known + 1);
                            states[known] = b.state(plain);
                        }
                        to = states[known];
                    }
                }
                b.edgeOfClass(states[i], c, to);
                if (i == 0) b.edgeOfClass(start, c, to);
            }
        }
        return b.build();
    }
}
