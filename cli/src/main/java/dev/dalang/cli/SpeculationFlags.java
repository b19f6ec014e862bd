package dev.dalang.cli;

import dev.dalang.engine.generate.Speculation;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Flags of the verbs that answer: tokens guessed and checked together. They change an answer's speed alone. */
final class SpeculationFlags {

    private static final int DEFAULT_MOST = 8;

    @Option(
            names = "--lookup",
            description = "Guess tokens from what the text said before and check them together: pays where an answer"
                    + " repeats its prompt.")
    boolean lookup;

    @Option(
            names = {"--model-draft", "-md"},
            paramLabel = "MODEL",
            description = "Guess tokens by a smaller model of the same vocabulary and check them together.")
    @Nullable
    String draft;

    @Option(names = "--draft-max", paramLabel = "N", description = "Tokens to guess at most. Default: 8.")
    @Nullable
    Integer most;

    Speculation speculation(Surroundings around) {
        if (lookup && draft != null) throw Errors.usage("--lookup and --model-draft exclude each other");
        int count = most == null ? DEFAULT_MOST : most;
        if (lookup) return new Speculation.Lookup(count);
        if (draft != null) return new Speculation.Draft(ModelArgument.resolve(draft, around.store()), count);
        if (most != null) throw Errors.usage("--draft-max needs --lookup or --model-draft");
        return Speculation.NONE;
    }
}
