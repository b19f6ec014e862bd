package dev.dalang.cli;

import dev.dalang.engine.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code dalang tokenize}: text to token ids, or back. */
@Command(name = "tokenize", description = "Show the tokens of a text, or the text of tokens.")
final class TokenizeCommand implements Callable<Integer> {

    @Parameters(index = "0", paramLabel = "MODEL", description = "The model.")
    @SuppressWarnings("NullAway.Init") // picocli's
    String model;

    @Parameters(index = "1..*", paramLabel = "TEXT", description = "The text; standard input without it.")
    List<String> words = new ArrayList<>();

    @Option(names = "--ids", description = "Only the ids, separated by spaces.")
    boolean ids;

    @Option(names = "--count", description = "Only how many there are.")
    boolean count;

    @Option(
            names = {"--no-bos", "--no-special"},
            description = "Without the tokens that the model wants at the ends.")
    boolean noSpecial;

    @Option(names = "--no-parse-special", description = "Control tokens that are written out in the text are text.")
    boolean noParseSpecial;

    @Option(names = "--decode", description = "The text is token ids; show what they say.")
    boolean decode;

    @Option(names = "--json", description = "As JSON.")
    boolean json;

    private final Surroundings around;

    TokenizeCommand(Surroundings around) {
        this.around = around;
    }

    @Override
    public Integer call() throws IOException {
        Tokenizer tokenizer = ModelArgument.tokenizer(model, around.store());
        String text = words.isEmpty()
                ? new String(around.in().readAllBytes(), StandardCharsets.UTF_8)
                : String.join(" ", words);
        if (decode) {
            String decoded = tokenizer.decode(TokenIds.parse(text, "the text"), true);
            around.out().println(around.outIsTerminal() ? Text.printable(decoded) : decoded);
            return ExitCode.DONE;
        }
        int[] tokens = tokenizer.encode(text, !noParseSpecial);
        if (!noSpecial) tokens = tokenizer.withSpecials(tokens);
        if (json) {
            around.out().println(Json.pretty(tree(tokenizer, tokens)));
        } else if (count) {
            around.out().println(tokens.length);
        } else if (ids) {
            around.out()
                    .println(IntStream.of(tokens).mapToObj(Integer::toString).collect(Collectors.joining(" ")));
        } else {
            for (int id : tokens) around.out().println(Text.format("%6d -> '%s'", id, piece(tokenizer, id)));
        }
        return ExitCode.DONE;
    }

    private Map<String, @Nullable Object> tree(Tokenizer tokenizer, int[] tokens) {
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        tree.put("count", tokens.length);
        tree.put("ids", tokens);
        tree.put(
                "pieces",
                IntStream.of(tokens).mapToObj(id -> piece(tokenizer, id)).toList());
        return tree;
    }

    private String piece(Tokenizer tokenizer, int id) {
        String piece = new String(tokenizer.bytes(id), StandardCharsets.UTF_8);
        return around.outIsTerminal() ? Text.printable(piece) : piece;
    }
}
