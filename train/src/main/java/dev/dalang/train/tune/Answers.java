package dev.dalang.train.tune;

import dev.dalang.api.Cancellation;
import dev.dalang.api.ChatRequest;
import dev.dalang.api.DalangException;
import dev.dalang.api.Message;
import dev.dalang.api.Prompt;
import dev.dalang.api.ResponseCollector;
import dev.dalang.api.Sampling;
import dev.dalang.api.Tool;
import dev.dalang.engine.generate.LocalModel;
import dev.dalang.train.chat.ChatExample;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What a model says to examples, without and with its adapter: the likeliest words, always. */
public final class Answers {

    /**
     * @param question the last message before the answer
     * @param wanted the example's answer
     * @param before the model's
     * @param after the tuned model's
     */
    public record Answer(String question, String wanted, String before, String after) {

        /** Whether the tuned model says what the example says. */
        public boolean learned() {
            return after.strip().equals(wanted.strip());
        }

        /** Whether the model said so already. */
        public boolean known() {
            return before.strip().equals(wanted.strip());
        }
    }

    private Answers() {}

    /**
     * Asks.
     *
     * @param adapter name under which the model has loaded it
     * @param maxTokens of an answer
     * @return as many as there was time for before the cancellation
     */
    public static List<Answer> of(
            LocalModel model, String adapter, List<ChatExample> examples, int maxTokens, Cancellation cancellation) {
        List<Answer> answers = new ArrayList<>();
        for (ChatExample example : examples) {
            List<Message> prompt = switch (example) {
                case ChatExample.Conversation c ->
                    c.messages().subList(0, c.asked().getLast());
                case ChatExample.Preference p -> p.prompt();
            };
            String wanted = switch (example) {
                case ChatExample.Conversation c ->
                    c.messages().get(c.asked().getLast()).text();
                case ChatExample.Preference p -> p.chosen().getLast().text();
            };
            List<Tool> tools = switch (example) {
                case ChatExample.Conversation c -> c.tools();
                case ChatExample.Preference p -> p.tools();
            };
            ChatRequest request = ChatRequest.builder(model.name(), new Prompt.Conversation(prompt))
                    .tools(tools)
                    .sampling(Sampling.GREEDY)
                    .maxTokens(maxTokens)
                    .build();
            String before = ask(model, request, cancellation);
            String after =
                    ask(model, request.toBuilder().adapters(Map.of(adapter, 1f)).build(), cancellation);
            if (cancellation.isCancelled()) break;
            answers.add(new Answer(prompt.getLast().text(), wanted, before, after));
        }
        return answers;
    }

    private static String ask(LocalModel model, ChatRequest request, Cancellation cancellation) {
        ResponseCollector collector = new ResponseCollector();
        try {
            model.chat(request, cancellation, collector);
            return collector.response().text();
        } catch (DalangException e) {
            return "(" + e.getMessage() + ")";
        }
    }
}
