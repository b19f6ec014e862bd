package dev.dalang.engine.generate;

import dev.dalang.api.ChatEvent;
import dev.dalang.api.ChatRequest;
import dev.dalang.api.DalangException;
import dev.dalang.api.Prompt;
import dev.dalang.engine.format.ModelSource;
import dev.dalang.engine.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;

/** A request's prompt as token ids: chat template, special tokens, limits. */
public final class PromptEncoder {

    /** @param notices what the caller should know about how the prompt came about */
    @SuppressWarnings("ArrayRecordComponent") // handed over, not kept
    public record Encoded(int[] ids, List<ChatEvent.Notice> notices) {}

    private final ModelSource source;
    private final Tokenizer tokenizer;

    PromptEncoder(ModelSource source, Tokenizer tokenizer) {
        this.source = source;
        this.tokenizer = tokenizer;
    }

    /**
     * @param limit positions that prompt and answer may take together
     * @throws DalangException if there is nothing to evaluate or no room left for an answer
     */
    public Encoded encode(ChatRequest request, int limit) {
        List<ChatEvent.Notice> notices = new ArrayList<>();
        int[] ids = switch (request.prompt()) {
            case Prompt.Raw raw -> tokenizer.withSpecials(tokenizer.encode(raw.text(), true));
            case Prompt.Tokens tokens -> tokens.ids();
            case Prompt.Conversation c ->
                throw DalangException.unsupported(source.name() + ": no chat template", "chat");
            case Prompt.Infill infill ->
                throw DalangException.unsupported("fill in the middle is not supported", "infill");
        };
        if (ids.length == 0) throw DalangException.invalidRequest("the prompt is empty", "prompt");
        if (ids.length >= limit) throw Answer.overflow(ids.length, limit);
        return new Encoded(ids, notices);
    }
}
