package dev.dalang.cli;

import dev.dalang.api.Cancellation;
import dev.dalang.api.DalangException;
import dev.dalang.api.EmbeddingModel;
import dev.dalang.api.EmbeddingRequest;
import dev.dalang.api.EmbeddingResponse;
import dev.dalang.api.Failure;
import dev.dalang.server.guard.Caller;
import dev.dalang.trust.policy.Decision;
import dev.dalang.trust.policy.Policy;
import dev.dalang.trust.redact.Action;
import dev.dalang.trust.redact.Redactor;

/** A hosted embedding model behind the rules on what may leave; what is replaced in a text stays so in its vector. */
final class PolicedEmbeddings implements EmbeddingModel {

    private final EmbeddingModel hosted;
    private final Policy policy;
    private final Caller caller;

    PolicedEmbeddings(EmbeddingModel hosted, Policy policy, Caller caller) {
        this.hosted = hosted;
        this.policy = policy;
        this.caller = caller;
    }

    @Override
    public String name() {
        return hosted.name();
    }

    @Override
    public int dimensions() {
        return hosted.dimensions();
    }

    @Override
    public EmbeddingResponse embed(EmbeddingRequest request, Cancellation cancellation) {
        Decision d = PolicedModel.decision(policy, caller.name(), null, name());
        Redactor redactor = new Redactor(d.settings());
        EmbeddingRequest redacted = redactor.redact(request);
        boolean stays = redactor.verdict().compareTo(Action.REDACT) > 0 || redactor.stuck() != null;
        if (stays) {
            throw new DalangException(new Failure.ContentPolicy("the texts hold "
                    + redactor.report().sentence() + ", which may not go to " + name()
                    + "; take it out, or ask a model on this machine"));
        }
        return hosted.embed(redacted, cancellation);
    }
}
