package dev.dalang.gateway.route;

import dev.dalang.api.ChatEvent;
import dev.dalang.api.ResponseFacts;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;

/** How a request got to the model that answered: whom it asked before, and what came of it. */
final class Steps {
    private static final JsonMapper JSON = JsonMapper.shared();

    private record Step(String model, String result, long millis) {}

    private final String asked;
    private final List<Step> failed = new ArrayList<>();
    private int unsure;

    Steps(String asked) {
        this.asked = asked;
    }

    void failed(String model, String why, long nanos) {
        failed.add(new Step(model, why, nanos / 1_000_000));
        tell(null);
    }

    /** An attempt that may have to be paid for though nothing came of it. */
    void unsure() {
        unsure++;
    }

    boolean isEmpty() {
        return failed.isEmpty();
    }

    /** Notes the steps for the ledger and the answer's headers. */
    void tell(@Nullable Candidate answering) {
        ResponseFacts facts = ResponseFacts.current();
        if (facts == null) return;
        StringBuilder route = new StringBuilder(asked);
        ArrayNode steps = JSON.createArrayNode();
        for (Step s : failed) {
            route.append(" -> ")
                    .append(s.model())
                    .append(" (")
                    .append(s.result())
                    .append(')');
            steps.addObject().put("model", s.model()).put("result", s.result()).put("ms", s.millis());
        }
        if (answering != null) {
            String model = answering.target().model();
            if (!model.equals(asked)) route.append(" -> ").append(model);
            steps.addObject().put("model", model).put("result", "answered");
            facts.put(ResponseFacts.MODEL, model);
            String digest = answering.target().digest();
            if (digest != null) facts.put(ResponseFacts.DIGEST, digest);
        }
        facts.put(ResponseFacts.ROUTE, route.toString());
        facts.put(ResponseFacts.STEPS, steps.toString());
        if (unsure > 0) facts.put(ResponseFacts.UNSURE_ATTEMPTS, Integer.toString(unsure));
    }

    /** What the caller is told when somebody else answers, or the same after a failure. */
    ChatEvent.Notice fallback(String model) {
        return notice("fallback", model, " answers, because ");
    }

    /** What the caller is told when the rules kept the request on this machine. */
    ChatEvent.Notice keptHere(String model) {
        return notice("kept_local", model, " on this machine answers, because ");
    }

    private ChatEvent.Notice notice(String code, String model, String because) {
        StringBuilder said = new StringBuilder();
        Map<String, String> details = new LinkedHashMap<>();
        for (Step s : failed) {
            if (!said.isEmpty()) said.append("; ");
            said.append(s.model()).append(": ").append(s.result());
        }
        details.put("asked", JSON.writeValueAsString(asked));
        details.put("model", JSON.writeValueAsString(model));
        return new ChatEvent.Notice(code, model + because + said, details);
    }
}
