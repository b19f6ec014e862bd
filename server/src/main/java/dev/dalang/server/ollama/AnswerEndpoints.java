package dev.dalang.server.ollama;

import dev.dalang.api.ChatEvent.Notice;
import dev.dalang.api.ChatModel;
import dev.dalang.api.ChatRequest;
import dev.dalang.server.ServedModel;
import dev.dalang.server.ServedModels;
import dev.dalang.server.http.Exchange;
import dev.dalang.server.http.LineStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** {@code /api/chat} and {@code /api/generate}: answers, and models loaded and unloaded by asking nothing. */
final class AnswerEndpoints {

    private final ServedModels models;

    AnswerEndpoints(ServedModels models) {
        this.models = models;
    }

    void chat(Exchange x) {
        answer(x, RequestReader.chat(x.fields()), AnswerForm.CHAT);
    }

    void generate(Exchange x) {
        answer(x, RequestReader.generate(x.fields()), AnswerForm.GENERATE);
    }

    private void answer(Exchange x, RequestReader.Read read, AnswerForm form) {
        ServedModel model = models.find(read.model(), x.caller());
        ChatRequest request = read.request();
        if (request == null) {
            x.send(200, loadOrUnload(x, read, model, form));
            return;
        }
        List<Notice> notices = new ArrayList<>();
        request = withinContext(request, model, notices);
        boolean local = model.kind() != ServedModel.Kind.HOSTED;
        Contexts contexts = new Contexts(models, read.model(), x);
        Function<String, int @Nullable []> context = text -> null;
        if (form == AnswerForm.GENERATE && read.keepsContext() && local) {
            Contexts.Continued continued = contexts.after(read.context(), request);
            request = continued.request();
            context = text -> contexts.with(continued.prompt(), text);
        } else if (read.context() != null) {
            throw contexts.impossible();
        }
        ChatModel chat = models.chat(read.model(), read.keepAlive(), x.caller());
        if (read.stream()) {
            chat.chat(request, x.cancellation(), new AnswerLines(form, read.model(), notices, context, new Lazy(x)));
        } else {
            WholeAnswer whole = new WholeAnswer(form, read.model(), notices, context);
            chat.chat(request, x.cancellation(), whole);
            x.send(200, whole.answer());
        }
    }

    /** {@code num_ctx} beyond what the model has is what the model has, as with Ollama; said, not done in silence. */
    private static ChatRequest withinContext(ChatRequest request, ServedModel model, List<Notice> notices) {
        Integer wished = request.contextLength();
        Integer most = model.context();
        if (wished == null || most == null || wished <= most) return request;
        notices.add(new Notice(
                "context_limited", "num_ctx is " + wished + ", but " + model.name() + " has a context of " + most));
        return request.toBuilder().contextLength(most).build();
    }

    private ObjectNode loadOrUnload(Exchange x, RequestReader.Read read, ServedModel model, AnswerForm form) {
        long start = System.nanoTime();
        boolean unload = Duration.ZERO.equals(read.keepAlive());
        if (model.kind() != ServedModel.Kind.HOSTED) {
            if (unload) models.unload(read.model(), x.caller());
            else models.load(read.model(), read.keepAlive(), x.caller(), x.cancellation());
        }
        ObjectNode done = form.empty(read.model());
        done.put("done", true).put("done_reason", unload ? "unload" : "load");
        long took = System.nanoTime() - start;
        return done.put("total_duration", took).put("load_duration", unload ? 0 : took);
    }

    /** Begins the lines with the first of them, so that what fails before has a status of its own. */
    static final class Lazy implements Consumer<ObjectNode> {
        private final Exchange exchange;
        private @Nullable LineStream stream;

        Lazy(Exchange exchange) {
            this.exchange = exchange;
        }

        @Override
        public void accept(ObjectNode line) {
            if (stream == null) stream = exchange.lines();
            stream.line(line);
        }
    }
}
