package dev.dalang.trust.redact;

import dev.dalang.api.Cancellation;
import dev.dalang.api.ChatEvent;
import dev.dalang.api.ChatModel;
import dev.dalang.api.ChatRequest;
import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A model that never sees what must not leave: it gets placeholders, and whoever asked gets the values back.
 *
 * <p>The answer says what was found in a {@link ChatEvent.Notice} after its start: code {@code redacted} when something was
 * replaced, {@code sensitive} when it went as it is, {@code kept_local} when a model on this machine answers in place of the
 * one asked for; {@link RedactionReport#details} goes with it. Nothing that this class throws or says holds a value.
 *
 * <p>Where {@link Action#BLOCK} or {@link Action#LOCAL_ONLY} without a local model meets something, where a value stands in
 * a place that must stay as it is (a tool's name, an address, a grammar), or where the prompt is token ids that should be
 * redacted, the request fails with {@link Failure.ContentPolicy} before anything leaves.
 */
public final class RedactingModel implements ChatModel {

    /** The code of the notice on replaced values. */
    public static final String REDACTED = "redacted";

    /** The code of the notice on values that went as they are. */
    public static final String SENSITIVE = "sensitive";

    /** The code of the notice on a local model that answers instead. */
    public static final String KEPT_LOCAL = "kept_local";

    private final ChatModel model;
    private final @Nullable ChatModel local;
    private final Function<? super ChatRequest, RedactionSettings> settings;

    /** One setting for every request, and no local model to turn to. */
    public RedactingModel(ChatModel model, RedactionSettings settings) {
        this(model, null, request -> settings);
    }

    /**
     * @param model gets what may leave
     * @param local answers where something must stay, or null
     * @param settings of a request: by its route, by the key that asks
     */
    public RedactingModel(
            ChatModel model, @Nullable ChatModel local, Function<? super ChatRequest, RedactionSettings> settings) {
        this.model = model;
        this.local = local;
        this.settings = settings;
    }

    @Override
    public String name() {
        return model.name();
    }

    @Override
    public int countTokens(ChatRequest request) {
        RedactionSettings s = settings.apply(request);
        if (s.off()) return model.countTokens(request);
        Redactor redactor = new Redactor(s);
        ChatRequest redacted = redactor.redact(request);
        return Refusals.stays(redactor, model.name(), local != null)
                ? local().countTokens(request)
                : model.countTokens(redacted);
    }

    @Override
    public void chat(ChatRequest request, Cancellation cancellation, Consumer<? super ChatEvent> events) {
        RedactionSettings s = settings.apply(request);
        if (s.off()) {
            model.chat(request, cancellation, events);
            return;
        }
        Redactor redactor = new Redactor(s);
        ChatRequest redacted = redactor.redact(request);
        RedactionReport report = redactor.report();
        if (Refusals.stays(redactor, model.name(), local != null)) {
            ChatModel instead = local();
            String message = "the request holds " + report.sentence() + ", so " + instead.name()
                    + " on this machine answers instead of " + model.name();
            Placeholders none = new Placeholders();
            instead.chat(
                    request.toBuilder().model(instead.name()).build(),
                    cancellation,
                    new AnswerRestorer(none, new ChatEvent.Notice(KEPT_LOCAL, message, report.details()), events));
            return;
        }
        model.chat(redacted, cancellation, new AnswerRestorer(redactor.placeholders(), notice(report), events));
    }

    private ChatModel local() {
        if (local == null) {
            throw new DalangException(new Failure.Internal("a request must stay here and no local model is set"));
        }
        return local;
    }

    static ChatEvent.@Nullable Notice notice(RedactionReport report) {
        if (report.empty()) return null;
        String blind = report.blind() == 0
                ? ""
                : report.blind() == 1
                        ? "; 1 attachment could not be looked into"
                        : "; " + report.blind() + " attachments could not be looked into";
        boolean redacted = report.replaced() > 0;
        String message = "the request holds " + report.sentence()
                + (redacted ? ", of which " + report.replaced() + " left as placeholders" : ", sent as it is") + blind;
        return new ChatEvent.Notice(redacted ? REDACTED : SENSITIVE, message, report.details());
    }
}
