package dev.dalang.cli;

import dev.dalang.engine.kernel.KernelTier;
import java.util.Set;

/**
 * What an answer needs of a new process, begun on other threads while this one still reads the command line, which takes
 * about as long: the calls and the machine code of the kernels. A command line that asks for other kernels, or fails, has
 * cost a tenth of a second of another processor.
 */
final class HeadStart {

    /** The verbs that a person waits for with a model of this machine. */
    private static final Set<String> ANSWERING = Set.of("run", "embed", "bench", "perplexity");

    private HeadStart() {}

    static void begin(String... args) {
        if (args.length > 0 && ANSWERING.contains(args[0])) KernelTier.prepare("auto", "");
    }
}
