package dev.dalang.gateway.provider;

import dev.dalang.api.Cancellation;
import dev.dalang.api.ChatEvent;
import dev.dalang.api.ChatEvent.Notice;
import dev.dalang.api.ChatModel;
import dev.dalang.api.ChatRequest;
import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.api.Message;
import dev.dalang.api.Part;
import dev.dalang.api.Prompt;
import dev.dalang.gateway.provider.wire.Answer;
import dev.dalang.gateway.provider.wire.AnswerReader;
import dev.dalang.gateway.provider.wire.Fields;
import dev.dalang.gateway.provider.wire.Frame;
import dev.dalang.gateway.provider.wire.Frames;
import dev.dalang.gateway.provider.wire.Json;
import dev.dalang.gateway.provider.wire.Line;
import dev.dalang.gateway.provider.wire.Outgoing;
import dev.dalang.gateway.provider.wire.Wire;
import dev.dalang.net.Abort;
import dev.dalang.net.NetException;
import dev.dalang.net.Response;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;

/**
 * A model of a provider behind the doorway. One request is one POST: nothing is sent twice here; {@link Retry} tells
 * whoever wraps this what may be. Every answer is streamed, so that it can be read, stopped and counted as it comes.
 */
public final class HostedModel implements ChatModel {
    private static final int MAX_WHOLE_BYTES = 128 << 20;
    /** As many as stand before an answer that is not streamed, at most. */
    private static final int MAX_BLANKS = 64;

    private final Line line;
    private final Wire wire;
    private final String model;
    private final Seal seal;

    HostedModel(Line line, Wire wire, String model) {
        this.line = line;
        this.wire = wire;
        this.model = model;
        String family = wire.sealer(model);
        this.seal = new Seal(family == null ? line.provider() : family);
    }

    /** {@code provider/model}. */
    @Override
    public String name() {
        return line.provider() + "/" + model;
    }

    @Override
    public void chat(ChatRequest request, Cancellation cancellation, Consumer<? super ChatEvent> events) {
        Fields fields = new Fields(request);
        ChatRequest opened = seal.open(request, fields, line.provider());
        Outgoing out = wire.write(opened, model, fields);
        List<Notice> notices = fields.settle(line.provider());
        Answer answer = new Answer(line.provider(), model, seal.marking(events), notices, characters(request.prompt()));
        AnswerReader reader = wire.reader(opened, model, answer);
        Abort abort = new Abort();
        try (Cancellation.Registration _ = cancellation.onCancel(abort::abort)) {
            read(out, request, reader, answer, abort);
        } catch (DalangException e) {
            if (!cancellation.isCancelled() || !brokenOff(e)) throw e;
        }
        if (cancellation.isCancelled() && !answer.hasEnded()) answer.cancelled();
        else answer.complete();
    }

    private void read(Outgoing out, ChatRequest request, AnswerReader reader, Answer answer, Abort abort) {
        try (Response response = line.post(out, model, true, request.timeout(), abort)) {
            InputStream body = new BufferedInputStream(response.body());
            if (!isStream(response, body)) {
                whole(response.status(), body, reader);
                return;
            }
            Frames frames = wire.frames(body);
            for (Frame frame; (frame = frames.next()) != null; ) {
                if (abort.aborted() || !reader.read(frame)) return;
            }
            if (!answer.hasStarted()) throw line.refusals().of(response.status(), "", null, model);
        } catch (IOException e) {
            throw line.failed(e);
        }
    }

    /** By its type; where that says nothing, by its beginning, which is JSON's or a web page's. */
    private static boolean isStream(Response response, InputStream body) throws IOException {
        String type = String.valueOf(response.header("Content-Type")).toLowerCase(Locale.ROOT);
        if (type.startsWith("text/event-stream") || type.startsWith("application/vnd.amazon.eventstream")) return true;
        if (type.startsWith("application/json") || type.startsWith("text/html")) return false;
        body.mark(MAX_BLANKS + 1);
        int first = body.read();
        for (int i = 0; i < MAX_BLANKS && first >= 0 && Character.isWhitespace(first); i++) first = body.read();
        body.reset();
        return first != '{' && first != '[' && first != '<';
    }

    /** An answer that is no stream: an error under a good status, a web page, or all of the answer at once. */
    private void whole(int status, InputStream body, AnswerReader reader) throws IOException {
        String text = new String(body.readNBytes(MAX_WHOLE_BYTES), StandardCharsets.UTF_8);
        JsonNode json = Json.parse(text);
        if (json == null || !json.isObject() || json.hasNonNull("error") || "error".equals(Json.text(json, "type"))) {
            throw line.refusals().of(json == null ? status : 0, text, null, model);
        }
        boolean _ = reader.read(new Frame("", text));
    }

    private static boolean brokenOff(DalangException e) {
        return e.getCause() instanceof NetException n && n.kind() == NetException.Kind.ABORTED;
    }

    @Override
    public int countTokens(ChatRequest request) {
        Fields fields = new Fields(request);
        Outgoing out = wire.counting(seal.open(request, fields, line.provider()), model, fields);
        if (out == null) return ChatModel.super.countTokens(request);
        try (Response response = line.post(out, model, false, request.timeout(), new Abort())) {
            String text = new String(response.bytes(), StandardCharsets.UTF_8);
            JsonNode json = Json.parse(text);
            if (json == null) throw line.refusals().of(response.status(), text, null, model);
            for (String field : new String[] {"input_tokens", "totalTokens", "inputTokens"}) {
                int n = Json.number(json, field, -1);
                if (n >= 0) return n;
            }
            throw new DalangException(new Failure.Upstream(line.provider() + " counted no tokens", response.status()));
        } catch (NetException e) {
            throw line.failed(e);
        }
    }

    /** How long the prompt's text is, for estimates. */
    private static int characters(Prompt prompt) {
        return switch (prompt) {
            case Prompt.Raw r -> r.text().length();
            case Prompt.Tokens t -> 3 * t.ids().length;
            case Prompt.Infill i -> i.prefix().length() + i.suffix().length();
            case Prompt.Conversation c -> {
                long sum = 0;
                for (Message m : c.messages()) {
                    sum += 12;
                    for (Part p : m.parts()) {
                        sum += switch (p) {
                            case Part.Text t -> t.text().length();
                            case Part.ToolCall t ->
                                t.arguments().length() + t.name().length();
                            case Part.ToolResult t -> t.text().length();
                            case Part.Reasoning t -> t.text().length();
                            default -> 3000; // a medium: about a thousand tokens
                        };
                    }
                }
                yield (int) Math.min(Integer.MAX_VALUE, sum);
            }
        };
    }
}
