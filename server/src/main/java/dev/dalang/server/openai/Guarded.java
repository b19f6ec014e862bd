package dev.dalang.server.openai;

import dev.dalang.api.DalangException;
import dev.dalang.server.http.Endpoint;
import dev.dalang.server.http.Exchange;

/** An endpoint whose failures tell OpenAI's clients more than the shared form of errors can. */
public final class Guarded implements Endpoint {

    private final Endpoint endpoint;

    private Guarded(Endpoint endpoint) {
        this.endpoint = endpoint;
    }

    public static Endpoint of(Endpoint endpoint) {
        return new Guarded(endpoint);
    }

    @Override
    public void handle(Exchange exchange) {
        try {
            endpoint.handle(exchange);
        } catch (Refusal refusal) {
            exchange.send(refusal.status(), refusal.body());
        } catch (DalangException e) {
            // Clients try again by themselves what ended in 5xx or 429, twice, also where it cannot end otherwise.
            // Too late where a stream has begun, and then of no use either.
            if (!OpenAiErrors.mayPass(e.failure())) exchange.responseHeader("x-should-retry", "false");
            throw e;
        }
    }
}
