package dev.dalang.cli;

import dev.dalang.api.Cancellation;
import dev.dalang.api.ChatEvent;
import dev.dalang.api.ChatModel;
import dev.dalang.api.ChatRequest;
import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.api.ResponseFacts;
import dev.dalang.trust.policy.Decision;
import dev.dalang.trust.policy.Policy;
import dev.dalang.trust.policy.Question;
import dev.dalang.trust.redact.Action;
import dev.dalang.trust.redact.RedactingModel;
import dev.dalang.trust.redact.RedactionReport;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A hosted model behind the rules on what may leave this machine, which depend on who asks and by which route. */
final class PolicedModel implements ChatModel {

    /**
     * @param key the name of the key that asks, or null for whoever sits at this machine
     * @param asked the name that the request used: a route's, or the model's own
     */
    private record Asking(@Nullable String key, String asked) {}

    private static final ScopedValue<Asking> ASKING = ScopedValue.newInstance();

    private final ChatModel hosted;
    private final Policy policy;

    /** Of when it was opened, since a model may be asked on another thread. */
    private final @Nullable Asking asking;

    PolicedModel(ChatModel hosted, Policy policy) {
        this.hosted = hosted;
        this.policy = policy;
        this.asking = ASKING.isBound() ? ASKING.get() : null;
    }

    /** Lets the rules know who asks while {@code work} runs, of the models that are opened meanwhile. */
    static <T extends @Nullable Object> T askedBy(@Nullable String key, String name, Supplier<T> work) {
        return ScopedValue.where(ASKING, new Asking(key, name)).call(work::get);
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
                facts.put(ResponseFacts.REDACTIONS, counts(n.details()));
            }
            events.accept(e);
        });
    }

    /** As {@link RedactionReport#header}: {@code email=2, card=1}. */
    private static String counts(Map<String, String> details) {
        return details.entrySet().stream()
                .filter(d -> !d.getKey().equals("replaced"))
                .map(d -> d.getKey() + "=" + d.getValue())
                .collect(Collectors.joining(", "));
    }

    private RedactingModel allowed() {
        String key = asking == null ? null : asking.key;
        String route = asking == null || asking.asked.equals(name()) ? null : asking.asked;
        return new RedactingModel(hosted, decision(policy, key, route, name()).settings());
    }

    /** @throws DalangException where the rules keep a model from whoever asks, whatever the request holds */
    static Decision decision(Policy policy, @Nullable String key, @Nullable String route, String model) {
        Decision d = policy.decide(Question.of(key, route, model));
        String why = String.join("; ", d.why());
        if (d.whole() == Action.BLOCK) throw new DalangException(new Failure.PermissionDenied(why));
        // A model of this machine may answer instead.
        if (d.whole() == Action.LOCAL_ONLY) throw new DalangException(new Failure.ContentPolicy(why, true));
        return d;
    }
}
