package dev.dalang.api;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the links of a chain find out about the answer that they pass on: which model, by which route, at what price. A
 * front end binds one around its call ({@link #during}), and after it, or at the first byte, reads what to tell; a link
 * finds it with {@link #current}. Nothing depends on it: without one bound the facts are not told.
 *
 * <p>It follows the thread, as an answer's events do ({@link ChatModel#chat}), so no signature carries it. Safe for use by
 * several threads.
 */
public final class ResponseFacts {

    /** The model that answers: a string. */
    public static final String MODEL = "model";

    /** Its exact version: a file's digest or the provider's dated name. */
    public static final String DIGEST = "digest";

    /** How the model was found: {@code fast -> openai/gpt-5-mini (2nd: groq/… is rate limited)}. */
    public static final String ROUTE = "route";

    /** The same for programs, as a JSON array of steps. */
    public static final String STEPS = "steps";

    /** Attempts that broke off and may have to be paid for besides: a number. */
    public static final String UNSURE_ATTEMPTS = "unsure_attempts";

    /** USD, as a decimal number; {@code unknown} where a price is not known. */
    public static final String COST = "cost";

    /** What was found in a request of which something was replaced before it left: {@code email=2, card=1}. */
    public static final String REDACTIONS = "redactions";

    /** The request's id in the ledger. */
    public static final String REQUEST = "request";

    private static final ScopedValue<ResponseFacts> CURRENT = ScopedValue.newInstance();

    private static final int MOST_CHARACTERS = 1024;

    private static final Map<String, String> HEADERS = Map.of(
            MODEL, "x-dalang-model",
            ROUTE, "x-dalang-route",
            COST, "x-dalang-cost",
            REDACTIONS, "x-dalang-redactions",
            REQUEST, "x-dalang-request");

    private final Map<String, String> facts = new LinkedHashMap<>();

    public ResponseFacts() {}

    /** The facts of the request that this thread works on, or null. */
    public static @Nullable ResponseFacts current() {
        return CURRENT.isBound() ? CURRENT.get() : null;
    }

    /** Runs {@code work} with these as {@link #current}. */
    public void during(Runnable work) {
        ScopedValue.where(CURRENT, this).run(work);
    }

    /** Notes a fact; a name that begins with {@code x-} is a header of its own. */
    public synchronized void put(String name, String value) {
        facts.put(name, value);
    }

    public synchronized @Nullable String get(String name) {
        return facts.get(name);
    }

    /** Tells others what is known so far. */
    public void copyTo(ResponseFacts other) {
        Map<String, String> copy;
        synchronized (this) {
            copy = new LinkedHashMap<>(facts);
        }
        copy.forEach(other::put);
    }

    /** The headers of an answer that tell them, with values that a header can carry (visible ASCII). */
    public synchronized Map<String, String> headers() {
        Map<String, String> headers = new LinkedHashMap<>();
        facts.forEach((name, value) -> {
            String header = name.startsWith("x-") ? name : HEADERS.get(name);
            if (header != null) headers.put(header, clip(value.replaceAll("[^ -~]", "?")));
        });
        return headers;
    }

    /** Clients and proxies refuse an answer whose head is too long (4 KiB at nginx); its end says who answered. */
    private static String clip(String value) {
        if (value.length() <= MOST_CHARACTERS) return value;
        return value.substring(0, MOST_CHARACTERS / 2) + " ... "
                + value.substring(value.length() - MOST_CHARACTERS / 2);
    }
}
