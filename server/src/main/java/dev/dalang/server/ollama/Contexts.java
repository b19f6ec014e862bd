package dev.dalang.server.ollama;

import dev.dalang.api.ChatRequest;
import dev.dalang.api.DalangException;
import dev.dalang.api.Prompt;
import dev.dalang.api.ReasoningOptions;
import dev.dalang.engine.generate.LocalModel;
import dev.dalang.engine.tokenizer.Tokenizer;
import dev.dalang.server.ServedModels;
import dev.dalang.server.http.Exchange;
import java.util.Arrays;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * {@code context} of {@code /api/generate}: the tokens of the conversation so far, which an answer ends with and the next
 * request begins with. Such a conversation is tokens, not messages: what a model thinks is not told from what it says.
 */
final class Contexts {

    /** A request that goes on from earlier tokens, and all tokens of its prompt. */
    record Continued(ChatRequest request, int[] prompt) {}

    private final ServedModels models;
    private final String name;
    private final Exchange exchange;

    Contexts(ServedModels models, String name, Exchange exchange) {
        this.models = models;
        this.name = name;
        this.exchange = exchange;
    }

    /** A local model's request after earlier tokens, where there are any. */
    Continued after(int @Nullable [] context, ChatRequest request) {
        return with(model -> {
            int[] own = model.prompts().whole(request).ids();
            if (context == null) return new Continued(request, own);
            int vocabulary = model.tokenizer().vocabularySize();
            for (int id : context) {
                if (id < vocabulary) continue;
                throw DalangException.invalidRequest(
                        "context names token " + id + ", but " + name + " has " + vocabulary
                                + "; it is another model's",
                        "context");
            }
            Boolean thinks = request.reasoning().enabled();
            if (thinks != null && thinks) {
                throw DalangException.invalidRequest(
                        "think goes not with context, in which thoughts cannot be told from answers; use /api/chat",
                        "context");
            }
            int[] all = join(context, withoutBos(own, model.tokenizer()));
            // Whether to think was the template's to know, which has been filled in.
            ChatRequest.Builder filled =
                    request.toBuilder().prompt(new Prompt.Tokens(all)).reasoning(ReasoningOptions.DEFAULT);
            return new Continued(filled.build(), all);
        });
    }

    /** The prompt's tokens and the answer's. */
    int[] with(int[] prompt, String answer) {
        return with(model -> join(prompt, model.tokenizer().encode(answer, false)));
    }

    DalangException impossible() {
        return DalangException.unsupported(
                "context goes on with the tokens of a model of this machine only; use /api/chat with messages",
                "context");
    }

    private <T> T with(Function<LocalModel, T> use) {
        return models.withLocal(name, exchange.caller(), exchange.cancellation(), use);
    }

    private static int[] withoutBos(int[] ids, Tokenizer tokenizer) {
        boolean begins = ids.length > 0 && ids[0] == tokenizer.special().bos();
        return begins ? Arrays.copyOfRange(ids, 1, ids.length) : ids;
    }

    private static int[] join(int[] a, int[] b) {
        int[] all = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, all, a.length, b.length);
        return all;
    }
}
