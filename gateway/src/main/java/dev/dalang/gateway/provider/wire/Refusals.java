package dev.dalang.gateway.provider.wire;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Providers' errors as the doorway's failures: by code and type where they say one, else by status, else by the words
 * that they are known to use.
 */
public final class Refusals {
    private static final int MAX_MESSAGE = 500;
    private static final Pattern TITLE = Pattern.compile("(?is)<title[^>]*>(.*?)</title>");

    private static final Pattern TOO_LONG =
            Pattern.compile("(?i)context.?(length|window|size)|prompt is too long|input is too"
                    + " long|too many (input )?tokens|token count .{0,40}exceeds|exceeds? the .{0,40}tokens|maximum"
                    + " (number of )?(input )?tokens|input length and `?max_tokens");
    private static final Pattern FILTERED = Pattern.compile(
            "(?i)content.?(filter|management|policy)|safety (system|settings|reasons)|responsible.?ai|guardrail");
    /** Anthropic's invalid request, xAI's lack of permission. */
    private static final Pattern NO_CREDIT =
            Pattern.compile("(?i)credit balance is too low|does(n't| not) have any credits");
    /** OpenAI's, Groq's of one that is gone, Mistral's. */
    private static final Pattern NO_MODEL = Pattern.compile("model_not_found|model_decommissioned|invalid_model\\b");
    /** Of those who call it an invalid request: OpenRouter, Bedrock. */
    private static final Pattern NOT_A_MODEL =
            Pattern.compile("(?i)is not a valid model id|model identifier is invalid");

    private static final Pattern NUMBER = Pattern.compile("\\d{1,3}(?:,\\d{3})+|\\d{2,}");
    private static final Pattern SECONDS = Pattern.compile("(\\d{1,9}(?:\\.\\d{1,9})?)s");

    private final String provider;
    private final UnaryOperator<String> hide;

    /** @param hide takes keys out of a text */
    public Refusals(String provider, UnaryOperator<String> hide) {
        this.provider = provider;
        this.hide = hide;
    }

    /**
     * An answer that is none.
     *
     * @param status of HTTP
     * @param body what came, clipped to what is worth reading
     * @param asked how long to wait, as the headers say
     */
    public DalangException of(int status, String body, @Nullable Duration asked, String model) {
        JsonNode json = Json.parse(body);
        if (json == null || !json.isContainer()) return notJson(status, body, asked, model);
        return of(status, json, asked, model);
    }

    /** The same, of an error that is read already; {@code status} 0 where it came within a stream. */
    public DalangException of(int status, JsonNode json, @Nullable Duration asked, String model) {
        if (json.isArray() && !json.isEmpty()) json = json.get(0); // Gemini, when it streams
        JsonNode error = json.path("error");
        JsonNode facts = error.isObject() ? error : json;
        String message = Json.text(facts, "message");
        if (message == null) message = Json.text(facts, "Message"); // AWS
        if (message == null && error.isString()) message = error.stringValue();
        if (message == null) message = Json.text(json, "detail");
        JsonNode fault = fault(facts);
        String parameter = parameter(facts, fault);
        if (message == null && fault != null) {
            message = (parameter == null ? "" : parameter + ": ") + Json.text(fault, "msg", "");
        }
        if (message == null) message = clip(json.toString());
        String code = word(facts, "code");
        String type = word(facts, "type");
        if (type.isEmpty()) type = word(facts, "__type");
        String kind = (code + " " + type + " " + word(facts, "status") + " " + reasons(facts)).strip();
        Duration wait = asked != null ? asked : delay(facts);
        return new DalangException(
                failure(status == 0 ? statusOf(facts, kind) : status, kind, line(message), parameter, wait, model));
    }

    private Failure failure(
            int status,
            String kind,
            String message,
            @Nullable String parameter,
            @Nullable Duration wait,
            String model) {
        String said = provider + ": " + message;
        String k = kind.toLowerCase(Locale.ROOT);
        if (k.contains("context_length") || k.contains("exceed_context") || status == 400 && tooLong(message)) {
            return overflow(said, message);
        }
        if (k.contains("content_filter")
                || k.contains("content_policy")
                || k.contains("guardrail")
                || k.contains("responsibleai")
                || k.contains("invalid_prompt")
                || status == 400 && FILTERED.matcher(message).find()) {
            return new Failure.ContentPolicy(said);
        }
        if (k.contains("insufficient_quota")
                || k.contains("exceeded_current_quota") // Moonshot
                || k.contains("billing")
                || status == 402
                || NO_CREDIT.matcher(message).find()) {
            return new Failure.BudgetExceeded(said + " (the account with " + provider + " has no credit left)");
        }
        if (NO_MODEL.matcher(k).find()
                || status == 400 && NOT_A_MODEL.matcher(message).find()) {
            return new Failure.ModelUnavailable(said, model);
        }
        if (k.contains("unsupported_parameter") || k.contains("unsupported_value")) {
            return new Failure.Unsupported(said, parameter == null ? "parameter" : parameter);
        }
        if (k.contains("throttl") || k.contains("rate_limit") || k.contains("resource_exhausted")) {
            return new Failure.RateLimited(said, wait);
        }
        if (k.contains("api_key_invalid")) return refused(said, 401);
        if (k.contains("overloaded")) return new Failure.Overloaded(said, wait);
        return switch (status) {
            case 400, 405, 409, 413, 415, 422 -> new Failure.InvalidRequest(said, parameter);
            case 401, 403 -> refused(said, status);
            case 404, 410 -> new Failure.ModelUnavailable(said, model);
            case 408 -> new Failure.TimedOut(said);
            case 424 -> new Failure.Upstream(said, status);
            case 429 -> new Failure.RateLimited(said, wait);
            case 498 -> new Failure.ContentPolicy(said); // Cohere, of words on a list
            case 503, 529 -> new Failure.Overloaded(said, wait);
            default -> new Failure.Upstream(status == 0 ? said : said + " (" + status + ")", status);
        };
    }

    private Failure refused(String said, int status) {
        String what = status == 401 ? "does not take this machine's key" : "does not allow it to this machine's key";
        return new Failure.Upstream(
                said + " (" + provider + " " + what + "; `dalang providers test " + provider
                        + "` tries it, `dalang providers add " + provider + "` takes another)",
                status);
    }

    /** A request that cannot be sent, since this machine has no key for it that could be used. */
    public static DalangException noKey(String message) {
        return new DalangException(new Failure.Upstream(message, 401));
    }

    private static boolean tooLong(String message) {
        return TOO_LONG.matcher(message).find();
    }

    /** The two numbers of the message, as far as it has them: the larger is what was sent. */
    private static Failure overflow(String said, String message) {
        int prompt = 0;
        int limit = 0;
        Matcher m = NUMBER.matcher(message);
        for (int seen = 0; seen < 2 && m.find(); seen++) {
            String digits = m.group().replace(",", "");
            int n = digits.length() > 9 ? Integer.MAX_VALUE : Integer.parseInt(digits);
            if (limit == 0) limit = n;
            prompt = Math.max(prompt, n);
            limit = Math.min(limit, n);
        }
        if (prompt == limit) prompt = 0;
        return new Failure.ContextOverflow(
                said,
                prompt,
                limit,
                List.of("a shorter prompt", "a smaller max_tokens", "a model with a longer context"));
    }

    private DalangException notJson(int status, String body, @Nullable Duration asked, String model) {
        String text = body.strip();
        String what;
        if (text.isEmpty()) {
            what = "an answer without content";
        } else if (text.startsWith("<")) {
            Matcher title = TITLE.matcher(text);
            what = "a web page" + (title.find() ? " (\"" + line(title.group(1)) + "\")" : "")
                    + " instead of JSON; is its address right, and is nothing in between?";
        } else {
            what = "something that is no JSON: " + line(text);
        }
        if (status >= 200 && status < 300) {
            return new DalangException(new Failure.Upstream(provider + " sent " + what, status));
        }
        return new DalangException(failure(status, "", "status " + status + " with " + what, null, asked, model));
    }

    /** Providers that fail within a stream say the kind of error, and sometimes the status that it would have had. */
    private static int statusOf(JsonNode facts, String kind) {
        for (String field : new String[] {"code", "status", "status_code", "http_code"}) {
            int n = Json.number(facts, field, 0);
            if (n >= 400 && n < 600) return n;
        }
        String k = kind.toLowerCase(Locale.ROOT);
        if (k.contains("invalid_request") || k.contains("validation")) return 400;
        if (k.contains("authentication") || k.contains("invalid_api_key")) return 401;
        if (k.contains("permission")) return 403;
        if (k.contains("not_found")) return 404;
        if (k.contains("timeout") || k.contains("timed")) return 408;
        if (k.contains("server_error") || k.contains("api_error") || k.contains("internal")) return 500;
        return 0;
    }

    /** The first thing that is wrong with a request as FastAPI says it, which Mistral also has as its message. */
    private static @Nullable JsonNode fault(JsonNode facts) {
        JsonNode message = facts.path("message");
        for (JsonNode list : new JsonNode[] {facts.path("detail"), message.path("detail"), message}) {
            if (list.isArray() && list.path(0).path("msg").isString()) return list.get(0);
        }
        return null;
    }

    /** Where in the request: {@code messages.0.name}. */
    private @Nullable String parameter(JsonNode facts, @Nullable JsonNode fault) {
        String said = Json.text(facts, "param");
        if (said != null || fault == null) return said;
        List<String> steps = new ArrayList<>();
        for (JsonNode step : fault.path("loc").values()) steps.add(step.asString(""));
        if (!steps.isEmpty() && steps.getFirst().equals("body")) steps.removeFirst();
        return steps.isEmpty() ? null : line(String.join(".", steps));
    }

    /** Google's {@code ErrorInfo}: under one status, such as that of an invalid argument, stand errors of many kinds. */
    private static String reasons(JsonNode facts) {
        StringBuilder all = new StringBuilder();
        for (JsonNode detail : facts.path("details").values()) {
            String reason = word(detail, "reason");
            if (!reason.isEmpty()) all.append(reason).append(' ');
        }
        return all.toString();
    }

    /** Google's {@code RetryInfo}. */
    private static @Nullable Duration delay(JsonNode facts) {
        for (JsonNode detail : facts.path("details").values()) {
            String text = Json.text(detail, "retryDelay");
            Matcher m = text == null ? null : SECONDS.matcher(text);
            if (m != null && m.matches()) return Duration.ofMillis(Math.round(Double.parseDouble(m.group(1)) * 1000));
        }
        return null;
    }

    private static String word(JsonNode facts, String field) {
        JsonNode value = facts.path(field);
        return value.isString() ? value.stringValue() : "";
    }

    /** One line that a terminal can show, without keys. */
    public String line(String text) {
        return clip(hide.apply(text)
                .replaceAll("[\\p{Cntrl}\\u2028\\u2029\\s]+", " ")
                .strip());
    }

    private static String clip(String text) {
        return text.length() <= MAX_MESSAGE ? text : text.substring(0, MAX_MESSAGE) + "…";
    }
}
