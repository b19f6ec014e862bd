package dev.dalang.gateway.provider;

import dev.dalang.api.ChatEvent;
import dev.dalang.api.ChatRequest;
import dev.dalang.api.Message;
import dev.dalang.api.Part;
import dev.dalang.api.Prompt;
import dev.dalang.gateway.provider.wire.Fields;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Proofs of reasoning and sealed reasoning, which only who made them can read, and others refuse. They are kept by the
 * caller, whose next request may go to another model, so each is marked with its owner on the way out; on the way back
 * the owner gets its own as it was, and what is another's is left out and reported. What has no mark comes from a
 * conversation that did not begin here, and goes along.
 */
final class Seal {
    /** No proof looks like this: they are Base64. */
    private static final String MARK = "dalang:";

    private final String owner;

    Seal(String owner) {
        this.owner = owner;
    }

    /** An answer's events with the marks on what they seal. */
    Consumer<ChatEvent> marking(Consumer<? super ChatEvent> events) {
        return event -> events.accept(
                switch (event) {
                    case ChatEvent.ReasoningSignature e ->
                        new ChatEvent.ReasoningSignature(marked(e.signature()), e.itemId());
                    case ChatEvent.ReasoningRedacted e -> new ChatEvent.ReasoningRedacted(marked(e.data()), e.itemId());
                    default -> event;
                });
    }

    private String marked(String sealed) {
        return MARK + owner + ":" + sealed;
    }

    /** The request as the owner may have it. */
    ChatRequest open(ChatRequest request, Fields fields, String provider) {
        if (!(request.prompt() instanceof Prompt.Conversation c)) return request;
        Set<String> others = new TreeSet<>();
        List<Message> messages = new ArrayList<>();
        for (Message m : c.messages()) {
            List<Part> parts = new ArrayList<>();
            for (Part p : m.parts()) {
                Part opened = open(p, others);
                if (opened != null) parts.add(opened);
            }
            messages.add(parts.equals(m.parts()) ? m : new Message(m.role(), parts, m.name()));
        }
        if (!others.isEmpty()) {
            fields.notice(
                    "reasoning_left_out",
                    provider + " cannot read the sealed reasoning of " + String.join(", ", others)
                            + " in this conversation; it was left out");
        }
        return messages.equals(c.messages())
                ? request
                : request.toBuilder().prompt(new Prompt.Conversation(messages)).build();
    }

    private @Nullable Part open(Part part, Set<String> others) {
        switch (part) {
            case Part.Reasoning r
            when r.signature() != null -> {
                String own = own(r.signature(), others);
                return own == null
                        ? new Part.Reasoning(r.text(), null, null, r.summary())
                        : new Part.Reasoning(r.text(), own, r.itemId(), r.summary());
            }
            case Part.RedactedReasoning r -> {
                String own = own(r.data(), others);
                return own == null ? null : new Part.RedactedReasoning(own, r.itemId());
            }
            default -> {
                return part;
            }
        }
    }

    /** Without its mark, or null where it is another's. */
    private @Nullable String own(String sealed, Set<String> others) {
        int end = sealed.startsWith(MARK) ? sealed.indexOf(':', MARK.length()) : -1;
        if (end < 0) return sealed;
        String whose = sealed.substring(MARK.length(), end);
        if (whose.equals(owner)) return sealed.substring(end + 1);
        others.add(whose);
        return null;
    }
}
