package dev.dalang.gateway.provider.openai;

import dev.dalang.api.ChatRequest;
import dev.dalang.api.Prompt;
import dev.dalang.gateway.provider.wire.Answer;
import dev.dalang.gateway.provider.wire.AnswerReader;
import dev.dalang.gateway.provider.wire.Fields;
import dev.dalang.gateway.provider.wire.Outgoing;
import dev.dalang.gateway.provider.wire.Refusals;
import dev.dalang.gateway.provider.wire.Wire;
import java.util.function.Function;

/** OpenAI's Chat Completions, and the older Completions for prompts without a chat, in a server's flavour. */
public final class ChatWire implements Wire {
    private final Flavour flavour;
    private final String provider;
    private final Refusals refusals;
    private final Function<String, String> chatPath;

    /** @param chatPath of a model's chat completions: for most the same for all, for Azure the deployment's */
    public ChatWire(Flavour flavour, String provider, Refusals refusals, Function<String, String> chatPath) {
        this.flavour = flavour;
        this.provider = provider;
        this.refusals = refusals;
        this.chatPath = chatPath;
    }

    @Override
    public Outgoing write(ChatRequest request, String model, Fields fields) {
        String path = chatPath.apply(model);
        boolean chat = request.prompt() instanceof Prompt.Conversation;
        if (!chat) path = path.replace("/chat/completions", flavour.completionsPath());
        Flavour spoken = chat ? flavour : flavour.completions();
        return new Outgoing(path, new ChatWriter(spoken, provider, fields).write(request, model));
    }

    @Override
    public AnswerReader reader(ChatRequest request, String model, Answer answer) {
        return new ChatReader(answer, refusals, model);
    }
}
