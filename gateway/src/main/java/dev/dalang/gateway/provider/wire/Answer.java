package dev.dalang.gateway.provider.wire;

import dev.dalang.api.ChatEvent;
import dev.dalang.api.ChatEvent.Notice;
import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.api.FinishReason;
import dev.dalang.api.Part;
import dev.dalang.api.Timings;
import dev.dalang.api.TokenScore;
import dev.dalang.api.Usage;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One answer on its way to the caller: keeps the doorway's rules whatever a provider sends. {@code Started} first and
 * once; texts never cut within a character; calls numbered from 0, begun before they grow, ended once; {@code Finished}
 * last and once. For one thread.
 */
public final class Answer {

    /** Kinds of text that flow; a character may be cut in two between two pieces of one kind. */
    private enum Channel {
        TEXT,
        REASONING,
        SUMMARY,
        REFUSAL
    }

    private static final class Call {
        boolean ended;
        boolean empty = true;
        final boolean freeform;
        char half;

        Call(boolean freeform) {
            this.freeform = freeform;
        }
    }

    private final String provider;
    private final String model;
    private final Consumer<? super ChatEvent> events;
    private final List<Notice> notices;
    private final int promptCharacters;
    private final long begun = System.nanoTime();

    private boolean started;
    private long firstToken;
    private @Nullable Channel channel;
    private char half;
    private final List<Call> calls = new ArrayList<>();
    private boolean refused;
    private boolean spoke;
    private long characters;
    private @Nullable Usage usage;
    private boolean countsDoubted;
    private @Nullable FinishReason reason;
    private @Nullable String stopSequence;
    private final Map<String, String> details = new LinkedHashMap<>();

    /**
     * @param provider for messages
     * @param model that the provider was asked for
     * @param notices that are due before the answer
     * @param promptCharacters to estimate tokens from where the provider counts none
     */
    public Answer(
            String provider,
            String model,
            Consumer<? super ChatEvent> events,
            List<Notice> notices,
            int promptCharacters) {
        this.provider = provider;
        this.model = model;
        this.events = events;
        this.notices = List.copyOf(notices);
        this.promptCharacters = promptCharacters;
    }

    public String provider() {
        return provider;
    }

    /** The head of the answer, as often as the provider says it; the first counts. */
    public void started(@Nullable String id, @Nullable String answering, @Nullable Instant created) {
        if (started) return;
        started = true;
        String name = answering == null || answering.isBlank() ? model : answering;
        events.accept(new ChatEvent.Started(
                id == null || id.isBlank() ? UUID.randomUUID().toString() : id,
                provider + "/" + name,
                created == null ? Instant.now() : created));
        notices.forEach(events);
    }

    public boolean hasStarted() {
        return started;
    }

    public void text(String piece) {
        flow(Channel.TEXT, piece);
    }

    public void textStarted(@Nullable String itemId, @Nullable String phase) {
        begin();
        switchTo(null);
        events.accept(new ChatEvent.TextStarted(itemId, phase));
    }

    public void annotation(String json) {
        begin();
        switchTo(null);
        events.accept(new ChatEvent.TextAnnotation(json));
    }

    public void reasoning(String piece, boolean summary) {
        flow(summary ? Channel.SUMMARY : Channel.REASONING, piece);
    }

    public void signature(String signature, @Nullable String itemId) {
        begin();
        switchTo(null);
        events.accept(new ChatEvent.ReasoningSignature(signature, itemId));
    }

    public void redacted(String data, @Nullable String itemId) {
        begin();
        switchTo(null);
        events.accept(new ChatEvent.ReasoningRedacted(data, itemId));
    }

    /** An empty one is none: some servers have the field in every answer. */
    public void refusal(String piece) {
        if (piece.isEmpty()) return;
        refused = true;
        flow(Channel.REFUSAL, piece);
    }

    public void media(Part part) {
        begin();
        switchTo(null);
        events.accept(new ChatEvent.MediaPart(part));
    }

    /** A part that only who speaks {@code wire} understands. */
    public void opaque(String wire, String type, String json) {
        begin();
        switchTo(null);
        spoke = true;
        events.accept(new ChatEvent.OpaquePart(new Part.Opaque(wire, type, json, null)));
    }

    public void scores(List<TokenScore> tokens) {
        if (tokens.isEmpty()) return;
        begin();
        switchTo(null);
        events.accept(new ChatEvent.TokenScores(tokens));
    }

    public void notice(String code, String message) {
        notice(new Notice(code, message));
    }

    public void notice(Notice notice) {
        begin();
        events.accept(notice);
    }

    /** A tool call begins. @return its number */
    public int call(@Nullable String id, String name, @Nullable String itemId, boolean freeform) {
        if (name.isBlank()) throw broken("calls a tool without a name");
        begin();
        switchTo(null);
        int index = calls.size();
        calls.add(new Call(freeform));
        events.accept(new ChatEvent.ToolCallStarted(
                index,
                id == null || id.isBlank()
                        ? "call_" + UUID.randomUUID().toString().replace("-", "")
                        : id,
                name,
                itemId,
                freeform));
        return index;
    }

    public void arguments(int index, String piece) {
        Call call = calls.get(index);
        if (call.ended) throw broken("goes on with a tool call that it had ended");
        if (piece.isEmpty()) return;
        String text = call.half == 0 ? piece : call.half + piece;
        call.half = 0;
        if (Character.isHighSurrogate(text.charAt(text.length() - 1))) {
            call.half = text.charAt(text.length() - 1);
            text = text.substring(0, text.length() - 1);
        }
        if (text.isEmpty()) return;
        call.empty = false;
        characters += text.length();
        events.accept(new ChatEvent.ToolCallDelta(index, whole(text)));
    }

    /** Ends a call; once more does nothing. A call without arguments has an empty object of them. */
    public void callEnded(int index) {
        Call call = calls.get(index);
        if (call.ended) return;
        if (call.half != 0) {
            call.half = 0;
            events.accept(new ChatEvent.ToolCallDelta(index, "\ufffd"));
        }
        if (call.empty && !call.freeform) events.accept(new ChatEvent.ToolCallDelta(index, "{}"));
        call.ended = true;
        events.accept(new ChatEvent.ToolCallFinished(index));
    }

    public void usage(Usage counted) {
        usage = counted;
    }

    /** The provider's counts cannot be right; said once, however often it counts. */
    void doubtCounts(String why) {
        if (countsDoubted) return;
        countsDoubted = true;
        notice(
                "usage_wrong",
                provider + "'s count of tokens cannot be right: " + why
                        + "; what it should be is estimated from the text's length");
    }

    public @Nullable Usage usage() {
        return usage;
    }

    /** What the provider says of the answer besides; JSON. */
    public void detail(String name, String json) {
        details.put(name, json);
    }

    /** Why the answer ended; {@link #complete} says it. The first reason counts. */
    public void ended(FinishReason why, @Nullable String stop) {
        if (reason != null) return;
        reason = why;
        stopSequence = stop;
    }

    public boolean hasEnded() {
        return reason != null;
    }

    /** Whether a stream that goes on without end would still say something new. */
    public boolean refused() {
        return refused;
    }

    /** @throws DalangException when the provider never said that the answer ended */
    public void complete() {
        FinishReason why = reason;
        if (why == null) {
            throw new DalangException(new Failure.Upstream(
                    spoke
                            ? provider + "'s answer was cut off in the middle"
                            : provider + " ended its answer before it began",
                    0));
        }
        if (why == FinishReason.END_OF_TURN && !calls.isEmpty()) why = FinishReason.TOOL_CALLS;
        if (why == FinishReason.END_OF_TURN && refused) why = FinishReason.REFUSAL;
        finish(why);
    }

    /** The caller wished it to stop. */
    public void cancelled() {
        stopSequence = null;
        finish(FinishReason.CANCELLED);
    }

    /** An answer that breaks the provider's own protocol. */
    public DalangException broken(String what) {
        return new DalangException(new Failure.Upstream(provider + " " + what + "; the answer cannot be trusted", 0));
    }

    private void finish(FinishReason why) {
        begin();
        switchTo(null);
        for (int i = 0; i < calls.size(); i++) callEnded(i);
        Usage counted = counted(why);
        Duration first = firstToken == 0 ? null : Duration.ofNanos(firstToken - begun);
        Duration total = Duration.ofNanos(System.nanoTime() - begun);
        Duration generation = first == null ? null : total.minus(first);
        events.accept(new ChatEvent.Finished(
                why, stopSequence, counted, new Timings(total, null, null, generation, first), details));
    }

    /**
     * The provider's counts, with estimates in the place of those that are missing or cannot be right: an answer that is
     * taken for free opens every budget.
     */
    private Usage counted(FinishReason why) {
        Usage said = usage == null ? Usage.ZERO : usage;
        // What a filter says in the model's place may be free of charge.
        if (usage != null && why == FinishReason.CONTENT_FILTER && !countsDoubted) return said;
        Usage estimate = Counts.estimate(promptCharacters, characters);
        // The last count of an answer that is broken off may be that of its beginning.
        boolean early = why == FinishReason.CANCELLED;
        int prompt = said.promptTokens();
        int completion = said.completionTokens();
        if (prompt == 0 || countsDoubted) prompt = Math.max(prompt, estimate.promptTokens());
        if (completion == 0 || early || countsDoubted) completion = Math.max(completion, estimate.completionTokens());
        boolean changed = prompt != said.promptTokens() || completion != said.completionTokens();
        if (!changed && !countsDoubted) return said;
        if (!countsDoubted) {
            events.accept(new Notice(
                    "usage_estimated",
                    provider + " did not say how many tokens it counted; they are estimated from the text's length",
                    Map.of(
                            "prompt_characters", Integer.toString(promptCharacters),
                            "answer_characters", Long.toString(characters))));
        }
        Map<String, Long> other = new LinkedHashMap<>(said.other());
        other.putAll(estimate.other());
        return new Usage(
                prompt, said.cachedTokens(), said.cacheWriteTokens(), completion, said.reasoningTokens(), other);
    }

    private void flow(Channel to, String piece) {
        if (piece.isEmpty()) return;
        begin();
        if (channel != to) switchTo(to);
        String text = half == 0 ? piece : half + piece;
        half = 0;
        if (Character.isHighSurrogate(text.charAt(text.length() - 1))) {
            half = text.charAt(text.length() - 1);
            text = text.substring(0, text.length() - 1);
        }
        if (!text.isEmpty()) send(to, whole(text));
    }

    private void send(Channel to, String text) {
        if (firstToken == 0) firstToken = System.nanoTime();
        spoke = true;
        characters += text.length();
        events.accept(
                switch (to) {
                    case TEXT -> new ChatEvent.TextDelta(text);
                    case REASONING -> new ChatEvent.ReasoningDelta(text, false);
                    case SUMMARY -> new ChatEvent.ReasoningDelta(text, true);
                    case REFUSAL -> new ChatEvent.RefusalDelta(text);
                });
    }

    private void switchTo(@Nullable Channel next) {
        Channel before = channel;
        if (half != 0 && before != null) {
            half = 0;
            send(before, "\ufffd");
        }
        channel = next;
    }

    private void begin() {
        if (!started) started(null, null, null);
    }

    /** Halves of characters that nobody completes become the mark for what cannot be shown. */
    private static String whole(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isSurrogate(text.charAt(i))) {
                StringBuilder out = new StringBuilder(text.length());
                text.codePoints().forEach(c -> out.appendCodePoint(c >= 0xd800 && c <= 0xdfff ? 0xfffd : c));
                return out.toString();
            }
        }
        return text;
    }
}
