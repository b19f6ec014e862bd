package dev.dalang.train.recipe;

import dev.dalang.api.Message;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Makes training data by program. A module offers one as a service ({@code provides CorpusGenerator with …}), and a
 * recipe names it: {@code kind = "generator"}, {@code generator = NAME}.
 */
public interface CorpusGenerator {

    /**
     * What a recipe asks for.
     *
     * @param seed of all that is drawn at random
     * @param options of the source, by name, numbers and booleans as TOML writes them
     * @param folder that relative paths among the options start from
     */
    record Order(long seed, Map<String, String> options, Path folder) {
        public Order {
            options = Map.copyOf(options);
        }
    }

    /** Takes what is made, piece by piece. */
    interface Sink {
        /** A text of its own; every token of it is learned. */
        void text(String text);

        /** A conversation; what the assistant says is learned. */
        void conversation(List<Message> messages);
    }

    /** By which recipes name it. */
    String name();

    /** The options that it knows; a recipe with another one is refused. */
    Set<String> options();

    /**
     * Makes everything. The same order makes the same, in the same sequence.
     *
     * @throws dev.dalang.api.DalangException for an option with a value that it cannot use, or a file it cannot read
     */
    void generate(Order order, Sink sink);
}
