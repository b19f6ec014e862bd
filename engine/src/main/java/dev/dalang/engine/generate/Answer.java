package dev.dalang.engine.generate;

import dev.dalang.api.Cancellation;
import dev.dalang.api.ChatEvent;
import dev.dalang.api.ChatRequest;
import dev.dalang.api.DalangException;
import dev.dalang.api.FinishReason;
import dev.dalang.api.Prompt;
import dev.dalang.api.ReasoningOptions;
import dev.dalang.api.Sampling;
import dev.dalang.api.Timings;
import dev.dalang.api.TokenScore;
import dev.dalang.api.Usage;
import dev.dalang.engine.adapter.AdapterMix;
import dev.dalang.engine.reply.ReplyLanguage;
import dev.dalang.engine.reply.ReplyParser;
import dev.dalang.engine.sample.LogProbabilities;
import dev.dalang.engine.sample.Sampler;
import dev.dalang.engine.sample.SamplerSettings;
import dev.dalang.engine.tokenizer.StreamingDecoder;
import dev.dalang.engine.tokenizer.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * One request on its way through a local model: prompt, tokens, text, events.
 *
 * <p>Made on the thread of whoever asks, down to the prompt's tokens; then the scheduler's.
 */
final class Answer implements Generation {

    /** Where OpenAI's words for how fast an answer comes have a meaning on one machine. */
    private static final Map<String, Priority> TIERS = Map.of(
            "auto", Priority.NORMAL,
            "default", Priority.NORMAL,
            "priority", Priority.HIGH,
            "flex", Priority.LOW);

    private final LocalModel model;
    private final Tokenizer tokenizer;
    private final ChatRequest request;
    private final Cancellation cancellation;
    private final Mailbox events;
    private final AnswerText text;
    private final AdapterMix adapters;
    private final PromptEncoder.Encoded prompt;
    private final int limit;
    private final int maxTokens;
    private final Sampler sampler;
    private final StreamingDecoder decoder;
    private final @Nullable LogProbabilities scores;
    private final List<ChatEvent.Notice> notices = new ArrayList<>();
    private final @Nullable FormedOutput form;
    private final long arrived = System.nanoTime();
    private final long deadline;
    private volatile boolean left;

    private int promptTokens;
    private int cachedTokens;
    private int completionTokens;
    private long turn;
    private long promptRead;
    private long firstToken;

    /** @throws DalangException naming the parameter that this model cannot honour */
    Answer(
            LocalModel model,
            Sampling defaults,
            ChatRequest request,
            Cancellation cancellation,
            long deadline,
            Mailbox events) {
        this.model = model;
        this.tokenizer = model.tokenizer();
        this.request = request;
        this.cancellation = cancellation;
        this.deadline = deadline;
        this.events = events;
        SamplerSettings settings = SamplerSettings.resolve(
                request.sampling(), defaults, ThreadLocalRandom.current().nextLong());
        this.text = new AnswerText(request.stop(), events);
        this.adapters = model.runner().adapters(request.adapters());
        Integer wished = request.contextLength();
        if (wished != null && wished > model.contextLength()) {
            throw DalangException.invalidRequest(
                    "context_length is " + wished + ", but the model was loaded with " + model.contextLength(),
                    "context_length");
        }
        this.limit = wished == null ? model.contextLength() : wished;
        this.maxTokens = request.maxTokens() == null ? Integer.MAX_VALUE : request.maxTokens();
        this.prompt = model.prompts().encode(request, limit);
        int vocabulary = Math.min(model.runner().decoder().outputs(), tokenizer.vocabularySize());
        this.sampler = new Sampler(settings, vocabulary, tokenizer::bytes);
        for (int id : prompt.ids()) if (id < vocabulary) sampler.accept(id);
        this.decoder = tokenizer.continuation(false);
        this.scores = request.topLogprobs() == null ? null : new LogProbabilities(vocabulary);
        ReplyParser parser = null;
        if (request.prompt() instanceof Prompt.Conversation) {
            parser = new ReplyParser(
                    prompt.language(),
                    request.tools(),
                    model.controlTokens(),
                    n -> "call_" + UUID.randomUUID().toString().replace("-", "").substring(0, 24),
                    text);
            parser.prompt(prompt.text());
            text.through(parser);
        }
        this.form = form(prompt.language(), parser == null ? null : parser.reasoningSection());
    }

    /** What the answer's form must be, worked out before anything is computed; null where anything goes. */
    private @Nullable FormedOutput form(ReplyLanguage language, ReplyLanguage.@Nullable Section thinking) {
        if (!OutputForm.demanded(request)) return null;
        Forms forms = model.forms();
        Forms.Kept kept = forms.constraint(
                Arrays.asList(
                        request.responseFormat(),
                        request.tools(),
                        request.toolChoice(),
                        request.parallelToolCalls(),
                        request.reasoning().off(),
                        language,
                        thinking),
                said -> new OutputForm(request, language, thinking, tokenizer, forms.marks(), said).grammar());
        notices.addAll(kept.notices());
        FormedOutput output = forms.begin(kept.constraint());
        output.prepare();
        return output;
    }

    /** What a request may ask that nothing here does. */
    private static List<String> withoutEffect(ChatRequest request) {
        List<String> found = new ArrayList<>(request.extensions().keySet());
        String tier = request.serviceTier();
        if (tier != null && !TIERS.containsKey(tier)) found.add("service_tier: " + tier);
        if (request.prompt() instanceof Prompt.Conversation) return found;
        List<String> ofTemplate = new ArrayList<>();
        if (!request.tools().isEmpty()) ofTemplate.add("tools");
        if (!request.reasoning().equals(ReasoningOptions.DEFAULT)) ofTemplate.add("reasoning");
        if (!request.templateArguments().isEmpty()) ofTemplate.add("chat_template_kwargs");
        for (String name : ofTemplate) found.add(name + ", where the prompt has no messages,");
        return found;
    }

    @Override
    public int[] prompt() {
        return prompt.ids();
    }

    @Override
    public AdapterMix adapters() {
        return adapters;
    }

    @Override
    public String user() {
        String user = request.user();
        return user == null ? "" : user;
    }

    @Override
    public Priority priority() {
        String tier = request.serviceTier();
        return tier == null ? Priority.NORMAL : TIERS.getOrDefault(tier, Priority.NORMAL);
    }

    @Override
    public long deadline() {
        return deadline;
    }

    @Override
    public boolean cancelled() {
        return left || cancellation.isCancelled();
    }

    /** Nobody listens any more. */
    void leave() {
        left = true;
    }

    @Override
    public void accepted() {
        events.accept(new ChatEvent.Started("chatcmpl-" + UUID.randomUUID(), model.name(), Instant.now()));
        for (ChatEvent.Notice notice : prompt.notices()) events.accept(notice);
        for (ChatEvent.Notice notice : notices) events.accept(notice);
        for (String what : withoutEffect(request)) {
            events.accept(new ChatEvent.Notice("parameter_without_effect", what + " has no effect on a local model"));
        }
        if (prompt.ids().length > model.runner().trainedLength()) beyondTraining();
    }

    @Override
    public void read(int done) {
        if (turn == 0) turn = System.nanoTime();
        promptTokens = prompt.ids().length;
        // Read again for want of memory, which is nobody's news.
        if (completionTokens == 0) events.accept(new ChatEvent.PromptProgress(done, promptTokens));
    }

    @Override
    public int next(float[] logits, int cached) {
        if (promptRead == 0) promptRead = System.nanoTime();
        cachedTokens = cached;
        if (completionTokens >= maxTokens) return complete(FinishReason.LENGTH);
        if (cancelled()) return complete(FinishReason.CANCELLED);
        if (form != null && form.mustEnd()) return complete(FinishReason.END_OF_TURN);
        Integer alternatives = request.topLogprobs();
        if (scores != null && alternatives != null)
            scores.read(logits, Math.min(alternatives, tokenizer.vocabularySize()));
        int id = sampler.sample(logits, form == null ? null : form.mask());
        sampler.accept(id);
        if (form != null) form.accept(id);
        completionTokens++;
        if (firstToken == 0) firstToken = System.nanoTime();
        if (tokenizer.isEndOfGeneration(id)) return complete(FinishReason.END_OF_TURN);
        if (scores != null) events.accept(new ChatEvent.TokenScores(List.of(score(scores, id))));
        if (tokenizer.isControl(id)) text.control(tokenizer.token(id));
        else text.piece(decoder.feed(id));
        if (text.stopped()) return complete(FinishReason.STOP_SEQUENCE);
        if (form != null && form.mustEnd()) return complete(FinishReason.END_OF_TURN);
        int evaluated = promptTokens + completionTokens - 1;
        if (evaluated >= limit) return complete(FinishReason.CONTEXT_FULL);
        if (evaluated == model.runner().trainedLength()) beyondTraining();
        // The token's logits would not be used.
        if (completionTokens >= maxTokens) return complete(FinishReason.LENGTH);
        if (form != null) form.prepare();
        return id;
    }

    private int complete(FinishReason reason) {
        if (!text.stopped()) {
            text.piece(decoder.flush());
            text.finish();
            if (text.stopped()) reason = FinishReason.STOP_SEQUENCE;
        }
        if (reason == FinishReason.END_OF_TURN && text.called()) reason = FinishReason.TOOL_CALLS;
        finished(reason);
        return END;
    }

    @Override
    public int[] guess(int[] ids, int length, boolean alone) {
        if (form == null) return alone ? model.guess(ids, length) : new int[0];
        // What must come needs no luck; the model is only asked how it would write it.
        int[] forced = form.forced(Math.min(limit - length, maxTokens - completionTokens) - 1);
        if (forced.length > 0 || !alone) return forced;
        return form.allowed(model.guess(ids, length));
    }

    @Override
    public void finish(FinishReason reason) {
        if (completionTokens > 0) complete(reason);
        else finished(reason);
    }

    @Override
    public void fail(Throwable why) {
        events.fail(why);
    }

    private void beyondTraining() {
        events.accept(new ChatEvent.Notice(
                "beyond_training",
                "the text is longer than the " + model.runner().trainedLength()
                        + " tokens that the model was trained for; it may lose its sense from here on"));
    }

    private TokenScore score(LogProbabilities scores, int id) {
        List<TokenScore> top = new ArrayList<>();
        Integer count = request.topLogprobs();
        for (int i = 0; count != null && i < count && i < tokenizer.vocabularySize(); i++) {
            int other = scores.top(i);
            top.add(token(other, scores.of(other), List.of()));
        }
        return token(id, scores.of(id), top);
    }

    private TokenScore token(int id, float logprob, List<TokenScore> top) {
        byte[] bytes = tokenizer.bytes(id);
        String text = tokenizer.isControl(id) ? tokenizer.token(id) : new String(bytes, StandardCharsets.UTF_8);
        return new TokenScore(id, text, logprob, bytes, top);
    }

    private void finished(FinishReason reason) {
        long now = System.nanoTime();
        long read = promptRead == 0 ? now : promptRead;
        events.accept(new ChatEvent.Finished(
                reason,
                text.matched(),
                new Usage(promptTokens, cachedTokens, 0, completionTokens, text.reasoningTokens(), Map.of()),
                new Timings(
                        Duration.ofNanos(now - arrived),
                        Duration.ZERO,
                        turn == 0 ? Duration.ZERO : Duration.ofNanos(read - turn),
                        firstToken == 0 ? Duration.ZERO : Duration.ofNanos(now - firstToken),
                        firstToken == 0 ? null : Duration.ofNanos(firstToken - arrived))));
    }
}
