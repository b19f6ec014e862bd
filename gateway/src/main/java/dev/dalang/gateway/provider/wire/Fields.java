package dev.dalang.gateway.provider.wire;

import dev.dalang.api.ChatEvent.Notice;
import dev.dalang.api.ChatRequest;
import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.api.ReasoningOptions;
import dev.dalang.api.ResponseFormat;
import dev.dalang.api.Sampling;
import dev.dalang.api.ToolChoice;
import dev.dalang.api.Truncation;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Which parameters a request uses, and which of them found their place in a provider's request. A writer takes what it
 * writes; what nobody took is refused by name, or dropped and reported where the request's extension
 * {@code drop_unsupported} allows it. So no parameter can be forgotten in silence.
 *
 * <p>{@code user} and {@code metadata} are the caller's own labels: they go along where there is a place for them. Cache
 * hints are hints: providers that cache by themselves need none.
 */
public final class Fields {
    /** The extension that allows what a provider cannot do to be left out. */
    public static final String DROP = "drop_unsupported";

    private final boolean drop;
    private final Map<String, String> used = new LinkedHashMap<>();
    private final Map<String, String> extensions = new TreeMap<>();
    private final List<Notice> notices = new ArrayList<>();

    public Fields(ChatRequest r) {
        Sampling s = r.sampling();
        use("temperature", s.temperature());
        use("top_k", s.topK());
        use("top_p", s.topP());
        use("min_p", s.minP());
        use("typical_p", s.typicalP());
        use("repeat_penalty", s.repeatPenalty());
        use("repeat_last_n", s.repeatLastN());
        use("frequency_penalty", s.frequencyPenalty());
        use("presence_penalty", s.presencePenalty());
        use("dry_multiplier", s.dryMultiplier());
        use("dry_base", s.dryBase());
        use("dry_allowed_length", s.dryAllowedLength());
        use("dry_penalty_last_n", s.dryLastN());
        use("dry_sequence_breakers", s.drySequenceBreakers());
        use("xtc_probability", s.xtcProbability());
        use("xtc_threshold", s.xtcThreshold());
        use("mirostat", s.mirostat());
        use("mirostat_tau", s.mirostatTau());
        use("mirostat_eta", s.mirostatEta());
        use("logit_bias", s.logitBias().isEmpty() ? null : s.logitBias());
        use("seed", s.seed());
        use("tools", r.tools().isEmpty() ? null : "");
        use("tool_choice", r.toolChoice() instanceof ToolChoice.Auto ? null : "");
        use("parallel_tool_calls", r.parallelToolCalls());
        use("response_format", r.responseFormat() instanceof ResponseFormat.Text ? null : "");
        use("max_tokens", r.maxTokens());
        use("stop", r.stop().isEmpty() ? null : "");
        ReasoningOptions t = r.reasoning();
        use("reasoning.enabled", t.enabled());
        use("reasoning.effort", t.effort());
        use("reasoning.budget_tokens", t.budgetTokens());
        use("reasoning.summary", t.summary());
        use("reasoning.encrypted_content", t.includeEncrypted() ? "" : null);
        use("top_logprobs", r.topLogprobs());
        use("truncation", r.truncation() == Truncation.REFUSE ? null : "");
        use("context_length", r.contextLength());
        use("chat_template", r.chatTemplate() == null ? null : "");
        use("template_arguments", r.templateArguments().isEmpty() ? null : "");
        use("adapters", r.adapters().isEmpty() ? null : "");
        use("service_tier", r.serviceTier());
        extensions.putAll(r.extensions());
        String allowed = extensions.remove(DROP);
        drop = allowed != null && allowed.strip().equals("true");
    }

    private void use(String name, @Nullable Object value) {
        if (value != null) used.put(name, value.toString());
    }

    public boolean uses(String name) {
        return used.containsKey(name);
    }

    /** Marks a field as written and gives its value back. */
    public <T> @Nullable T take(String name, @Nullable T value) {
        used.remove(name);
        return value;
    }

    public void take(String name) {
        used.remove(name);
    }

    /** An extension's JSON, or null where the request has none of the name. */
    public @Nullable JsonNode extension(String name) {
        String json = extensions.remove(name);
        return json == null ? null : Json.given(json, name);
    }

    public boolean hasExtension(String name) {
        return extensions.containsKey(name);
    }

    /** All extensions that are not taken yet. */
    public List<String> extensions() {
        return List.copyOf(extensions.keySet());
    }

    /** Something was done otherwise than asked. */
    public void notice(String code, String message) {
        notices.add(new Notice(code, message));
    }

    /**
     * What is due before the answer.
     *
     * @throws DalangException naming every field that has no place at this provider, unless they may be dropped
     */
    public List<Notice> settle(String provider) {
        List<String> left = new ArrayList<>(used.keySet());
        left.addAll(extensions.keySet());
        if (left.isEmpty()) return List.copyOf(notices);
        String names = String.join(", ", left);
        if (!drop) {
            throw new DalangException(new Failure.Unsupported(
                    provider + " has no " + names + "; leave " + (left.size() == 1 ? "it" : "them")
                            + " out, or allow that with " + DROP + ": true",
                    names));
        }
        List<Notice> all = new ArrayList<>(notices);
        Map<String, String> details = new LinkedHashMap<>();
        details.put(
                "fields",
                Json.array().addAll(left.stream().map(Fields::node).toList()).toString());
        all.add(new Notice(
                "unsupported_dropped", provider + " has no " + names + "; the answer came without", details));
        return all;
    }

    private static JsonNode node(String text) {
        return tools.jackson.databind.node.JsonNodeFactory.instance.stringNode(text);
    }

    /** Content that a provider cannot take is never dropped. */
    public static DalangException noPlace(String provider, String what) {
        return new DalangException(new Failure.Unsupported(provider + " cannot be given " + what, what));
    }
}
