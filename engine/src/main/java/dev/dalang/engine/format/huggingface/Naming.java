package dev.dalang.engine.format.huggingface;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Which tensor of a checkpoint becomes which of GGUF's, and how. Names are without {@code .weight} and {@code .bias};
 * {@code *.} stands for the layer and {@code #} for an expert, whose matrices are stacked. Tensors that go by a name of
 * their own, such as {@code sinks}, are given in full on the right.
 */
final class Naming {

    /** How a tensor changes. */
    @FunctionalInterface
    interface Change {
        Weight apply(Weight weight, Config config);
    }

    /** @param to GGUF's name, with {@code *.} for {@code blk.N.} */
    record Rule(String to, Change change) {}

    static final Change NONE = (w, c) -> w;

    private final Map<String, List<Rule>> rules = new LinkedHashMap<>();

    Naming() {}

    /** As another, to be changed by itself. */
    Naming(Naming other) {
        other.rules.forEach((from, to) -> rules.put(from, new ArrayList<>(to)));
    }

    List<Rule> rules(String from) {
        return rules.getOrDefault(from, List.of());
    }

    /** Names {@code from} anew. */
    Naming name(String from, String to) {
        return name(from, to, NONE);
    }

    Naming name(String from, String to, Change change) {
        rules.put(from, new ArrayList<>(List.of(new Rule(to, change))));
        return this;
    }

    /** Takes one tensor apart. */
    Naming split(String from, String to, Change change, String second, Change secondChange) {
        rules.put(from, new ArrayList<>(List.of(new Rule(to, change), new Rule(second, secondChange))));
        return this;
    }

    /** Changes what is so named already, wherever the name ends so. */
    Naming change(String ending, Change change) {
        rules.forEach((from, to) -> {
            if (from.endsWith(ending)) to.replaceAll(rule -> new Rule(rule.to, change));
        });
        return this;
    }
}
