package dev.dalang.engine.generate;

import dev.dalang.api.DalangException;
import java.nio.file.Path;

/**
 * Whether tokens are guessed and checked together; it never changes an answer (see {@link Speculator}), only its speed.
 */
public sealed interface Speculation {

    /** One token after the other. */
    Speculation NONE = new None();

    /** One token after the other. */
    record None() implements Speculation {}

    /**
     * From what the text said before.
     *
     * @param most tokens to guess at most
     */
    record Lookup(int most) implements Speculation {
        public Lookup {
            check(most);
        }
    }

    /**
     * By a smaller model of the same vocabulary.
     *
     * @param model its file or folder
     * @param most tokens to guess at most
     */
    record Draft(Path model, int most) implements Speculation {
        public Draft {
            check(most);
        }
    }

    /** Guesses that one pass can check: more would cost more than they bring. */
    int MOST = 64;

    private static void check(int most) {
        if (most < 1 || most > MOST) {
            throw DalangException.invalidRequest("draft-max is " + most + ", outside 1.." + MOST, "draft-max");
        }
    }
}
