package dev.dalang.trust.redact;

import dev.dalang.api.Cancellation;
import dev.dalang.api.ChatEvent;
import dev.dalang.api.EmbeddingModel;
import dev.dalang.api.EmbeddingRequest;
import dev.dalang.api.EmbeddingResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** An embedding model that gets placeholders; its vectors are those of the redacted texts. */
public final class RedactingEmbeddings implements EmbeddingModel {
    private final EmbeddingModel model;
    private final Function<? super EmbeddingRequest, RedactionSettings> settings;

    public RedactingEmbeddings(EmbeddingModel model, Function<? super EmbeddingRequest, RedactionSettings> settings) {
        this.model = model;
        this.settings = settings;
    }

    @Override
    public String name() {
        return model.name();
    }

    @Override
    public int dimensions() {
        return model.dimensions();
    }

    /** A model on this machine with other vectors is no help, so what must stay here is refused. */
    @Override
    public EmbeddingResponse embed(EmbeddingRequest request, Cancellation cancellation) {
        RedactionSettings s = settings.apply(request);
        if (s.off()) return model.embed(request, cancellation);
        Redactor redactor = new Redactor(s);
        EmbeddingRequest redacted = redactor.redact(request);
        Refusals.stays(redactor, model.name(), false);
        EmbeddingResponse answer = model.embed(redacted, cancellation);
        ChatEvent.Notice notice = RedactingModel.notice(redactor.report());
        if (notice == null) return answer;
        List<ChatEvent.Notice> notices = new ArrayList<>(answer.notices());
        notices.add(notice);
        return new EmbeddingResponse(answer.model(), answer.vectors(), answer.usage(), notices);
    }
}
