package dev.dalang.server.openai;

import dev.dalang.api.Cancellation;
import dev.dalang.api.ChatEvent;
import dev.dalang.api.ChatModel;
import dev.dalang.api.ChatRequest;
import dev.dalang.api.Prompt;
import dev.dalang.api.TokenScore;
import dev.dalang.api.Usage;
import dev.dalang.server.ServedModels;
import dev.dalang.server.guard.Caller;
import dev.dalang.server.http.Exchange;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code POST /v1/completions}. */
final class CompletionsEndpoint implements WholeAnswers {

    private final ServedModels models;

    CompletionsEndpoint(ServedModels models) {
        this.models = models;
    }

    void handle(Exchange exchange) {
        CompletionRequestReader.Call call = CompletionRequestReader.read(exchange.json());
        if (call.stream()) stream(exchange, call);
        else exchange.send(200, whole(call, UnaryOperator.identity(), exchange.caller(), exchange.cancellation()));
    }

    @Override
    public OpenAiErrors errors() {
        return OpenAiErrors.COMPLETIONS;
    }

    @Override
    public ObjectNode answer(
            JsonNode body, UnaryOperator<ChatRequest> adapt, Caller caller, Cancellation cancellation) {
        return whole(CompletionRequestReader.read(body), adapt, caller, cancellation);
    }

    /** Every prompt as often as it is to be answered, one prompt's answers side by side. */
    private static List<ChatRequest> requests(CompletionRequestReader.Call call, UnaryOperator<ChatRequest> adapt) {
        return call.requests().stream()
                .flatMap(r -> Choices.requests(adapt.apply(r), call.bestOf()).stream())
                .toList();
    }

    private ObjectNode whole(
            CompletionRequestReader.Call call,
            UnaryOperator<ChatRequest> adapt,
            Caller caller,
            Cancellation cancellation) {
        ChatModel model = models.chat(call.requests().getFirst().model(), caller);
        List<ChatRequest> requests = requests(call, adapt);
        List<Collected> answers =
                Stream.generate(Collected::new).limit(requests.size()).toList();
        Choices.ask(model, requests, call.names(), cancellation, answers::get);
        List<Collected> given = new ArrayList<>();
        List<String> echoes = new ArrayList<>();
        List<Usage> usages = new ArrayList<>();
        for (int p = 0; p < call.requests().size(); p++) {
            List<Collected> own = answers.subList(p * call.bestOf(), (p + 1) * call.bestOf());
            usages.add(Said.together(own.stream().map(a -> a.response().usage()).toList()));
            String echo = echo(call, p, caller, cancellation);
            for (Collected answer : best(own, call.choices())) {
                given.add(answer);
                echoes.add(echo);
            }
        }
        return CompletionWriter.write(given, echoes, usages, call.logprobs());
    }

    /** Those with the highest mean log probability of a token, as OpenAI defines it. */
    private static List<Collected> best(List<Collected> answers, int count) {
        if (answers.size() == count) return answers;
        return answers.stream()
                .sorted(Comparator.comparingDouble(CompletionsEndpoint::likelihood)
                        .reversed())
                .limit(count)
                .toList();
    }

    private static double likelihood(Collected answer) {
        return answer.scores().stream()
                .mapToDouble(TokenScore::logprob)
                .average()
                .orElse(0);
    }

    private void stream(Exchange exchange, CompletionRequestReader.Call call) {
        ChatModel model = models.chat(call.requests().getFirst().model(), exchange.caller());
        List<String> echoes = new ArrayList<>();
        for (int p = 0; p < call.requests().size(); p++) {
            echoes.add(echo(call, p, exchange.caller(), exchange.cancellation()));
        }
        LazyEvents out = new LazyEvents(exchange);
        ChatChunks.Head head = new ChatChunks.Head("text_completion", call.includeUsage());
        Usage[] usages = new Usage[call.requests().size() * call.choices()];
        Choices.ask(model, requests(call, UnaryOperator.identity()), call.names(), exchange.cancellation(), i -> {
            String echo = echoes.get(i / call.choices());
            Consumer<ChatEvent> chunks = new CompletionWriter.Chunks(head, i, echo, call.logprobs(), out::data);
            return event -> {
                if (event instanceof ChatEvent.Finished f) usages[i] = f.usage();
                if (event instanceof ChatEvent.PromptProgress(int done, int total)) out.progress(done, total);
                chunks.accept(event);
            };
        });
        if (call.includeUsage()) {
            List<Usage> prompts = new ArrayList<>();
            for (int p = 0; p < call.requests().size(); p++) {
                prompts.add(Said.together(List.of(usages).subList(p * call.choices(), (p + 1) * call.choices())));
            }
            ObjectNode last = head.chunk();
            last.putArray("choices");
            last.set("usage", Said.total(prompts));
            out.data(last);
        }
        out.done();
    }

    private String echo(CompletionRequestReader.Call call, int prompt, Caller caller, Cancellation cancellation) {
        if (!call.echo()) return "";
        ChatRequest request = call.requests().get(prompt);
        return switch (request.prompt()) {
            case Prompt.Raw raw -> raw.text();
            case Prompt.Infill infill -> infill.prefix();
            case Prompt.Tokens tokens ->
                call.names()
                        .during(() -> models.withLocal(
                                request.model(),
                                caller,
                                cancellation,
                                m -> m.tokenizer().decode(tokens.ids(), true)));
            case Prompt.Conversation c -> throw new IllegalStateException("a conversation has no text to echo");
        };
    }
}
