package dev.dalang.engine.template;

import dev.dalang.api.ChatEvent.Notice;
import dev.dalang.api.ChatRequest;
import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.api.Prompt;
import dev.dalang.api.ReasoningOptions;
import dev.dalang.api.Role;
import dev.dalang.api.Tool;
import dev.dalang.api.ToolChoice;
import dev.dalang.engine.format.Metadata;
import dev.dalang.engine.tokenizer.Span;
import dev.dalang.engine.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * From a conversation to the text that one model was trained to go on from.
 *
 * <p>A model brings a template, or several (one for tools); where it brings none that works, the format of its family
 * stands in. What the template cannot show (a system message, tools) is put into words that it can, and every such
 * step is reported as a notice. Immutable but for the capabilities, which are found out on first use.
 */
public final class ChatTemplate {
    /** Ends the text to continue while it goes through the template; private-use characters, so nobody types it. */
    private static final String CONTINUE_HERE = "\uE0D4\uE0A1\uE0CE";

    /** For some twenty renderings of a few words each: a hostile template must not make them slow. */
    private static final RenderOptions PROBING =
            new RenderOptions(RenderOptions.DEFAULT.clock(), 500_000, RenderOptions.DEFAULT.maxDepth(), 1 << 20);

    private static final String BROKEN = "chat_template_broken";

    /** Variables of the context that a request may not set by hand. */
    private static final Set<String> RESERVED =
            Set.of("messages", "tools", "add_generation_prompt", "bos_token", "eos_token");

    /**
     * A rendered conversation.
     *
     * @param spans the text by origin, for {@link Tokenizer#encode(List)}
     * @param notices what was done that the request did not ask for
     * @param template the source of the template that was used, which shows how the model answers
     * @param toolsInWords whether the template shows no tools, so that they were described with the form of a call,
     *     a JSON object in {@code <tool_call>}
     */
    public record Rendering(List<Span> spans, List<Notice> notices, String template, boolean toolsInWords) {
        public Rendering {
            spans = List.copyOf(spans);
            notices = List.copyOf(notices);
        }

        /** The text without its origins. */
        public String text() {
            StringBuilder text = new StringBuilder();
            for (Span span : spans) text.append(span.text());
            return text.toString();
        }
    }

    /** What is known of a model besides its template. */
    record Model(
            String architecture,
            String name,
            @Nullable String bos,
            @Nullable String eos,
            Predicate<String> vocabularyHas) {
        Map<String, Object> constants() {
            Map<String, Object> constants = new LinkedHashMap<>();
            constants.put("bos_token", MarkedText.trusted(bos == null ? "" : bos));
            constants.put("eos_token", MarkedText.trusted(eos == null ? "" : eos));
            return constants;
        }
    }

    private final Model model;
    private final Template template;
    private final @Nullable Template toolTemplate;
    private final @Nullable Notice origin;
    private volatile @Nullable TemplateCapabilities capabilities;
    private volatile @Nullable TemplateCapabilities toolCapabilities;

    private ChatTemplate(Model model, Template template, @Nullable Template toolTemplate, @Nullable Notice origin) {
        this.model = model;
        this.template = template;
        this.toolTemplate = toolTemplate;
        this.origin = origin;
    }

    /**
     * The chat template of a model, from its metadata ({@code tokenizer.chat_template}, and
     * {@code tokenizer.chat_template.tool_use} where there is one). Never fails: a missing or broken template is
     * replaced by the format of the model's family, and each rendering says so.
     */
    public static ChatTemplate of(Metadata metadata, Tokenizer tokenizer) {
        Model model = new Model(
                metadata.string("general.architecture", ""),
                metadata.string("general.name", ""),
                token(tokenizer, tokenizer.special().bos()),
                token(tokenizer, tokenizer.special().eos()),
                name -> tokenizer.idOf(name) >= 0);
        return of(model, metadata);
    }

    static ChatTemplate of(Model model, Metadata metadata) {
        try {
            String source = metadata.stringOrNull("tokenizer.chat_template");
            if (source == null) return standIn(model, "chat_template_missing", "the model has no chat template");
            String forTools = metadata.stringOrNull("tokenizer.chat_template.tool_use");
            return new ChatTemplate(
                    model, Template.parse(source), forTools == null ? null : Template.parse(forTools), null);
        } catch (DalangException e) {
            return standIn(model, BROKEN, "the model's chat template cannot be used (" + e.getMessage() + ")");
        }
    }

    private static @Nullable String token(Tokenizer tokenizer, int id) {
        return id < 0 ? null : tokenizer.token(id);
    }

    private static ChatTemplate standIn(Model model, String code, String problem) {
        ChatFormat.Choice choice =
                ChatFormat.choose(model.architecture, model.name, code.equals(BROKEN), model.vocabularyHas);
        Notice notice = new Notice(
                code,
                problem
                        + (choice.format() == ChatFormat.PLAIN
                                ? ", and " + choice.reason() + ": it goes on from the words as they are"
                                : "; the built-in " + choice.format().name() + " format is used, because "
                                        + choice.reason()));
        return new ChatTemplate(model, Template.parse(choice.format().template()), null, notice);
    }

    /** This model with another template, as a request may bring one: a Jinja source, or the name of a family format. */
    private ChatTemplate with(String sourceOrName) {
        ChatFormat format = ChatFormat.named(sourceOrName);
        String source = format == null ? sourceOrName : format.template();
        try {
            return new ChatTemplate(model, Template.parse(source), null, null);
        } catch (DalangException e) {
            throw new DalangException(new Failure.InvalidRequest(e.failure().message(), "chat_template"), e);
        }
    }

    /** What the template shows of a conversation. */
    public TemplateCapabilities capabilities() {
        TemplateCapabilities known = capabilities;
        if (known == null) {
            known = TemplateCapabilities.probe(template, model.constants(), PROBING);
            capabilities = known;
        }
        return known;
    }

    private TemplateCapabilities toolCapabilities(Template forTools) {
        TemplateCapabilities known = toolCapabilities;
        if (known == null) {
            known = TemplateCapabilities.probe(forTools, model.constants(), PROBING);
            toolCapabilities = known;
        }
        return known;
    }

    /**
     * Renders a request's conversation.
     *
     * @throws DalangException {@link Failure.InvalidRequest} when the template refuses the conversation or a template
     *     argument is not JSON, {@link Failure.Unsupported} for what a text model cannot read, else what
     *     {@link Template#render} throws
     */
    public Rendering render(ChatRequest request, Prompt.Conversation conversation, RenderOptions options) {
        return rendered(request, conversation, !conversation.continueLast(), options);
    }

    /**
     * Renders a conversation that is over, without the invitation to answer that {@link #render} puts at its end: what a
     * model learns from.
     */
    public Rendering renderFinished(ChatRequest request, Prompt.Conversation conversation, RenderOptions options) {
        return rendered(request, conversation, false, options);
    }

    /** With the request's own template where it brings one, whose faults are then the request's and not the model's. */
    private Rendering rendered(
            ChatRequest request, Prompt.Conversation conversation, boolean invites, RenderOptions options) {
        String own = request.chatTemplate();
        if (own == null) return draw(request, conversation, invites, options);
        try {
            return with(own).draw(request, conversation, invites, options);
        } catch (DalangException e) {
            if (!(e.failure() instanceof Failure.BadModelFile)) throw e;
            throw new DalangException(new Failure.InvalidRequest(e.failure().message(), "chat_template"), e);
        }
    }

    private Rendering draw(
            ChatRequest request, Prompt.Conversation conversation, boolean invites, RenderOptions options) {
        List<Tool> tools = offered(request);
        boolean special = toolTemplate != null && !tools.isEmpty();
        Template used = special && toolTemplate != null ? toolTemplate : template;
        TemplateCapabilities able = used == toolTemplate ? toolCapabilities(used) : capabilities();
        List<Notice> notices = new ArrayList<>();
        if (origin != null) notices.add(origin);

        Map<String, @Nullable Object> context = new LinkedHashMap<>(model.constants());
        reasoning(request.reasoning(), able, context, notices);
        request.templateArguments().forEach((name, json) -> {
            if (RESERVED.contains(name)) {
                throw DalangException.invalidRequest(
                        "the template argument " + name + " is set by the conversation itself", "template_arguments");
            }
            context.put(name, JsonReader.read(json, "the template argument " + name));
        });
        ChatContext turns = new ChatContext(able, notices);
        turns.add(conversation.messages(), tools);
        if (!tools.isEmpty() && able.tools()) context.put("tools", ChatContext.declarations(tools));
        if (conversation.continueLast()) turns.appendToLast(CONTINUE_HERE);
        context.put("add_generation_prompt", invites);
        MarkedText text = render(used, context, turns, options, notices);
        if (conversation.continueLast()) text = upToContinuation(text);
        return new Rendering(text.spans(), notices, used.source(), !tools.isEmpty() && !able.tools());
    }

    /** Renders; a template that insists on alternating roles gets neighbours of one role as one message. */
    private static MarkedText render(
            Template template,
            Map<String, @Nullable Object> context,
            ChatContext turns,
            RenderOptions options,
            List<Notice> notices) {
        context.put("messages", turns.messages());
        try {
            return template.render(context, options).text();
        } catch (DalangException e) {
            if (Template.kind(e) != TemplateError.Kind.RAISED || !turns.mergeNeighbours()) throw e;
            context.put("messages", turns.messages());
            MarkedText text = template.render(context, options).text();
            notices.add(
                    new Notice(
                            "turns_merged",
                            "the model's chat template wants alternating roles; neighbouring messages of one role were joined"));
            return text;
        }
    }

    private static MarkedText upToContinuation(MarkedText text) {
        int end = text.text().lastIndexOf(CONTINUE_HERE);
        if (end < 0) {
            throw DalangException.unsupported(
                    "the model's chat template does not show the last assistant message, so that it cannot be continued",
                    "continue_last");
        }
        return text.slice(0, end);
    }

    private static List<Tool> offered(ChatRequest request) {
        return switch (request.toolChoice()) {
            case ToolChoice.None ignored -> List.of();
            case ToolChoice.Named named ->
                request.tools().stream()
                        .filter(tool -> named.names().contains(tool.name()))
                        .toList();
            case ToolChoice.Auto ignored -> request.tools();
            case ToolChoice.Required ignored -> request.tools();
        };
    }

    private static void reasoning(
            ReasoningOptions reasoning,
            TemplateCapabilities able,
            Map<String, @Nullable Object> context,
            List<Notice> notices) {
        boolean asked = reasoning.enabled() != null || reasoning.effort() != null || reasoning.budgetTokens() != null;
        if (!asked) return;
        context.put("enable_thinking", !reasoning.off());
        context.put("thinking", !reasoning.off());
        if (reasoning.effort() != null && reasoning.effort() != ReasoningOptions.Effort.NONE) {
            context.put(
                    "reasoning_effort",
                    MarkedText.trusted(reasoning.effort().name().toLowerCase(Locale.ROOT)));
        }
        if (reasoning.budgetTokens() != null) context.put("thinking_budget", reasoning.budgetTokens());
        boolean effective = able.thinkingSwitch() || (able.effortSwitch() && reasoning.effort() != null);
        if (!effective) {
            notices.add(
                    new Notice(
                            "reasoning_without_effect",
                            "the model's chat template has no switch for reasoning; the option is without effect on the prompt"));
        }
    }

    /** The role's word as a template sees it: from a closed set, hence trusted, for it may be part of a token. */
    static MarkedText word(Role role) {
        return MarkedText.trusted(role.word());
    }
}
