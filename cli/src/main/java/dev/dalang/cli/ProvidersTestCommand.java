package dev.dalang.cli;

import dev.dalang.api.ChatRequest;
import dev.dalang.api.ChatResponse;
import dev.dalang.api.Prompt;
import dev.dalang.gateway.provider.Providers;
import dev.dalang.net.Http;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code dalang providers test}: whether a provider can be reached and takes the key. */
@Command(
        name = "test",
        description = "Ask a provider for its list of models, which costs nothing; with --ask, a model for one word.")
final class ProvidersTestCommand implements Callable<Integer> {

    private static final int SHORT_TOKENS = 16;

    @Parameters(paramLabel = "NAME")
    String name = "";

    @Option(names = "--ask", paramLabel = "MODEL", description = "Ask this model for one word; that costs a little.")
    @Nullable
    String model;

    @Option(names = "--models", description = "Print the names of the models.")
    boolean models;

    @Mixin
    NetFlags flags = new NetFlags();

    private final Surroundings around;

    ProvidersTestCommand(Surroundings around) {
        this.around = around;
    }

    @Override
    public Integer call() {
        Providers providers = HostedModels.providers(around);
        try (Http http = HostedModels.http(around, providers, flags)) {
            if (model != null) {
                String full = name + "/" + model;
                ChatRequest request = ChatRequest.builder(full, Prompt.user("Reply with the one word: ready"))
                        .maxTokens(SHORT_TOKENS)
                        .build();
                ChatResponse answer = providers.chat(full, http).complete(request, around.interrupt());
                around.say(full + " answers: " + Text.printable(answer.text().strip()) + " ("
                        + Text.plural(answer.usage().totalTokens(), "token") + ", "
                        + Text.duration(answer.timings().total()) + ")");
                return ExitCode.DONE;
            }
            List<String> names = providers.models(name, http);
            if (models)
                names.stream().sorted().map(m -> Text.printable(name + "/" + m)).forEach(around.out()::println);
            around.say(name + " can be reached and takes the key; it lists " + Text.plural(names.size(), "model"));
            return ExitCode.DONE;
        }
    }
}
