package dev.dalang.server.llamacpp;

import dev.dalang.api.ChatModel;
import dev.dalang.api.Prompt;
import dev.dalang.server.ServedModels;
import dev.dalang.server.http.EventStream;
import dev.dalang.server.http.Exchange;
import dev.dalang.server.http.Fields;
import dev.dalang.server.http.Json;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code /completion} and {@code /infill}. */
final class CompletionEndpoints {

    private final ServedModels models;
    private final OneModel one;

    CompletionEndpoints(ServedModels models, OneModel one) {
        this.models = models;
        this.one = one;
    }

    void completion(Exchange x) {
        Fields f = x.fields();
        String model = one.name(x, f.text("model"));
        CompletionReader.Read read = CompletionReader.read(f, model);
        Prompts prompts = Prompts.read(
                f, use -> models.withLocal(model, x.caller(), x.cancellation(), m -> use.apply(m.tokenizer())));
        f.done();
        answer(x, model, read, prompts);
    }

    void infill(Exchange x) {
        Fields f = x.fields();
        String model = one.name(x, f.text("model"));
        if (f.text("input_prefix") == null && f.text("input_suffix") == null) {
            throw f.invalid("input_prefix", "or input_suffix is required");
        }
        String prefix = f.text("input_prefix", "");
        String suffix = f.text("input_suffix", "");
        String prompt = f.text("prompt", "");
        StringBuilder extra = new StringBuilder();
        List<Fields> files = f.objects("input_extra");
        for (Fields file : files == null ? List.<Fields>of() : files) {
            // As llama.cpp does for models without a token between files.
            extra.append("--- ").append(file.text("filename", "tmp")).append('\n');
            extra.append(file.requireText("text")).append('\n');
        }
        CompletionReader.Read read = CompletionReader.read(f, model);
        f.done();
        Prompt whole = new Prompt.Infill(extra + prefix + prompt, suffix);
        answer(x, model, read, new Prompts(List.of(whole), false));
    }

    private void answer(Exchange x, String model, CompletionReader.Read read, Prompts prompts) {
        ChatModel chat = models.chat(model, x.caller());
        Consumer<ObjectNode> out;
        ArrayNode whole = Json.array();
        if (read.stream()) out = new Lazy(x);
        else out = whole::add;
        int index = 0;
        for (Prompt prompt : prompts.prompts()) {
            chat.chat(read.with(prompt), x.cancellation(), new CompletionWriter(index++, read, prompt, out));
        }
        if (!read.stream()) x.send(200, prompts.several() ? whole : whole.get(0));
    }

    /** Begins the stream with its first event, so that what fails before has a status of its own. */
    private static final class Lazy implements Consumer<ObjectNode> {
        private final Exchange exchange;
        private @Nullable EventStream stream;

        Lazy(Exchange exchange) {
            this.exchange = exchange;
        }

        @Override
        public void accept(ObjectNode data) {
            if (stream == null) stream = exchange.events();
            stream.data(data);
        }
    }
}
