package dev.dalang.trust.redact;

import dev.dalang.api.ChatRequest;
import dev.dalang.api.EmbeddingRequest;
import dev.dalang.api.Message;
import dev.dalang.api.Part;
import dev.dalang.api.Prompt;
import dev.dalang.api.ResponseFormat;
import dev.dalang.api.Source;
import dev.dalang.api.Tool;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Every text of a request, mapped: the one place that knows where in a request texts are. What is new in the doorway's
 * records belongs here.
 */
final class RequestTexts {

    /** What becomes of the texts. The places are for messages: {@code messages[2]}. */
    interface Mapper {
        String text(String text, String place);

        /** A JSON text; what is no JSON is a text. */
        String json(String json, String place);

        /** A name of a participant: letters, digits, {@code _} and {@code -} alone may stand there. */
        String label(String name, String place);

        /** What must stay as it is. */
        void fixed(String text, String place);

        /** Something that cannot be looked into. */
        void blind(String place);

        /** Token ids where a text should be. */
        void tokens(String place);
    }

    private final Mapper mapper;

    RequestTexts(Mapper mapper) {
        this.mapper = mapper;
    }

    /** In the order in which a model reads: tools, messages, then what stands beside them. */
    ChatRequest map(ChatRequest request) {
        List<Tool> tools = new ArrayList<>();
        for (int i = 0; i < request.tools().size(); i++)
            tools.add(tool(request.tools().get(i), "tools[" + i + "]"));
        ChatRequest.Builder mapped = request.toBuilder().tools(tools).prompt(prompt(request.prompt()));
        mapped.responseFormat(format(request.responseFormat()));
        mapped.stop(texts(request.stop(), "stop"));
        if (request.chatTemplate() != null) mapper.fixed(request.chatTemplate(), "chat_template");
        mapped.templateArguments(jsonValues(request.templateArguments(), "chat_template_kwargs"));
        if (request.user() != null) mapped.user(mapper.label(request.user(), "user"));
        Map<String, String> metadata = new LinkedHashMap<>();
        request.metadata().forEach((name, value) -> {
            mapper.fixed(name, "metadata");
            metadata.put(name, mapper.text(value, "metadata." + name));
        });
        return mapped.metadata(metadata)
                .extensions(jsonValues(request.extensions(), "extensions"))
                .build();
    }

    EmbeddingRequest map(EmbeddingRequest request) {
        List<Prompt> inputs = new ArrayList<>();
        for (int i = 0; i < request.inputs().size(); i++) {
            inputs.add(
                    request.inputs().get(i) instanceof Prompt.Raw raw
                            ? new Prompt.Raw(mapper.text(raw.text(), "input[" + i + "]"))
                            : tokens(request.inputs().get(i), "input[" + i + "]"));
        }
        String user = request.user() == null ? null : mapper.label(request.user(), "user");
        return new EmbeddingRequest(
                request.model(), inputs, request.dimensions(), request.purpose(), request.truncation(), user);
    }

    private Prompt tokens(Prompt prompt, String place) {
        mapper.tokens(place);
        return prompt;
    }

    private Prompt prompt(Prompt prompt) {
        return switch (prompt) {
            case Prompt.Raw raw -> new Prompt.Raw(mapper.text(raw.text(), "prompt"));
            case Prompt.Infill(String prefix, String suffix) ->
                new Prompt.Infill(mapper.text(prefix, "prompt"), mapper.text(suffix, "suffix"));
            case Prompt.Tokens tokens -> tokens(tokens, "prompt");
            case Prompt.Conversation(List<Message> messages, boolean continueLast) -> {
                List<Message> mapped = new ArrayList<>();
                for (int i = 0; i < messages.size(); i++) {
                    Message m = messages.get(i);
                    String place = "messages[" + i + "]";
                    String name = m.name() == null ? null : mapper.label(m.name(), place + ".name");
                    mapped.add(new Message(m.role(), parts(m.parts(), place), name));
                }
                yield new Prompt.Conversation(mapped, continueLast);
            }
        };
    }

    List<Part> parts(List<Part> parts, String place) {
        List<Part> mapped = new ArrayList<>();
        for (Part part : parts) mapped.add(part(part, place));
        return mapped;
    }

    private Part part(Part part, String place) {
        return switch (part) {
            case Part.Text t ->
                new Part.Text(
                        mapper.text(t.text(), place), t.cache(), json(t.annotations(), place), t.itemId(), t.phase());
            case Part.Image i -> new Part.Image(source(i.source(), place), i.detail(), i.cache());
            case Part.Audio a ->
                new Part.Audio(
                        source(a.source(), place), a.format(), a.cache(), a.itemId(), text(a.transcript(), place));
            case Part.Document d ->
                new Part.Document(
                        source(d.source(), place),
                        text(d.title(), place),
                        text(d.context(), place),
                        d.citations(),
                        d.cache());
            case Part.ToolCall c -> {
                mapper.fixed(c.name(), place);
                String arguments = c.freeform() ? mapper.text(c.arguments(), place) : mapper.json(c.arguments(), place);
                yield new Part.ToolCall(c.id(), c.name(), arguments, c.itemId(), c.freeform(), c.cache());
            }
            case Part.ToolResult r ->
                new Part.ToolResult(r.callId(), r.toolName(), results(r.parts(), place), r.isError(), r.cache());
            case Part.Reasoning r ->
                new Part.Reasoning(mapper.text(r.text(), place), r.signature(), r.itemId(), r.summary());
            // The provider's own words, sealed: it has them already.
            case Part.RedactedReasoning r -> r;
            case Part.Refusal r -> new Part.Refusal(mapper.text(r.text(), place));
            case Part.Opaque o -> new Part.Opaque(o.provider(), o.type(), mapper.json(o.json(), place), o.cache());
        };
    }

    /** What tools give back is often JSON. */
    private List<Part> results(List<Part> parts, String place) {
        List<Part> mapped = new ArrayList<>();
        for (Part part : parts) {
            mapped.add(
                    part instanceof Part.Text t && structured(t.text())
                            ? new Part.Text(
                                    mapper.json(t.text(), place),
                                    t.cache(),
                                    json(t.annotations(), place),
                                    t.itemId(),
                                    t.phase())
                            : part(part, place));
        }
        return mapped;
    }

    private static boolean structured(String text) {
        String start = text.stripLeading();
        return start.startsWith("{") || start.startsWith("[");
    }

    private Source source(Source source, String place) {
        return switch (source) {
            case Source.Bytes b -> bytes(b, place);
            case Source.Url(String url) -> {
                mapper.fixed(url, place);
                mapper.blind(place);
                yield source;
            }
            case Source.FileId f -> {
                mapper.blind(place);
                yield source;
            }
        };
    }

    private Source bytes(Source.Bytes bytes, String place) {
        String type = bytes.mediaType();
        byte[] data = bytes.data();
        String text = type == null || textual(type) ? decoded(data) : null;
        if (text == null) {
            mapper.blind(place);
            return bytes;
        }
        String mapped = structured(text) ? mapper.json(text, place) : mapper.text(text, place);
        return mapped.equals(text) ? bytes : new Source.Bytes(mapped.getBytes(StandardCharsets.UTF_8), type);
    }

    private static boolean textual(String mediaType) {
        String type = mediaType.toLowerCase(java.util.Locale.ROOT);
        return type.startsWith("text/")
                || type.contains("json")
                || type.contains("xml")
                || type.contains("yaml")
                || type.contains("csv")
                || type.contains("javascript");
    }

    /** Text in UTF-8, or null. */
    private static @Nullable String decoded(byte[] data) {
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(data))
                    .toString();
            return text.indexOf('\0') < 0 ? text : null;
        } catch (CharacterCodingException e) {
            return null;
        }
    }

    private Tool tool(Tool tool, String place) {
        mapper.fixed(tool.name(), place + ".name");
        return switch (tool) {
            case Tool.Function f ->
                new Tool.Function(
                        f.name(), text(f.description(), place), json(f.parameters(), place), f.strict(), f.cache());
            case Tool.Custom c -> {
                if (c.grammar() != null) mapper.fixed(c.grammar().definition(), place + ".grammar");
                yield new Tool.Custom(c.name(), text(c.description(), place), c.grammar(), c.cache());
            }
            case Tool.Hosted h -> new Tool.Hosted(h.name(), h.type(), mapper.json(h.configuration(), place), h.cache());
        };
    }

    private ResponseFormat format(ResponseFormat format) {
        return switch (format) {
            case ResponseFormat.Text t -> t;
            case ResponseFormat.JsonObject o -> o;
            case ResponseFormat.JsonSchema s ->
                new ResponseFormat.JsonSchema(s.name(), mapper.json(s.schema(), "response_format"), s.strict());
            // A placeholder's brackets would mean something in these.
            case ResponseFormat.Grammar g -> {
                mapper.fixed(g.gbnf(), "grammar");
                yield g;
            }
            case ResponseFormat.Regex r -> {
                mapper.fixed(r.pattern(), "regex");
                yield r;
            }
            case ResponseFormat.Choice c -> new ResponseFormat.Choice(texts(c.options(), "choice"));
        };
    }

    private @Nullable String text(@Nullable String text, String place) {
        return text == null ? null : mapper.text(text, place);
    }

    private @Nullable String json(@Nullable String json, String place) {
        return json == null ? null : mapper.json(json, place);
    }

    private List<String> texts(List<String> texts, String place) {
        return texts.stream().map(t -> mapper.text(t, place)).toList();
    }

    private Map<String, String> jsonValues(Map<String, String> values, String place) {
        Map<String, String> mapped = new LinkedHashMap<>();
        values.forEach((name, json) -> mapped.put(name, mapper.json(json, place + "." + name)));
        return mapped;
    }
}
