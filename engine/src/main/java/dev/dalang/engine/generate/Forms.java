package dev.dalang.engine.generate;

import dev.dalang.api.ChatEvent;
import dev.dalang.engine.constrain.Constraint;
import dev.dalang.engine.constrain.Grammar;
import dev.dalang.engine.constrain.machine.TokenTrie;
import dev.dalang.engine.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.function.Function;

/** What constrained answers of one model share: its vocabulary as a tree, and the grammars used last. */
final class Forms implements AutoCloseable {

    private static final int MOST_KEPT = 16;

    private final Tokenizer tokenizer;
    private final TokenTrie trie;
    private final ControlMarks marks;
    private final ExecutorService executor = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name("dalang-masks").factory());

    private final Map<Object, Kept> kept = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Object, Kept> eldest) {
            return size() > MOST_KEPT;
        }
    };

    /** @param vocabulary the number of logits that are sampled from */
    Forms(Tokenizer tokenizer, int vocabulary) {
        this.tokenizer = tokenizer;
        this.trie = new TokenTrie(vocabulary, tokenizer::bytes, tokenizer::isControl, tokenizer::isEndOfGeneration);
        this.marks = new ControlMarks(tokenizer);
    }

    ControlMarks marks() {
        return marks;
    }

    /** A grammar at work, and what was to be said when it was made. */
    record Kept(Constraint constraint, List<ChatEvent.Notice> notices) {}

    /**
     * The constraint of equal demands is made once.
     *
     * @param grammar makes it; what it has to say it says to its argument
     */
    synchronized Kept constraint(Object demands, Function<Consumer<ChatEvent.Notice>, Grammar> grammar) {
        Kept known = kept.get(demands);
        if (known == null) {
            List<ChatEvent.Notice> notices = new ArrayList<>();
            Constraint made = new Constraint(grammar.apply(notices::add), trie);
            known = new Kept(made, notices.stream().distinct().toList());
            kept.put(demands, known);
        }
        return known;
    }

    FormedOutput begin(Constraint constraint) {
        return new FormedOutput(constraint, tokenizer, executor, trie.vocabularySize());
    }

    @Override
    public void close() {
        executor.shutdownNow();
    }
}
