package dev.dalang.engine.generate;

import dev.dalang.api.Cancellation;
import dev.dalang.api.ChatEvent;
import dev.dalang.api.ChatRequest;
import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.api.FinishReason;
import dev.dalang.api.Prompt;
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
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One request on its way through a local model: prompt, tokens, text, events. */
final class Answer {

    private final LocalModel model;
    private final Tokenizer tokenizer;
    private final ChatRequest request;
    private final Cancellation cancellation;
    private final Consumer<? super ChatEvent> events;
    private final SamplerSettings settings;
    private final AnswerText text;
    private final AdapterMix adapters;
    private final long arrived = System.nanoTime();

    private int promptTokens;
    private int cachedTokens;
    private int completionTokens;
    private long promptNanos;
    private long firstToken;
    private boolean beyond;

    /** @throws DalangException naming the parameter that this model cannot honour */
    Answer(
            LocalModel model,
            Sampling defaults,
            ChatRequest request,
            Cancellation cancellation,
            Consumer<? super ChatEvent> events) {
        this.model = model;
        this.tokenizer = model.tokenizer();
        this.request = request;
        this.cancellation = cancellation;
        this.events = events;
        this.settings = SamplerSettings.resolve(
                request.sampling(), defaults, ThreadLocalRandom.current().nextLong());
        this.text = new AnswerText(request.stop(), events);
        this.adapters = model.runner().adapters(request.adapters());
        Integer wished = request.contextLength();
        if (wished != null && wished > model.contextLength()) {
            throw DalangException.invalidRequest(
                    "context_length is " + wished + ", but the model was loaded with " + model.contextLength(),
                    "context_length");
        }
    }

    /** What a request may ask that nothing here does. */
    private static List<String> withoutEffect(ChatRequest request) {
        List<String> found = new ArrayList<>(request.extensions().keySet());
        if (request.serviceTier() != null) found.add("service_tier");
        boolean shown = request.prompt() instanceof Prompt.Conversation;
        if (!shown && !request.tools().isEmpty()) found.add("tools, where the prompt has no messages,");
        return found;
    }

    /** What the sequence given to {@link #run} must be under. */
    AdapterMix adapters() {
        return adapters;
    }

    void cancelledBeforeStart() {
        started();
        finish(FinishReason.CANCELLED, null);
    }

    void run(CachedSequence sequence) {
        int limit = request.contextLength() == null ? model.contextLength() : request.contextLength();
        PromptEncoder.Encoded prompt = model.prompts().encode(request, limit);
        promptTokens = prompt.ids().length;
        started();
        for (ChatEvent.Notice notice : prompt.notices()) events.accept(notice);
        for (String what : withoutEffect(request)) {
            events.accept(new ChatEvent.Notice("parameter_without_effect", what + " has no effect on a local model"));
        }
        ReplyParser parser = null;
        if (request.prompt() instanceof Prompt.Conversation) {
            parser = new ReplyParser(
                    prompt.language(),
                    request.tools(),
                    model.controlTokens(),
                    n -> "call_" + UUID.randomUUID().toString().replace("-", "").substring(0, 24),
                    text);
            parser.prompt(prompt.text());
        }
        FormedOutput form = form(prompt.language(), parser == null ? null : parser.reasoningSection());
        cachedTokens = sequence.keep(prompt.ids());
        if (promptTokens > model.runner().trainedLength()) beyondTraining();
        events.accept(new ChatEvent.PromptProgress(cachedTokens, promptTokens));
        long start = System.nanoTime();
        float[] logits = sequence.evaluate(
                Arrays.copyOfRange(prompt.ids(), cachedTokens, promptTokens),
                (done, total) -> events.accept(new ChatEvent.PromptProgress(cachedTokens + done, promptTokens)),
                cancellation);
        promptNanos = System.nanoTime() - start;
        if (logits == null) {
            finish(FinishReason.CANCELLED, null);
            return;
        }
        if (parser != null) text.through(parser);
        generate(sequence, prompt.ids(), logits, limit, form);
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
                notices -> new OutputForm(request, language, thinking, tokenizer, forms.marks(), notices).grammar());
        for (ChatEvent.Notice notice : kept.notices()) events.accept(notice);
        FormedOutput output = forms.begin(kept.constraint());
        output.prepare();
        return output;
    }

    private void generate(
            CachedSequence sequence, int[] prompt, float[] first, int limit, @Nullable FormedOutput form) {
        int vocabulary = Math.min(first.length, tokenizer.vocabularySize());
        Sampler sampler = new Sampler(settings, vocabulary, tokenizer::bytes);
        for (int id : prompt) if (id < vocabulary) sampler.accept(id);
        StreamingDecoder decoder = tokenizer.continuation(false);
        Integer alternatives = request.topLogprobs();
        LogProbabilities scores = alternatives == null ? null : new LogProbabilities(vocabulary);
        int maxTokens = request.maxTokens() == null ? Integer.MAX_VALUE : request.maxTokens();
        float[] logits = first;
        FinishReason reason;
        while (true) {
            if (text.stopped()) {
                reason = FinishReason.STOP_SEQUENCE;
                break;
            }
            if (form != null && form.mustEnd()) {
                reason = FinishReason.END_OF_TURN;
                break;
            }
            if (completionTokens >= maxTokens) {
                reason = FinishReason.LENGTH;
                break;
            }
            if (cancellation.isCancelled()) {
                reason = FinishReason.CANCELLED;
                break;
            }
            if (scores != null && alternatives != null) scores.read(logits, Math.min(alternatives, vocabulary));
            int id = sampler.sample(logits, form == null ? null : form.mask());
            sampler.accept(id);
            if (form != null) form.accept(id);
            completionTokens++;
            if (firstToken == 0) firstToken = System.nanoTime();
            if (tokenizer.isEndOfGeneration(id)) {
                reason = FinishReason.END_OF_TURN;
                break;
            }
            if (scores != null) events.accept(new ChatEvent.TokenScores(List.of(score(scores, id))));
            write(id, decoder);
            if (text.stopped() || (form != null && form.mustEnd())) continue;
            if (sequence.length() >= limit) {
                reason = FinishReason.CONTEXT_FULL;
                break;
            }
            if (!beyond && sequence.length() >= model.runner().trainedLength()) beyondTraining();
            if (completionTokens >= maxTokens) continue; // its logits would not be used
            logits = form == null ? sequence.next(id) : next(sequence, id, form, sampler, decoder, maxTokens, limit);
        }
        if (!text.stopped()) {
            text.piece(decoder.flush());
            text.finish();
            if (text.stopped()) reason = FinishReason.STOP_SEQUENCE;
        }
        if (reason == FinishReason.END_OF_TURN && text.called()) reason = FinishReason.TOOL_CALLS;
        finish(reason, text.matched());
    }

    private void write(int id, StreamingDecoder decoder) {
        if (tokenizer.isControl(id)) text.control(tokenizer.token(id));
        else text.piece(decoder.feed(id));
    }

    /** The logits after a token and after all that must follow it, which is written at once and costs one pass. */
    private float[] next(
            CachedSequence sequence,
            int id,
            FormedOutput form,
            Sampler sampler,
            StreamingDecoder decoder,
            int maxTokens,
            int limit) {
        // Scores are of what the model would have said, so they need its logits at every token.
        int room = request.topLogprobs() != null
                ? 0
                : Math.min(maxTokens - completionTokens - 1, limit - sequence.length() - 2);
        int[] forced = form.forced(room);
        if (forced.length == 0) {
            form.prepare();
            return sequence.next(id, form::allowed);
        }
        int written = 0;
        while (written < forced.length && !text.stopped()) {
            sampler.accept(forced[written]);
            completionTokens++;
            write(forced[written++], decoder);
        }
        if (text.stopped() || form.mustEnd()) return new float[0]; // they would not be used
        form.prepare();
        int[] all = new int[written + 1];
        all[0] = id;
        System.arraycopy(forced, 0, all, 1, written);
        return sequence.nextAll(all);
    }

    private void beyondTraining() {
        beyond = true;
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

    private void started() {
        events.accept(new ChatEvent.Started("chatcmpl-" + UUID.randomUUID(), model.name(), Instant.now()));
    }

    private void finish(FinishReason reason, @Nullable String stop) {
        long now = System.nanoTime();
        events.accept(new ChatEvent.Finished(
                reason,
                stop,
                new Usage(promptTokens, cachedTokens, 0, completionTokens, text.reasoningTokens(), Map.of()),
                new Timings(
                        Duration.ofNanos(now - arrived),
                        Duration.ZERO,
                        Duration.ofNanos(promptNanos),
                        firstToken == 0 ? Duration.ZERO : Duration.ofNanos(now - firstToken),
                        firstToken == 0 ? null : Duration.ofNanos(firstToken - arrived))));
    }

    /** A prompt that leaves no room for even one token of an answer. */
    static DalangException overflow(int tokens, int limit) {
        return new DalangException(new Failure.ContextOverflow(
                "the prompt has " + tokens + " tokens, but the context holds " + limit
                        + " with room for an answer; shorten it, or raise --context where the model allows",
                tokens,
                limit,
                List.of("shorten the prompt", "raise the context length", "ask for truncation")));
    }
}
