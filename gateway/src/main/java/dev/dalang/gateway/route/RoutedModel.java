package dev.dalang.gateway.route;

import dev.dalang.api.Cancellation;
import dev.dalang.api.ChatEvent;
import dev.dalang.api.ChatModel;
import dev.dalang.api.ChatRequest;
import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import java.util.List;
import java.util.function.Consumer;

/**
 * The link that asks the models of a route one after the other, until one answers. From the first piece of an answer on,
 * nobody else is asked: a generation is never run twice behind the caller's back. Whoever answers in another's place is
 * named in a notice {@code fallback}, and where the rules kept the request on this machine, {@code kept_local}.
 */
final class RoutedModel implements ChatModel {

    private final String name;
    private final Router router;

    RoutedModel(String name, Router router) {
        this.name = name;
        this.router = router;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int countTokens(ChatRequest request) {
        Decision decision = router.explain(request);
        List<Decision.Verdict> fitting = decision.fitting();
        if (fitting.isEmpty()) throw nobody(decision);
        String model = fitting.getFirst().model();
        return router.models()
                .open(model, decision.route().times().connect())
                .countTokens(request.toBuilder().model(model).build());
    }

    @Override
    public void chat(ChatRequest request, Cancellation cancellation, Consumer<? super ChatEvent> events) {
        Decision decision = router.explain(request.toBuilder().model(name).build());
        if (decision.fitting().isEmpty()) throw nobody(decision);
        new RoutedRequest(router, decision, request, cancellation, events).run();
    }

    private static DalangException nobody(Decision d) {
        if (d.verdicts().size() == 1) {
            Decision.Verdict only = d.verdicts().getFirst();
            return new DalangException(
                    new Failure.ModelUnavailable(only.model() + " cannot answer: " + only.why(), only.model()));
        }
        StringBuilder why = new StringBuilder();
        for (Decision.Verdict v : d.verdicts()) {
            if (!why.isEmpty()) why.append("; ");
            why.append(v.model()).append(": ").append(v.why());
        }
        return new DalangException(new Failure.ModelUnavailable(
                "no model of the route " + d.route().name() + " can answer this request: " + why,
                d.route().name()));
    }
}
