package dev.dalang.train.recipe;

import dev.dalang.api.Cancellation;
import dev.dalang.api.ChatRequest;
import dev.dalang.api.DalangException;
import dev.dalang.api.Prompt;
import dev.dalang.api.ResponseCollector;
import dev.dalang.api.Sampling;
import dev.dalang.engine.format.Metadata;
import dev.dalang.engine.generate.LoadOptions;
import dev.dalang.engine.generate.LocalModel;
import dev.dalang.train.graph.TrainableDecoder;

/** Lets a network in training answer the recipe's prompts, by the same engine that will run it later. */
final class Sampler {

    private final Recipe recipe;
    private final TrainableDecoder network;
    private final Metadata metadata;
    private final LoadOptions options;

    Sampler(Recipe recipe, TrainableDecoder network, Metadata metadata, int threads) {
        this.recipe = recipe;
        this.network = network;
        this.metadata = metadata;
        this.options = LoadOptions.DEFAULT.withThreads(threads);
    }

    /** All prompts, each with what came out of it. */
    String text(long step) {
        StringBuilder all = new StringBuilder();
        // Opened anew each time: the engine keeps weights in forms of its own, and they have changed.
        try (LocalModel model = LocalModel.of(recipe.about().name(), network.source(metadata), options)) {
            for (String prompt : recipe.samples().prompts()) {
                if (!all.isEmpty()) all.append("\n\n");
                all.append(recipe.converses() ? "> " + prompt + "\n" : prompt);
                all.append(answer(model, prompt, step));
            }
        }
        return all.toString();
    }

    private String answer(LocalModel model, String prompt, long step) {
        ChatRequest request = ChatRequest.builder(
                        model.name(), recipe.converses() ? Prompt.user(prompt) : new Prompt.Raw(prompt))
                .sampling(Sampling.builder()
                        .temperature((float) recipe.samples().temperature())
                        .seed(step)
                        .build())
                .maxTokens(recipe.samples().tokens())
                .build();
        ResponseCollector collector = new ResponseCollector();
        try {
            model.chat(request, Cancellation.NONE, collector);
        } catch (DalangException e) {
            // A prompt that does not fit, or a template that refuses it: no reason to lose the run.
            return "(" + e.failure().message() + ")";
        }
        return collector.response().message().text();
    }
}
