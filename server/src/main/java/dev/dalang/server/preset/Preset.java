package dev.dalang.server.preset;

import dev.dalang.api.ChatModel;
import dev.dalang.api.ChatRequest;
import dev.dalang.api.Message;
import dev.dalang.api.Prompt;
import dev.dalang.api.Role;
import dev.dalang.api.Sampling;
import dev.dalang.hub.store.Manifest;
import dev.dalang.hub.store.Store;
import dev.dalang.server.http.Fields;
import dev.dalang.server.http.Json;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a model of the store was made or published with: defaults that hold where a request says nothing. Files of these names
 * in its manifest, as Ollama's registry has them too: {@code system}, {@code params} (JSON, by the names of Ollama's options),
 * {@code template}, {@code messages} (JSON), {@code LICENSE}, and adapters.
 *
 * @param parameters an object, empty where there are none
 * @param template Jinja, or null
 * @param goTemplate a template in Go's notation, which is shown and not used, or null
 * @param messages that come before a conversation's own, or null
 * @param adapters files of LoRA adapters, applied with scale 1
 */
public record Preset(
        @Nullable String system,
        ObjectNode parameters,
        @Nullable String template,
        @Nullable String goTemplate,
        @Nullable ArrayNode messages,
        @Nullable String license,
        List<Path> adapters) {

    /** Nothing. Most models are started with it, so that it does without the parser. */
    public static final Preset NONE =
            new Preset(null, JsonNodeFactory.instance.objectNode(), null, null, null, null, List.of());

    public static final String SYSTEM = "system";
    public static final String PARAMETERS = "params";
    public static final String TEMPLATE = "template";
    public static final String MESSAGES = "messages";
    public static final String LICENSE = "LICENSE";

    private static final int MAX_TEXT = 4 << 20;

    public Preset {
        adapters = List.copyOf(adapters);
    }

    /** @throws dev.dalang.api.DalangException (storage) if a file cannot be read */
    public static Preset of(Store store, Manifest m) {
        String template = text(store, m, TEMPLATE);
        boolean go = template != null && GoTemplate.isOne(template);
        List<Path> adapters = new ArrayList<>();
        for (Manifest.ModelFile f : m.files()) {
            if (f.role() == dev.dalang.hub.store.Role.ADAPTER && f.name().endsWith(".gguf")) {
                adapters.add(store.blob(f.digest()));
            }
        }
        return new Preset(
                text(store, m, SYSTEM),
                json(store, m, PARAMETERS) instanceof ObjectNode o ? o : Json.object(),
                go ? null : template,
                go ? template : null,
                json(store, m, MESSAGES) instanceof ArrayNode a ? a : null,
                text(store, m, LICENSE),
                adapters);
    }

    private static @Nullable String text(Store store, Manifest m, String file) {
        for (Manifest.ModelFile f : m.files()) {
            if (f.name().text().equals(file)) return new String(store.read(f, MAX_TEXT), StandardCharsets.UTF_8);
        }
        return null;
    }

    private static @Nullable JsonNode json(Store store, Manifest m, String file) {
        String text = text(store, m, file);
        return text == null ? null : Json.parse(text);
    }

    /** Whether requests stay as they are. */
    public boolean isEmpty() {
        return system == null && parameters.isEmpty() && template == null && messages == null && adapters.isEmpty();
    }

    /** The context that it was made for ({@code num_ctx}), or null. */
    public @Nullable Integer contextLength() {
        ChatRequest.Builder d = ChatRequest.builder("model", Prompt.user(""));
        Options.read(Fields.of(parameters, PARAMETERS), d);
        return d.build().contextLength();
    }

    /** A model that answers with these defaults. */
    public ChatModel around(ChatModel model) {
        return isEmpty() ? model : new PresetModel(model, this);
    }

    /** A request with what it leaves open filled in. */
    public ChatRequest apply(ChatRequest request) {
        if (isEmpty()) return request;
        ChatRequest.Builder d = ChatRequest.builder(request.model(), request.prompt());
        Options.read(Fields.of(parameters, PARAMETERS), d);
        ChatRequest own = d.build();

        ChatRequest.Builder b = request.toBuilder().sampling(under(request.sampling(), own.sampling()));
        if (request.stop().isEmpty()) b.stop(own.stop());
        if (request.maxTokens() == null) b.maxTokens(own.maxTokens());
        if (request.contextLength() == null) b.contextLength(own.contextLength());
        if (request.prompt() instanceof Prompt.Conversation c) {
            b.prompt(new Prompt.Conversation(conversation(c.messages()), c.continueLast()));
            if (request.chatTemplate() == null) b.chatTemplate(template);
        }
        if (!adapters.isEmpty()) {
            Map<String, Float> all = new LinkedHashMap<>();
            for (Path p : adapters) all.put(p.toString(), 1f);
            all.putAll(request.adapters());
            b.adapters(all);
        }
        return b.build();
    }

    private List<Message> conversation(List<Message> own) {
        List<Message> all = new ArrayList<>(own);
        int first = 0;
        while (first < all.size() && isInstruction(all.get(first))) first++;
        if (messages != null) all.addAll(first, history(messages));
        if (first == 0 && system != null && !system.isBlank()) all.addFirst(Message.system(system));
        return all;
    }

    private static boolean isInstruction(Message m) {
        return m.role() == Role.SYSTEM || m.role() == Role.DEVELOPER;
    }

    private static List<Message> history(ArrayNode messages) {
        List<Message> all = new ArrayList<>();
        for (int i = 0; i < messages.size(); i++) {
            Fields m = Fields.of(messages.get(i), MESSAGES + "[" + i + "]");
            Role role = switch (m.requireText("role")) {
                case "system" -> Role.SYSTEM;
                case "user" -> Role.USER;
                case "assistant" -> Role.ASSISTANT;
                default -> throw m.invalid("role", "is system, user or assistant in a model's own messages");
            };
            all.add(Message.of(role, m.text("content", "")));
            m.done();
        }
        return all;
    }

    /** The request's values, and where it has none the model's. */
    private static Sampling under(Sampling r, Sampling d) {
        return Sampling.builder()
                .temperature(or(r.temperature(), d.temperature()))
                .topK(or(r.topK(), d.topK()))
                .topP(or(r.topP(), d.topP()))
                .minP(or(r.minP(), d.minP()))
                .typicalP(or(r.typicalP(), d.typicalP()))
                .repeatPenalty(or(r.repeatPenalty(), d.repeatPenalty()))
                .repeatLastN(or(r.repeatLastN(), d.repeatLastN()))
                .frequencyPenalty(or(r.frequencyPenalty(), d.frequencyPenalty()))
                .presencePenalty(or(r.presencePenalty(), d.presencePenalty()))
                .dryMultiplier(or(r.dryMultiplier(), d.dryMultiplier()))
                .dryBase(or(r.dryBase(), d.dryBase()))
                .dryAllowedLength(or(r.dryAllowedLength(), d.dryAllowedLength()))
                .dryLastN(or(r.dryLastN(), d.dryLastN()))
                .drySequenceBreakers(or(r.drySequenceBreakers(), d.drySequenceBreakers()))
                .xtcProbability(or(r.xtcProbability(), d.xtcProbability()))
                .xtcThreshold(or(r.xtcThreshold(), d.xtcThreshold()))
                .mirostat(or(r.mirostat(), d.mirostat()))
                .mirostatTau(or(r.mirostatTau(), d.mirostatTau()))
                .mirostatEta(or(r.mirostatEta(), d.mirostatEta()))
                .logitBias(r.logitBias().isEmpty() ? d.logitBias() : r.logitBias())
                .seed(or(r.seed(), d.seed()))
                .build();
    }

    private static <T> @Nullable T or(@Nullable T value, @Nullable T otherwise) {
        return value != null ? value : otherwise;
    }
}
