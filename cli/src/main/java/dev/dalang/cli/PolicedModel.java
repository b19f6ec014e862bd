package dev.dalang.cli;

import dev.dalang.api.Cancellation;
import dev.dalang.api.ChatEvent;
import dev.dalang.api.ChatModel;
import dev.dalang.api.ChatRequest;
import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.api.ResponseFacts;
import dev.dalang.server.guard.Caller;
import dev.dalang.trust.policy.Decision;
import dev.dalang.trust.policy.Policy;
import dev.dalang.trust.policy.Question;
import dev.dalang.trust.redact.Action;
import dev.dalang.trust.redact.RedactingModel;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A hosted model behind the rules on what may leave this machine, which depend on who asks and by which route. */
final class PolicedModel implements ChatModel {

    /** @param asked the name that the request used: a route's, or the model's own */
    private record Asking(Caller caller, String asked) {}

    private static final ScopedValue<Asking> ASKING = ScopedValue.newInstance();

    private final ChatModel hosted;
    private final Policy policy;

    PolicedModel(ChatModel hosted, Policy policy) {
        this.hosted = hosted;
        this.policy = policy;
    }

    /** Lets the rules know who asks while {@code work} runs. */
    static <T extends @Nullable Object> T askedBy(Caller caller, String name, Supplier<T> work) {
        return ScopedValue.where(ASKING, new Asking(caller, name)).call(work::get);
    }

    @Override
    public String name() {
        return hosted.name();
    }

    @Override
    public int countTokens(ChatRequest request) {
        return allowed().countTokens(request);
    }

    @Override
    public void chat(ChatRequest request, Cancellation cancellation, Consumer<? super ChatEvent> events) {
        ResponseFacts facts = ResponseFacts.current();
        allowed().chat(request, cancellation, e -> {
            if (facts != null && e instanceof ChatEvent.Notice n && n.code().equals(RedactingModel.REDACTED)) {
                facts.put(ResponseFacts.REDACTIONS, String.valueOf(n.details().get("replaced")));
            }
            events.accept(e);
        });
    }

    private RedactingModel allowed() {
        Decision d = decision(policy, name());
        return new RedactingModel(hosted, d.settings());
    }

    /** @throws DalangException where the rules keep a model from whoever asks, whatever the request holds */
    static Decision decision(Policy policy, String model) {
        Asking asking = ASKING.isBound() ? ASKING.get() : null;
        String key = asking == null ? null : asking.caller.name();
        String route = asking == null || asking.asked.equals(model) ? null : asking.asked;
        Decision d = policy.decide(Question.of(key, route, model));
        String why = String.join("; ", d.why());
        if (d.whole() == Action.BLOCK) throw new DalangException(new Failure.PermissionDenied(why));
        // Another model of the route may be here.
        if (d.whole() == Action.LOCAL_ONLY) throw new DalangException(new Failure.ModelUnavailable(why, model));
        return d;
    }
}
