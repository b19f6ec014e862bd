package dev.dalang.gateway.meter;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.api.ResponseFacts;
import dev.dalang.ledger.Account;
import dev.dalang.ledger.Allowance;
import dev.dalang.ledger.LastKnown;
import dev.dalang.ledger.Subject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * How fast everybody, a team or a key may ask, and for which models: buckets that fill steadily over a minute, counted in
 * this process by a clock that is never set back. Several servers on one ledger each count for themselves.
 */
public final class RateLimits {

    static final Duration REFRESH = Duration.ofSeconds(10);

    /** As long as this process runs: a limit that was lifted meanwhile is the lesser harm. */
    static final Duration TRUSTED = Duration.ofDays(10_000);

    private static final double MINUTE_NANOS = 60e9;

    /** Given back when the request is over. */
    public interface Permit {
        /** @param tokens that the request really took */
        void end(long tokens);
    }

    private static final class State {
        double requests = Double.NaN;
        double tokens = Double.NaN;
        long at;
        long parallel;
    }

    private final LastKnown<Map<Subject, Allowance>> known;
    private final LongSupplier nanos;
    private final Map<Subject, State> states = new HashMap<>();

    /**
     * @param source the allowances as they are now
     * @param nanos a clock that is never set back
     */
    public RateLimits(Supplier<List<Allowance>> source, LongSupplier nanos) {
        this.known = new LastKnown<>("limits", () -> bySubject(source.get()), nanos, REFRESH, TRUSTED);
        this.nanos = nanos;
    }

    /**
     * Lets a request in, or says when to come again.
     *
     * @param tokens the most that it can take
     * @throws DalangException (rate limited) with the time to wait; (permission denied) for a model that is not allowed;
     *     (overloaded) if the ledger has not said the limits so far and does not now
     */
    public Permit enter(Account account, String model, long tokens) {
        Map<Subject, Allowance> allowances = known.get();
        synchronized (this) {
            List<Allowance> own = of(account, allowances);
            for (Allowance a : own) {
                if (!allows(a, model)) {
                    throw new DalangException(
                            new Failure.PermissionDenied("the model " + model + " is not allowed to " + a.subject()));
                }
            }
            for (Allowance a : own) check(a, fill(a), tokens);
            for (Allowance a : own) {
                State s = fill(a);
                s.parallel++;
                if (a.requestsPerMinute() != null) s.requests -= 1;
                if (a.tokensPerMinute() != null) s.tokens -= tokens;
                tell(a, s);
            }
            return used -> leave(own, tokens, used);
        }
    }

    private synchronized void leave(List<Allowance> own, long reserved, long used) {
        for (Allowance a : own) {
            State s = fill(a);
            s.parallel--;
            if (a.tokensPerMinute() != null) s.tokens = Math.min(a.tokensPerMinute(), s.tokens + reserved - used);
        }
    }

    private static Map<Subject, Allowance> bySubject(List<Allowance> all) {
        return all.stream().collect(Collectors.toUnmodifiableMap(Allowance::subject, a -> a));
    }

    private static List<Allowance> of(Account account, Map<Subject, Allowance> allowances) {
        List<Subject> subjects = new ArrayList<>(List.of(Subject.ALL));
        if (!account.teamId().isEmpty()) subjects.add(Subject.team(account.teamId()));
        if (!account.keyId().isEmpty()) subjects.add(Subject.key(account.keyId()));
        return subjects.stream().map(allowances::get).filter(Objects::nonNull).toList();
    }

    private static boolean allows(Allowance a, String model) {
        if (a.models().isEmpty()) return true;
        for (String pattern : a.models()) {
            String regex = Pattern.quote(pattern).replace("*", "\\E.*\\Q");
            if (model.matches(regex)) return true;
        }
        return false;
    }

    private State fill(Allowance a) {
        State s = states.computeIfAbsent(a.subject(), k -> new State());
        long now = nanos.getAsLong();
        double minutes = (now - s.at) / MINUTE_NANOS;
        s.at = now;
        if (a.requestsPerMinute() != null) s.requests = filled(s.requests, a.requestsPerMinute(), minutes);
        if (a.tokensPerMinute() != null) s.tokens = filled(s.tokens, a.tokensPerMinute(), minutes);
        return s;
    }

    private static double filled(double level, long perMinute, double minutes) {
        return Double.isNaN(level) ? perMinute : Math.min((double) perMinute, level + perMinute * minutes);
    }

    private static void check(Allowance a, State s, long tokens) {
        String whose = "the limit of " + a.subject();
        if (a.parallel() != null && s.parallel >= a.parallel()) {
            throw limited(whose + " is " + a.parallel() + " requests at the same time", Duration.ofSeconds(1));
        }
        if (a.requestsPerMinute() != null && s.requests < 1) {
            throw limited(
                    whose + " is " + a.requestsPerMinute() + " requests a minute",
                    wait(1 - s.requests, a.requestsPerMinute()));
        }
        if (a.tokensPerMinute() == null) return;
        // A request that no full bucket could serve is let in by a full one, and paid off afterwards.
        double needed = Math.min(tokens, a.tokensPerMinute());
        if (s.tokens < needed) {
            throw limited(
                    whose + " is " + a.tokensPerMinute() + " tokens a minute, and this request may take " + tokens,
                    wait(needed - s.tokens, a.tokensPerMinute()));
        }
    }

    private static Duration wait(double missing, long perMinute) {
        return Duration.ofMillis((long) Math.ceil(missing / perMinute * 60_000));
    }

    private static DalangException limited(String message, Duration wait) {
        return new DalangException(new Failure.RateLimited(message, wait));
    }

    private static void tell(Allowance a, State s) {
        ResponseFacts facts = ResponseFacts.current();
        if (facts == null) return;
        if (a.requestsPerMinute() != null) tell(facts, "requests", a.requestsPerMinute(), s.requests);
        if (a.tokensPerMinute() != null) tell(facts, "tokens", a.tokensPerMinute(), s.tokens);
    }

    private static void tell(ResponseFacts facts, String what, long limit, double left) {
        facts.put("x-ratelimit-limit-" + what, Long.toString(limit));
        facts.put("x-ratelimit-remaining-" + what, Long.toString((long) Math.max(0, left)));
        long millis = (long) Math.ceil((limit - Math.max(0, left)) / limit * 60_000);
        facts.put("x-ratelimit-reset-" + what, millis + "ms");
    }
}
