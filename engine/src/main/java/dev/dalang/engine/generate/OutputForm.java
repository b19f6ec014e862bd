package dev.dalang.engine.generate;

import dev.dalang.api.ChatEvent;
import dev.dalang.api.ChatRequest;
import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.api.Prompt;
import dev.dalang.api.ResponseFormat;
import dev.dalang.api.Tool;
import dev.dalang.api.ToolChoice;
import dev.dalang.engine.constrain.Grammar;
import dev.dalang.engine.constrain.machine.Place;
import dev.dalang.engine.constrain.machine.Place.Step;
import dev.dalang.engine.constrain.schema.Notation;
import dev.dalang.engine.constrain.schema.SchemaPlaces;
import dev.dalang.engine.reply.Node;
import dev.dalang.engine.reply.ReplyLanguage;
import dev.dalang.engine.reply.ReplyLanguage.Kind;
import dev.dalang.engine.reply.ReplyLanguage.Section;
import dev.dalang.engine.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a request demands of an answer's form, as one grammar of the whole answer in the model's own language: thought
 * first, which is free; then text in the format asked for, or tool calls with each tool's schema in them.
 */
final class OutputForm {

    private final ChatRequest request;
    private final ReplyLanguage language;
    private final @Nullable Section thinking;
    private final Tokenizer tokenizer;
    private final ControlMarks marks;
    private final Consumer<ChatEvent.Notice> notices;

    /**
     * @param thinking the section of reasoning that the prompt has opened, or null
     * @param notices takes what could not be guaranteed and need not be
     */
    OutputForm(
            ChatRequest request,
            ReplyLanguage language,
            @Nullable Section thinking,
            Tokenizer tokenizer,
            ControlMarks marks,
            Consumer<ChatEvent.Notice> notices) {
        this.request = request;
        this.language = language;
        this.thinking = thinking;
        this.tokenizer = tokenizer;
        this.marks = marks;
        this.notices = notices;
    }

    /** Whether a request demands any form at all. */
    static boolean demanded(ChatRequest request) {
        return !(request.responseFormat() instanceof ResponseFormat.Text)
                || !callable(request).isEmpty();
    }

    private static List<Tool.Function> callable(ChatRequest request) {
        // A prompt without messages shows the model no tools.
        boolean shown = request.prompt() instanceof Prompt.Conversation;
        if (!shown || request.toolChoice() instanceof ToolChoice.None) return List.of();
        Set<String> names = request.toolChoice() instanceof ToolChoice.Named n ? Set.copyOf(n.names()) : Set.of();
        List<Tool.Function> tools = new ArrayList<>();
        for (Tool tool : request.tools()) {
            if (tool instanceof Tool.Function f && (names.isEmpty() || names.contains(f.name()))) tools.add(f);
        }
        return tools;
    }

    private boolean mustCall() {
        return switch (request.toolChoice()) {
            case ToolChoice.Required r -> true;
            case ToolChoice.Named n -> n.required();
            case ToolChoice.Auto a -> false;
            case ToolChoice.None n -> false;
        };
    }

    /** @throws DalangException if the form is malformed, or cannot be guaranteed */
    Grammar grammar() {
        List<Tool.Function> tools = callable(request);
        Grammar format = format();
        if (tools.isEmpty()) {
            if (format == null) throw new IllegalStateException("no form is demanded");
            return Grammar.sequence(thought(), text(format));
        }
        boolean several = !Boolean.FALSE.equals(request.parallelToolCalls());
        CallForm calls = new CallForm(tools, marks, several, notices);
        if (mustCall()) return Grammar.sequence(thought(), calls(calls, several));
        if (format != null) {
            return Grammar.sequence(thought(), Grammar.choice(List.of(text(format), calls(calls, several))));
        }
        return after -> free(calls, several, after);
    }

    // ------------------------------------------------------------------ the format of the text

    private @Nullable Grammar format() {
        return switch (request.responseFormat()) {
            case ResponseFormat.Text t -> null;
            case ResponseFormat.JsonObject o -> schema("{\"type\":\"object\"}", false);
            case ResponseFormat.JsonSchema s -> schema(s);
            case ResponseFormat.Grammar g -> Grammar.gbnf(g.gbnf(), this::control);
            case ResponseFormat.Regex r -> Grammar.regex(r.pattern());
            case ResponseFormat.Choice c -> Grammar.options(c.options());
        };
    }

    private int control(String spelling) {
        int id = tokenizer.idOf(spelling);
        return id >= 0 && tokenizer.isControl(id) ? id : -1;
    }

    private Grammar schema(ResponseFormat.JsonSchema s) {
        try {
            return schema(s.schema(), Boolean.TRUE.equals(s.strict()));
        } catch (DalangException e) {
            if (!Boolean.FALSE.equals(s.strict()) || !(e.failure() instanceof Failure.Unsupported)) throw e;
            notices.accept(new ChatEvent.Notice(
                    "schema_not_enforced", "the answer may be any JSON, as strict is false: " + e.getMessage()));
            return schema("true", false);
        }
    }

    private Grammar schema(String schema, boolean strict) {
        SchemaPlaces places = SchemaPlaces.written(schema, strict, Notation.JSON, false);
        for (String note : places.notes()) notices.accept(new ChatEvent.Notice("schema_annotation", note));
        return Grammar.sequence(Grammar.leadingSpace(), Grammar.call(places.value()));
    }

    /** The text as it is, or within a section of text where the language has such. */
    private Grammar text(Grammar format) {
        List<Grammar> options = new ArrayList<>();
        boolean sectionsOnly = language.separator().startsWith("<") && language.canReason();
        if (!sectionsOnly) options.add(format);
        for (Section s : language.sections()) {
            if (s.kind() != Kind.TEXT || s.open().contains("commentary")) continue;
            // The token that closes the last section is often the one that ends the answer.
            Grammar close =
                    s.close().isEmpty() ? Grammar.EMPTY : ending(s.close().getFirst());
            options.add(Grammar.sequence(marks.of(s.open()), format, close));
        }
        if (options.isEmpty()) options.add(format);
        return Grammar.choice(options);
    }

    private Grammar ending(String close) {
        int id = tokenizer.idOf(close);
        return id >= 0 && tokenizer.isEndOfGeneration(id)
                ? Grammar.EMPTY
                : marks.of(close).optional();
    }

    // ------------------------------------------------------------------ thought

    /** Free up to its end, however often; nothing where the request wants none and the prompt has begun none. */
    private Grammar thought() {
        List<Grammar> options = new ArrayList<>();
        for (Section s : language.sections()) {
            if (s.kind() == Kind.REASONING) options.add(Grammar.sequence(marks.of(s.open()), restOf(s)));
        }
        boolean may = !options.isEmpty() && !request.reasoning().off();
        Grammar more = may ? Grammar.choice(options).repeated().optional() : Grammar.EMPTY;
        return thinking == null ? more : Grammar.sequence(restOf(thinking), more);
    }

    private Grammar restOf(Section s) {
        return Grammar.sequence(
                Grammar.free(
                        s.close().stream().map(c -> marks.end(c, Grammar.EMPTY)).toList(), false),
                between());
    }

    private Grammar between() {
        Grammar mark = marks.of(language.separator().strip());
        return Grammar.sequence(
                Grammar.space(), Grammar.sequence(mark, Grammar.space()).optional());
    }

    // ------------------------------------------------------------------ tool calls

    private List<Section> callSections() {
        List<Section> sections = new ArrayList<>();
        for (Section s : language.sections()) if (s.kind() == Kind.CALLS) sections.add(s);
        Section bare = language.bareCall();
        if (bare != null) sections.add(bare);
        if (sections.isEmpty()) {
            throw DalangException.unsupported(
                    "tool_choice: the model has no way to call tools that is known here", "tool_choice");
        }
        return sections;
    }

    /** Calls and nothing else. */
    private Grammar calls(CallForm form, boolean several) {
        List<Grammar> options = new ArrayList<>();
        for (Section s : callSections()) {
            Grammar one = Grammar.sequence(marks.of(s.open()), form.body(s.body()));
            boolean many = s.body().stream().anyMatch(n -> n instanceof Node.Repeat);
            if (!several || many) {
                options.add(one);
                continue;
            }
            Grammar glue = s == language.bareCall() ? Grammar.text(";").optional() : Grammar.EMPTY;
            Grammar next = Grammar.sequence(glue, between(), one);
            options.add(Grammar.sequence(one, next.repeated().optional()));
        }
        return Grammar.choice(options);
    }

    /** Free text, in which whatever begins as a call or as thought must go on as one. */
    private Place free(CallForm form, boolean several, Place after) {
        Place.Fixed again = new Place.Fixed();
        Place then = several ? again : after;
        List<Grammar.End> ends = new ArrayList<>();
        for (Section s : language.sections()) {
            if (s.kind() == Kind.CALLS) {
                Grammar body = form.body(s.body());
                ends.add(marks.end(s.open(), ignored -> body.before(then)));
            } else if (s.kind() == Kind.REASONING) {
                Grammar rest = restOf(s);
                ends.add(marks.end(s.open(), ignored -> rest.before(again)));
            }
        }
        Place text = Grammar.free(ends, true).before(after);
        again.set(List.of(new Step.Jump(text)));
        Place begin = again;
        Section bare = language.bareCall();
        if (bare != null) {
            // An answer that begins with a brace is a call; any other is text, in which a brace means nothing.
            Place call = form.body(bare.body()).before(after);
            Place other = Grammar.regex("[ \\t\\r\\n]{0,8}[^{ \\t\\r\\n]").before(again);
            List<Step> steps = new ArrayList<>(List.of(new Step.Jump(call), new Step.Jump(other)));
            for (Grammar.End e : ends)
                if (e.text() == null)
                    steps.add(new Step.Token(e.token(), e.then().before(after)));
            begin = new Place.Fixed(steps.toArray(Step[]::new));
        }
        return thinking == null ? begin : restOf(thinking).before(begin);
    }
}
