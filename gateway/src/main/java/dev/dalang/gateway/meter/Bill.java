package dev.dalang.gateway.meter;

import dev.dalang.api.Cancellation;
import dev.dalang.api.ChatEvent;
import dev.dalang.api.ChatModel;
import dev.dalang.api.ChatRequest;
import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.api.FinishReason;
import dev.dalang.api.ResponseFacts;
import dev.dalang.api.Timings;
import dev.dalang.api.Usage;
import dev.dalang.gateway.price.MachineShare;
import dev.dalang.ledger.Counts;
import dev.dalang.ledger.Intent;
import dev.dalang.ledger.Money;
import dev.dalang.ledger.Outcome;
import dev.dalang.ledger.Settlement;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One admitted request from its call to its settlement. */
final class Bill {

    /** Latin letters of a token, on the long side; other characters are often tokens of their own. */
    private static final int LETTERS = 5;

    private static final String ESTIMATED = "estimated";
    private final Meter meter;
    private final Intent intent;
    private final ChatRequest request;
    private final List<Target> targets;
    private final Quote quote;
    private final ResponseFacts facts;
    private final @Nullable ResponseFacts outer;
    private final Consumer<? super ChatEvent> events;
    private final long begun;

    private ChatEvent.@Nullable Notice announcement;
    private ChatEvent.@Nullable Started started;
    private long firstNanos;
    private long pieces;
    private long letters;
    private int images;
    private boolean stopped;
    private boolean settled;
    private long used;
    private final @Nullable StringBuilder answer;
    private MachineShare.@Nullable Stay stay;
    private @Nullable Cancellation stop;

    Bill(
            Meter meter,
            Intent intent,
            ChatRequest request,
            List<Target> targets,
            Quote quote,
            ResponseFacts facts,
            @Nullable ResponseFacts outer,
            Consumer<? super ChatEvent> events) {
        this.meter = meter;
        this.intent = intent;
        this.request = request;
        this.targets = targets;
        this.quote = quote;
        this.facts = facts;
        this.outer = outer;
        this.events = events;
        this.begun = meter.nanos().getAsLong();
        this.answer = intent.prompt() == null ? null : new StringBuilder();
    }

    /** Says something about the answer once it begins. */
    void announce(ChatEvent.Notice notice) {
        announcement = notice;
    }

    /** @return the tokens that it took */
    long run(ChatModel inner, Cancellation cancellation) {
        Cancellation own = new Cancellation();
        stop = own;
        if (targets.stream().anyMatch(Target::local)) stay = meter.share().begin();
        try (Cancellation.Registration _ = cancellation.onCancel(own::cancel)) {
            facts.during(() -> inner.chat(request, own, this::accept));
            if (!settled) throw new DalangException(new Failure.Internal("the answer has no end"));
        } catch (DalangException e) {
            if (!settled) settle(failed(e), e.getMessage());
            throw e;
        } catch (RuntimeException | Error e) {
            // The front end left in the middle: what came up to there is paid for.
            if (!settled) settle(abandoned(), String.valueOf(e.getMessage()));
            throw e;
        } finally {
            if (stay != null) stay.end();
        }
        return used;
    }

    private void accept(ChatEvent event) {
        switch (event) {
            case ChatEvent.Started e -> {
                started = e;
                if (facts.get(ResponseFacts.MODEL) == null) facts.put(ResponseFacts.MODEL, target().model());
                tell();
                if (!target().local()) meter.books().began(intent.id(), target().model(), e.id());
                events.accept(e);
                if (announcement != null) events.accept(announcement);
            }
            case ChatEvent.Finished e -> finish(e);
            case ChatEvent.TextDelta e -> {
                if (answer != null) answer.append(e.text());
                piece(e.text());
                events.accept(e);
            }
            case ChatEvent.ReasoningDelta e -> {
                // A summary is not what is paid for.
                if (!e.summary()) piece(e.text());
                events.accept(e);
            }
            case ChatEvent.RefusalDelta e -> {
                piece(e.text());
                events.accept(e);
            }
            case ChatEvent.ToolCallDelta e -> {
                piece(e.arguments());
                events.accept(e);
            }
            case ChatEvent.ToolCallStarted e -> {
                piece("?????");
                events.accept(e);
            }
            case ChatEvent.MediaPart e -> {
                images++;
                piece("?????");
                events.accept(e);
            }
            default -> events.accept(event);
        }
    }

    private void piece(String text) {
        if (pieces == 0) firstNanos = meter.nanos().getAsLong();
        if (text.isEmpty()) return;
        pieces++;
        for (int i = 0; i < text.length(); i++) letters += text.charAt(i) < 0x80 ? 1 : LETTERS;
        if (!stopped && overgrown()) {
            stopped = true;
            if (stop != null) stop.cancel();
        }
    }

    /** At least so many tokens came: a provider may send several in a piece, or cut one into letters. */
    private long tokensSoFar() {
        return Math.min(pieces, letters / LETTERS);
    }

    /** Surely more than was reserved: by its tokens, or, of a local answer, by the machine's time. */
    private boolean overgrown() {
        if (tokensSoFar() > quote.completion()) return true;
        MachineShare.Stay now = stay;
        Money reserved = quote.money();
        if (now == null || reserved == null || pieces % 16 != 0 || !target().local()) return false;
        return meter.tariff()
                .cost(target(), Usage.ZERO, null, 0, now.soFar())
                .filter(cost -> cost.compareTo(reserved) > 0)
                .isPresent();
    }

    private void finish(ChatEvent.Finished e) {
        boolean byUs = stopped && e.reason() == FinishReason.CANCELLED;
        boolean estimated =
                e.usage().other().containsKey(ESTIMATED) || e.reason() == FinishReason.CANCELLED && !target().local();
        Outcome outcome = e.reason() == FinishReason.CANCELLED ? Outcome.CANCELLED : Outcome.DONE;
        Part part = new Part(
                outcome,
                byUs ? "budget" : e.reason().name().toLowerCase(Locale.ROOT),
                estimated ? Counts.ESTIMATED : Counts.EXACT,
                e.usage(),
                tier(e.details()),
                Money.ZERO,
                e.timings());
        Money cost = settle(part, null);
        Map<String, String> details = new LinkedHashMap<>(e.details());
        details.put("dalang_request", "\"" + intent.id() + "\"");
        details.put(
                "dalang_cost_usd",
                cost == null ? "null" : cost.usd().stripTrailingZeros().toPlainString());
        if (byUs) {
            events.accept(new ChatEvent.Notice(
                    "budget_stopped",
                    "the answer went on beyond what its budget had reserved for it, and was stopped",
                    Map.of("reserved_tokens", Long.toString(quote.completion()))));
        }
        events.accept(new ChatEvent.Finished(
                byUs ? FinishReason.LENGTH : e.reason(), e.stopSequence(), e.usage(), e.timings(), details));
    }

    /** How an answer ended, before its price. */
    private record Part(
            Outcome outcome,
            @Nullable String finish,
            Counts counts,
            Usage usage,
            @Nullable String tier,
            Money unsure,
            @Nullable Timings timings) {}

    /**
     * What a failure means for the bill: a provider that refused at the door took nothing; one that was broken off after
     * it began took what had come; one that was given up on before anything came may have taken all that was reserved.
     */
    private Part failed(DalangException e) {
        if (pieces > 0) return broken(Outcome.FAILED);
        boolean mayHaveRun = !target().local() && Attempt.mayHaveBeenPaid(e);
        Money unsure = mayHaveRun && quote.attempt() != null ? quote.attempt() : Money.ZERO;
        Counts counts = mayHaveRun ? Counts.ESTIMATED : Counts.NONE;
        return new Part(Outcome.FAILED, null, counts, Usage.ZERO, request.serviceTier(), unsure, null);
    }

    private Part abandoned() {
        return started == null && pieces == 0
                ? new Part(Outcome.CANCELLED, null, Counts.NONE, Usage.ZERO, null, Money.ZERO, null)
                : broken(Outcome.CANCELLED);
    }

    private Part broken(Outcome outcome) {
        Usage estimate = Usage.of(PromptBound.of(request).estimate(), (int)
                Math.min(Integer.MAX_VALUE, Math.max(pieces, letters / LETTERS)));
        return new Part(outcome, null, Counts.ESTIMATED, estimate, request.serviceTier(), Money.ZERO, null);
    }

    private void tell() {
        if (outer != null) facts.copyTo(outer);
    }

    private @Nullable Money settle(Part p, @Nullable String failure) {
        settled = true;
        long end = meter.nanos().getAsLong();
        used = p.usage().totalTokens();
        Target target = target();
        MachineShare.Used share = stay == null ? null : stay.end();
        Money cost = p.counts() == Counts.NONE
                ? Money.ZERO
                : meter.tariff()
                        .cost(target, p.usage(), p.tier() == null ? request.serviceTier() : p.tier(), images, share)
                        .orElse(null);
        String digest = facts.get(ResponseFacts.DIGEST);
        if (digest == null) digest = target.digest();
        if (digest == null && started != null) digest = started.model();
        Settlement s = new Settlement(
                intent.id(),
                meter.clock().instant(),
                p.counts() == Counts.NONE ? null : target.model(),
                digest,
                target.provider(),
                started == null ? null : started.id(),
                facts.get(ResponseFacts.STEPS),
                p.outcome(),
                p.finish(),
                failure,
                p.counts(),
                p.usage(),
                firstNanos == 0 ? null : Duration.ofNanos(Math.max(0, firstNanos - begun)),
                Duration.ofNanos(Math.max(0, end - begun)),
                cost,
                p.unsure().plus(unsureAttempts()),
                intent.prices(),
                share == null || !target.local() ? null : share.microjoules(),
                answer == null ? null : answer.toString());
        facts.put(
                ResponseFacts.COST,
                cost == null ? "unknown" : cost.usd().stripTrailingZeros().toPlainString());
        tell();
        try {
            meter.books().settle(s);
        } catch (DalangException e) {
            // The answer was given; the ledger keeps it open, which counts as its worst case.
            System.getLogger(Bill.class.getName())
                    .log(
                            System.Logger.Level.ERROR,
                            "request " + intent.id() + " could not be settled: " + e.getMessage());
        }
        return cost;
    }

    /** What earlier attempts of the routing may have cost: each at most what was reserved for one. */
    private Money unsureAttempts() {
        String attempts = facts.get(ResponseFacts.UNSURE_ATTEMPTS);
        Money each = quote.attempt();
        if (attempts == null || each == null) return Money.ZERO;
        Money sum = Money.ZERO;
        for (int i = Integer.parseInt(attempts); i > 0; i--) sum = sum.plus(each);
        return sum;
    }

    private Target target() {
        String model = facts.get(ResponseFacts.MODEL);
        for (Target t : targets) if (t.model().equals(model)) return t;
        if (!targets.isEmpty()) return targets.getFirst();
        return Target.hosted(request.model());
    }

    private static @Nullable String tier(Map<String, String> details) {
        String json = details.get("service_tier");
        if (json == null || json.length() < 2 || json.charAt(0) != '"') return null;
        return json.substring(1, json.length() - 1);
    }
}
