package dev.dalang.train.recipe;

import dev.dalang.api.DalangException;
import dev.dalang.engine.format.Gguf;
import dev.dalang.engine.kernel.Compute;
import dev.dalang.train.graph.GraphSettings;
import dev.dalang.train.graph.Shape;
import dev.dalang.train.graph.TrainableDecoder;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The model whose weights a run goes on from: it brings its vocabulary, shape and chat template along.
 *
 * @param file a GGUF file
 * @param shape of it
 * @param template its chat template, or null where it has none
 */
public record PretrainedModel(
        Path file, Shape shape, @Nullable String template) {

    /** @throws DalangException if the file is no such model that a recipe can train */
    static PretrainedModel read(Path file) {
        try (Gguf model = Gguf.open(file)) {
            Shape shape = Shape.of(model);
            int tokens = model.metadata().strings("tokenizer.ggml.tokens").length;
            if (tokens != shape.vocabulary()) {
                throw DalangException.invalidRequest(
                        model.name() + " has " + tokens + " tokens and rows for " + shape.vocabulary(), "model");
            }
            return new PretrainedModel(file, shape, model.metadata().stringOrNull("tokenizer.chat_template"));
        }
    }

    /** The shape as a recipe states it. */
    Recipe.ShapePlan shapePlan() {
        return new Recipe.ShapePlan(
                shape.context(),
                shape.embedding(),
                shape.layers(),
                shape.heads(),
                shape.kvHeads(),
                shape.headDim(),
                shape.hidden(),
                shape.ropeBase(),
                shape.epsilon(),
                shape.tied());
    }

    /** A network with its weights. */
    TrainableDecoder network(Compute compute, GraphSettings settings) {
        try (Gguf model = Gguf.open(file)) {
            return TrainableDecoder.pretrained(model, compute, settings);
        }
    }
}
