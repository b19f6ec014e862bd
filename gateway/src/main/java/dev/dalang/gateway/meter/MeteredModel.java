package dev.dalang.gateway.meter;

import dev.dalang.api.Cancellation;
import dev.dalang.api.ChatEvent;
import dev.dalang.api.ChatModel;
import dev.dalang.api.ChatRequest;
import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.api.ResponseFacts;
import dev.dalang.ledger.Account;
import dev.dalang.ledger.Admission;
import dev.dalang.ledger.Budget;
import dev.dalang.ledger.Intent;
import dev.dalang.ledger.Money;
import dev.dalang.ledger.Period;
import dev.dalang.ledger.RequestId;
import java.time.Instant;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The link that writes the bill. Before the call it reserves the request's worst case in every budget that applies, and
 * turns away what does not fit; after it, it writes down what the answer took. The stream itself waits for nothing: the
 * ledger is written before the call and before the last event.
 *
 * <p>A request without {@code max_tokens} whose model could write more than the budget has left gets the limit that fits,
 * with a notice {@code budget_limited}. An answer that outgrows what was reserved (a provider that ignores the limit) is
 * stopped, with a notice {@code budget_stopped}.
 */
public final class MeteredModel implements ChatModel {

    private final ChatModel inner;
    private final Meter meter;
    private final Account account;
    private final String dialect;
    private final Function<ChatRequest, Plan> plans;

    /**
     * @param account who pays
     * @param dialect the front end's name
     * @param plans who may answer a request: the routing's, or the one model
     */
    public MeteredModel(
            ChatModel inner, Meter meter, Account account, String dialect, Function<ChatRequest, Plan> plans) {
        this.inner = inner;
        this.meter = meter;
        this.account = account;
        this.dialect = dialect;
        this.plans = plans;
    }

    @Override
    public String name() {
        return inner.name();
    }

    @Override
    public int countTokens(ChatRequest request) {
        return inner.countTokens(request);
    }

    @Override
    public void chat(ChatRequest request, Cancellation cancellation, Consumer<? super ChatEvent> events) {
        // Its own, since a front end may ask several times for one answer to its caller.
        metered(request, cancellation, events, new ResponseFacts(), ResponseFacts.current());
    }

    private void metered(
            ChatRequest asked,
            Cancellation cancellation,
            Consumer<? super ChatEvent> events,
            ResponseFacts facts,
            @Nullable ResponseFacts outer) {
        Plan plan = plans.apply(asked);
        Quote quote = meter.tariff().quote(asked, plan, asked.maxTokens());
        Instant now = meter.clock().instant();
        Intent intent = intent(RequestId.next(now), now, asked, quote);
        facts.put(ResponseFacts.REQUEST, intent.id());
        if (outer != null) facts.copyTo(outer);
        if (quote.unknown() != null && meter.policy().unknownPrice() == MeterPolicy.UnknownPrice.REFUSE) {
            throw refuse(
                    intent,
                    new Failure.BudgetExceeded(quote.unknown() + "; `dalang prices` lists what is known, a"
                            + " price file adds to it, and unknown-price = flag lets the request through"));
        }
        RateLimits.Permit permit;
        try {
            permit = meter.limits().enter(account, asked.model(), quote.tokens());
        } catch (DalangException e) {
            throw refuse(intent, e.failure());
        }
        long used = 0;
        try {
            ChatRequest request = asked;
            Integer limited = null;
            Admission admission = meter.books().open(intent);
            if (admission instanceof Admission.Exceeds e) {
                limited = asked.maxTokens() == null ? within(asked, plan, quote, e.budget()) : null;
                if (limited == null) throw refuse(intent, new Failure.BudgetExceeded(why(e, quote, asked, plan)));
                request = asked.toBuilder().maxTokens(limited).build();
                quote = meter.tariff().quote(request, plan, limited);
                intent = intent(intent.id(), now, asked, quote);
                if (meter.books().open(intent) instanceof Admission.Exceeds again) {
                    throw refuse(intent, new Failure.BudgetExceeded(why(again, quote, request, plan)));
                }
            }
            Bill bill = new Bill(meter, intent, request, plan.targets(), quote, facts, outer, events);
            if (limited != null) bill.announce(limitedNotice(limited));
            used = bill.run(inner, cancellation);
        } finally {
            permit.end(used);
        }
    }

    private Intent intent(String id, Instant now, ChatRequest request, Quote quote) {
        String prompt = meter.policy().keepTexts().test(account) ? Texts.of(request.prompt()) : null;
        return new Intent(
                id,
                now,
                account,
                dialect,
                request.model(),
                quote.money(),
                quote.tokens(),
                meter.tariff().version(),
                request.metadata(),
                prompt);
    }

    private DalangException refuse(Intent intent, Failure failure) {
        meter.books().refused(intent, failure.message());
        return new DalangException(failure);
    }

    /** The limit for an answer that fits the budget, or null where not even a short one does. */
    private @Nullable Integer within(ChatRequest asked, Plan plan, Quote quote, Budget.Standing budget) {
        Money left = budget.left();
        Long tokensLeft = budget.tokensLeft();
        int fits = meter.tariff()
                .completionWithin(
                        asked,
                        plan,
                        left == null ? new Money(Long.MAX_VALUE) : left,
                        tokensLeft == null ? Long.MAX_VALUE : tokensLeft,
                        quote.completion());
        return fits < 1 ? null : fits;
    }

    private static ChatEvent.Notice limitedNotice(int limit) {
        return new ChatEvent.Notice(
                "budget_limited",
                "the budget has room for an answer of " + limit + " tokens, so it was limited to that",
                Map.of("max_tokens", Integer.toString(limit)));
    }

    private String why(Admission.Exceeds e, Quote quote, ChatRequest asked, Plan plan) {
        Budget b = e.budget().budget();
        boolean once = b.period() == Period.TOTAL;
        String budget = "the budget of " + b.subject() + " (" + both(b.money(), b.tokens())
                + (once ? " in all" : " a " + b.period().word()) + ")";
        if (e.unknownPrice()) return budget + " needs a known price, and " + quote.unknown();
        Money left = e.budget().left();
        Long tokensLeft = e.budget().tokensLeft();
        String most = both(b.money() == null ? null : quote.money(), b.tokens() == null ? null : quote.tokens());
        String said = budget + " has " + both(left, tokensLeft) + " left, and this request could take " + most;
        if (left != null && left.picos() <= 0 || tokensLeft != null && tokensLeft <= 0)
            return said + "; `dalang budgets set` raises it";
        Integer fits = within(asked, plan, quote, e.budget());
        return said + (fits == null ? "; a shorter prompt may fit" : "; a max_tokens of " + fits + " would fit");
    }

    /** What a budget limits: money, tokens, or both. */
    private static String both(@Nullable Money money, @Nullable Long tokens) {
        if (tokens == null) return String.valueOf(money);
        return (money == null ? "" : money + " and ") + tokens + " tokens";
    }
}
