package dev.dalang.gateway.provider.openai;

import dev.dalang.api.ChatRequest;
import dev.dalang.api.Message;
import dev.dalang.api.Part;
import dev.dalang.api.Prompt;
import dev.dalang.api.Tool;
import dev.dalang.api.Truncation;
import dev.dalang.gateway.provider.wire.Answer;
import dev.dalang.gateway.provider.wire.AnswerReader;
import dev.dalang.gateway.provider.wire.Fields;
import dev.dalang.gateway.provider.wire.Outgoing;
import dev.dalang.gateway.provider.wire.Wire;
import java.util.List;

/**
 * Both of OpenAI's protocols: Chat Completions, unless a request uses what only Responses has (summaries of reasoning,
 * reasoning that goes back sealed, hosted tools, stored responses).
 */
public final class OpenAiWire implements Wire {
    private static final List<String> RESPONSES_ONLY = List.of(
            "previous_response_id", "conversation", "max_tool_calls", "include", "prompt", "context_management");

    private final Wire chat;
    private final Wire responses;

    public OpenAiWire(Wire chat, Wire responses) {
        this.chat = chat;
        this.responses = responses;
    }

    private Wire of(ChatRequest request) {
        return needsResponses(request) ? responses : chat;
    }

    static boolean needsResponses(ChatRequest r) {
        if (r.reasoning().summary() != null || r.reasoning().includeEncrypted()) return true;
        if (r.truncation() == Truncation.DROP_OLDEST) return true;
        if (r.tools().stream().anyMatch(Tool.Hosted.class::isInstance)) return true;
        if (RESPONSES_ONLY.stream().anyMatch(r.extensions()::containsKey)) return true;
        if (!(r.prompt() instanceof Prompt.Conversation c)) return false;
        for (Message m : c.messages()) {
            for (Part p : m.parts()) {
                if (p instanceof Part.Opaque || p instanceof Part.RedactedReasoning) return true;
                if (p instanceof Part.Reasoning t && t.signature() != null) return true;
            }
        }
        return false;
    }

    @Override
    public Outgoing write(ChatRequest request, String model, Fields fields) {
        return of(request).write(request, model, fields);
    }

    @Override
    public AnswerReader reader(ChatRequest request, String model, Answer answer) {
        return of(request).reader(request, model, answer);
    }

    @Override
    public Outgoing counting(ChatRequest request, String model, Fields fields) {
        Outgoing out = responses.counting(request, model, fields);
        if (out == null) throw new IllegalStateException("Responses count tokens");
        return out;
    }
}
