package dev.dalang.gateway.route;

import dev.dalang.api.ChatRequest;
import dev.dalang.api.Message;
import dev.dalang.api.Part;
import dev.dalang.api.Prompt;
import java.util.EnumSet;
import java.util.Set;

/** What a request needs a model to be able to. */
final class Needs {
    private Needs() {}

    static Set<Candidate.Capability> of(ChatRequest request) {
        Set<Candidate.Capability> needs = EnumSet.noneOf(Candidate.Capability.class);
        if (!request.tools().isEmpty()) needs.add(Candidate.Capability.TOOLS);
        if (request.prompt() instanceof Prompt.Conversation c) {
            for (Message m : c.messages()) for (Part p : m.parts()) add(p, needs);
        }
        return needs;
    }

    private static void add(Part part, Set<Candidate.Capability> needs) {
        switch (part) {
            case Part.Image i -> needs.add(Candidate.Capability.IMAGES);
            case Part.Audio a -> needs.add(Candidate.Capability.AUDIO);
            case Part.Document d -> needs.add(Candidate.Capability.DOCUMENTS);
            case Part.ToolResult r -> r.parts().forEach(p -> add(p, needs));
            default -> {}
        }
    }
}
