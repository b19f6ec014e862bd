package dev.dalang.engine.generate;

import dev.dalang.api.ChatEvent;
import dev.dalang.api.ChatRequest;
import dev.dalang.api.DalangException;
import dev.dalang.api.Prompt;
import dev.dalang.api.ToolChoice;
import dev.dalang.api.Truncation;
import dev.dalang.engine.format.ModelSource;
import dev.dalang.engine.reply.ReplyLanguage;
import dev.dalang.engine.reply.ReplyLanguages;
import dev.dalang.engine.template.ChatTemplate;
import dev.dalang.engine.template.RenderOptions;
import dev.dalang.engine.template.TemplateCapabilities;
import dev.dalang.engine.tokenizer.Span;
import dev.dalang.engine.tokenizer.SpecialTokens;
import dev.dalang.engine.tokenizer.Tokenizer;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A request's prompt as token ids: chat template, special tokens, limits. */
public final class PromptEncoder {

    /**
     * @param ids what the model goes on from
     * @param text the rendered prompt of a conversation, empty for others
     * @param notices what the caller should know about how the prompt came about
     * @param language how the answer is written, tool calls only where tools were offered
     */
    public record Encoded(int[] ids, String text, List<ChatEvent.Notice> notices, ReplyLanguage language) {}

    private final Tokenizer tokenizer;
    private final ChatTemplate template;

    /** For the tokenizer and the chat template in a model's metadata; its weights are not touched. */
    public PromptEncoder(ModelSource source, Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
        this.template = ChatTemplate.of(source.metadata(), tokenizer);
    }

    /**
     * @param limit positions that prompt and answer may take together
     * @throws DalangException if there is nothing to evaluate or no room left for an answer
     */
    public Encoded encode(ChatRequest request, int limit) {
        Encoded encoded = whole(request);
        int count = encoded.ids.length;
        if (count == 0) throw DalangException.invalidRequest("the prompt is empty", "prompt");
        if (count < limit) return encoded;
        if (request.truncation() == Truncation.REFUSE) throw PromptTruncation.overflow(count, limit);
        return new PromptTruncation(request, encoded, limit, c -> render(request, c)).shorter(firstKept(request));
    }

    /** Tokens of the whole prompt, whether they fit or not. */
    int count(ChatRequest request) {
        return whole(request).ids.length;
    }

    /**
     * A conversation that is over, with nothing to come after it: what a model learns from. Whether it fits is the
     * caller's business.
     */
    public Encoded finished(ChatRequest request, Prompt.Conversation conversation) {
        return encoded(request, template.renderFinished(request, conversation, RenderOptions.DEFAULT));
    }

    /** What the model's chat template shows. */
    public TemplateCapabilities capabilities() {
        return template.capabilities();
    }

    /** The whole prompt, whether it fits or not. */
    public Encoded whole(ChatRequest request) {
        return switch (request.prompt()) {
            case Prompt.Raw raw -> plain(tokenizer.withSpecials(tokenizer.encode(raw.text(), true)));
            case Prompt.Tokens tokens -> plain(tokens.ids());
            case Prompt.Conversation c -> render(request, c);
            case Prompt.Infill infill -> plain(infill(infill));
        };
    }

    /** Prefix, suffix, middle, each behind its mark (Bavarian et al. 2022, arXiv:2207.14255, "PSM"). */
    private int[] infill(Prompt.Infill infill) {
        SpecialTokens marks = tokenizer.special();
        if (marks.fimPrefix() < 0 || marks.fimSuffix() < 0 || marks.fimMiddle() < 0) {
            throw DalangException.unsupported(
                    "this model was not trained to fill in a middle: its vocabulary has no marks for that", "suffix");
        }
        IntStream.Builder ids = IntStream.builder();
        if (tokenizer.addsBos()) ids.add(tokenizer.special().bos());
        ids.add(marks.fimPrefix());
        for (int id : tokenizer.encode(infill.prefix(), false)) ids.add(id);
        ids.add(marks.fimSuffix());
        for (int id : tokenizer.encode(infill.suffix(), false)) ids.add(id);
        ids.add(marks.fimMiddle());
        return ids.build().toArray();
    }

    private static Encoded plain(int[] ids) {
        return new Encoded(ids, "", List.of(), ReplyLanguages.PLAIN);
    }

    /** Tokens at the beginning that every prompt of this kind has. */
    private int firstKept(ChatRequest request) {
        int bos = tokenizer.addsBos() ? 1 : 0;
        return switch (request.prompt()) {
            case Prompt.Raw raw -> bos;
            case Prompt.Infill infill -> bos + 1;
            case Prompt.Tokens tokens -> 0;
            case Prompt.Conversation conversation -> 0;
        };
    }

    private Encoded render(ChatRequest request, Prompt.Conversation conversation) {
        return encoded(request, template.render(request, conversation, RenderOptions.DEFAULT));
    }

    private Encoded encoded(ChatRequest request, ChatTemplate.Rendering rendering) {
        List<Span> spans = rendering.spans();
        int[] ids = tokenizer.encode(spans, markers(rendering.template()));
        // Templates write the begin-of-text mark themselves, or leave it to the tokenizer: never twice, never not at
        // all.
        if (tokenizer.addsBos()
                && (ids.length == 0 || ids[0] != tokenizer.special().bos())) {
            int[] longer = new int[ids.length + 1];
            longer[0] = tokenizer.special().bos();
            System.arraycopy(ids, 0, longer, 1, ids.length);
            ids = longer;
        }
        return new Encoded(ids, rendering.text(), rendering.notices(), language(request, rendering));
    }

    /** What looks like a mark in a template. */
    private static final Pattern MARKER = Pattern.compile("</?[^<>\\s'\"{}]{1,64}>|\\[/?[A-Z_]{2,64}\\]");

    /** The words that the template structures its conversations with: nobody else may write their tokens. */
    private static Set<String> markers(String template) {
        return MARKER.matcher(template).results().map(MatchResult::group).collect(Collectors.toSet());
    }

    private static ReplyLanguage language(ChatRequest request, ChatTemplate.Rendering rendering) {
        ReplyLanguage language = ReplyLanguages.detect(rendering.template());
        if (request.tools().isEmpty() || request.toolChoice() instanceof ToolChoice.None) {
            return language.withoutCalls();
        }
        return rendering.toolsInWords() ? language.withCallsOf(ReplyLanguages.HERMES) : language;
    }
}
