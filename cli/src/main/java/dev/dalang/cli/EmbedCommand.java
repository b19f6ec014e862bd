package dev.dalang.cli;

import dev.dalang.api.EmbeddingRequest;
import dev.dalang.api.EmbeddingResponse;
import dev.dalang.engine.generate.LocalEmbedder;
import dev.dalang.engine.generate.ModelRunner;
import dev.dalang.engine.generate.Pooling;
import dev.dalang.engine.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code dalang embed}: texts to vectors of length one. */
@Command(name = "embed", description = "Turn texts into vectors.")
final class EmbedCommand implements Callable<Integer> {

    @Parameters(index = "0", paramLabel = "MODEL", description = "The model.")
    @SuppressWarnings("NullAway.Init") // picocli's
    String model;

    @Parameters(index = "1..*", paramLabel = "TEXT", description = "The texts; lines of standard input without any.")
    List<String> texts = new ArrayList<>();

    @Option(
            names = "--pooling",
            paramLabel = "KIND",
            description = "mean, cls or last; what the model's file says without it.")
    @Nullable
    String pooling;

    @Option(names = "--json", description = "As JSON, with the token counts.")
    boolean json;

    @Mixin
    ModelFlags flags = new ModelFlags();

    private final Surroundings around;

    EmbedCommand(Surroundings around) {
        this.around = around;
    }

    @Override
    public Integer call() throws IOException {
        Path path = ModelArgument.resolve(model, around.store());
        List<String> all = texts.isEmpty()
                ? new String(around.in().readAllBytes(), StandardCharsets.UTF_8)
                        .lines()
                        .filter(line -> !line.isBlank())
                        .toList()
                : texts;
        if (all.isEmpty()) throw Errors.usage("there is no text to embed");
        Tokenizer tokenizer = ModelArgument.tokenizer(model, around.store());
        try (ModelRunner runner = Engine.runner(ModelFiles.open(path), Engine.options(flags.options()))) {
            Engine.sayIfSlower(runner, around);
            LocalEmbedder embedder = pooling == null
                    ? new LocalEmbedder(model, runner, tokenizer)
                    : new LocalEmbedder(model, runner, tokenizer, kind(pooling));
            print(embedder, embedder.embed(EmbeddingRequest.of(model, all), around.interrupt()));
        }
        return ExitCode.DONE;
    }

    private static Pooling kind(String name) {
        for (Pooling p : Pooling.values()) {
            if (p.name().toLowerCase(Locale.ROOT).equals(name)) return p;
        }
        throw Errors.usage("--pooling is '" + name + "': use mean, cls or last");
    }

    private void print(LocalEmbedder embedder, EmbeddingResponse response) {
        response.notices().forEach(n -> around.err().println("dalang: " + n.message()));
        if (json) {
            Map<String, Object> tree = new LinkedHashMap<>();
            tree.put("dimensions", embedder.dimensions());
            tree.put("pooling", embedder.pooling().name().toLowerCase(Locale.ROOT));
            tree.put("prompt_tokens", response.usage().promptTokens());
            tree.put(
                    "embeddings",
                    response.vectors().stream().map(EmbedCommand::numbers).toList());
            around.out().println(Json.pretty(tree));
            return;
        }
        for (float[] vector : response.vectors()) {
            StringBuilder line = new StringBuilder();
            for (float v : vector) line.append(line.isEmpty() ? "" : " ").append(v);
            around.out().println(line);
        }
    }

    private static List<Float> numbers(float[] vector) {
        List<Float> list = new ArrayList<>(vector.length);
        for (float v : vector) list.add(v);
        return list;
    }
}
