package dev.dalang.cli;

import dev.dalang.engine.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code dalang debug tokens}: many samples through a tokenizer, to compare with another's ids. */
@Command(
        name = "tokens",
        description = "Print the ids of each sample in a file, one line a sample, without special tokens added.")
final class DebugTokensCommand implements Callable<Integer> {

    /** What stands between the samples of llama.cpp's tokenizer tests. */
    private static final String SEPARATOR = "\n__ggml_vocab_test__\n";

    @Parameters(paramLabel = "MODEL", description = "A model, a vocabulary-only .gguf, a tokenizer.json or a folder.")
    @SuppressWarnings("NullAway.Init") // picocli's
    String model;

    @Option(names = "--samples", required = true, paramLabel = "FILE", description = "The samples.")
    @SuppressWarnings("NullAway.Init") // picocli's
    Path samples;

    @Option(
            names = "--separator",
            paramLabel = "TEXT",
            description = "What stands between two samples; \\n is a line's end. Default: \\n__ggml_vocab_test__\\n")
    String separator = SEPARATOR;

    @Option(names = "--no-parse-special", description = "Control tokens that are written out in a sample are text.")
    boolean noParseSpecial;

    private final Surroundings around;

    DebugTokensCommand(Surroundings around) {
        this.around = around;
    }

    @Override
    public Integer call() {
        String between = separator.replace("\\n", "\n").replace("\\t", "\t");
        if (between.isEmpty()) throw Errors.usage("--separator must not be empty");
        Tokenizer tokenizer = ModelArgument.tokenizer(model, around.store());
        for (String sample : split(RunCommand.read(samples), between)) {
            int[] ids = tokenizer.encode(sample, !noParseSpecial);
            around.out().print(IntStream.of(ids).mapToObj(Integer::toString).collect(Collectors.joining(" ")));
            around.out().print('\n');
        }
        return ExitCode.DONE;
    }

    /** A separator ends a sample; what follows the last one counts only when there is something. */
    static List<String> split(String text, String separator) {
        List<String> samples = new ArrayList<>();
        int from = 0;
        for (int to; (to = text.indexOf(separator, from)) >= 0; from = to + separator.length()) {
            samples.add(text.substring(from, to));
        }
        if (from < text.length()) samples.add(text.substring(from));
        return samples;
    }
}
