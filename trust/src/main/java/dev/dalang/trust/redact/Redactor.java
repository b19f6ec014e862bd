package dev.dalang.trust.redact;

import dev.dalang.api.ChatRequest;
import dev.dalang.api.EmbeddingRequest;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Redacts one request, or one text, and remembers what stands for what, so that {@link #restore} gives the text back as it
 * was. For one request and one thread.
 */
public final class Redactor implements RequestTexts.Mapper {

    /** Longer ones without a blank are a provider's sealed data or embedded files. */
    private static final int SEALED_MIN = 512;

    private final RedactionSettings settings;
    private final Placeholders placeholders = new Placeholders();
    private final Map<Kind, Integer> counts = new EnumMap<>(Kind.class);
    private int replaced;
    private int blind;
    private boolean tokens;
    private @Nullable String stuck;

    public Redactor(RedactionSettings settings) {
        this.settings = settings;
    }

    /** The request as it may leave. What must happen to it as a whole is in {@link #verdict}. */
    public ChatRequest redact(ChatRequest request) {
        new RequestTexts(new Avoiding()).map(request);
        return new RequestTexts(this).map(request);
    }

    /** The same for texts to embed; vectors cannot be given their values back. */
    public EmbeddingRequest redact(EmbeddingRequest request) {
        new RequestTexts(new Avoiding()).map(request);
        return new RequestTexts(this).map(request);
    }

    /** One text. */
    public String redact(String text) {
        placeholders.avoid(text);
        return text(text, "text");
    }

    /** A text with placeholders of this request, as {@link #redact(String)} gives or a model wrote, with the values again. */
    public String restore(String text) {
        return Restorer.ofText(placeholders).whole(text);
    }

    /** What was found so far. */
    public RedactionReport report() {
        return new RedactionReport(counts, replaced, blind);
    }

    /** The strictest of the actions that what was found asks for. */
    public Action verdict() {
        Action strictest = blind > 0 && settings.blind().compareTo(Action.REDACT) > 0 ? settings.blind() : Action.OFF;
        for (Kind kind : counts.keySet()) {
            Action action = settings.action(kind);
            if (action.compareTo(strictest) > 0) strictest = action;
        }
        return strictest;
    }

    /** Where in the request something stands that should be replaced and cannot be, like {@code tools[0].name}; else null. */
    public @Nullable String stuck() {
        return stuck;
    }

    /** There are token ids, which nobody can look into, where something should be kept back. */
    boolean tokens() {
        return tokens;
    }

    Placeholders placeholders() {
        return placeholders;
    }

    @Override
    public String text(String text, String place) {
        return replaced(text, Detectors.find(text, settings.words()), 0);
    }

    @Override
    public String json(String json, String place) {
        String mapped = JsonStrings.replace(json, this::scalar);
        return mapped == null ? text(json, place) : mapped;
    }

    /** A member's name says what its value is, as a label in a text does. */
    private String scalar(@Nullable String name, String value) {
        if (value.length() < 3 || value.length() >= SEALED_MIN && value.indexOf(' ') < 0 && value.indexOf('-') < 0)
            return value;
        if (name == null || name.length() > 64) return text(value, "");
        String labelled = name + ": " + value;
        return replaced(labelled, Detectors.find(labelled, settings.words()), name.length() + 2);
    }

    @Override
    public String label(String name, String place) {
        String spaced = name.replace('_', ' ').replace('-', ' ').replace('.', ' ');
        boolean person = name.indexOf('@') < 0 && person(spaced);
        List<Finding> found = person
                ? List.of(new Finding(Kind.NAME, 0, name.length(), "participant"))
                : Detectors.find(name, settings.words());
        String mapped = replaced(name, found, 0);
        // No brackets where only letters, digits, _ and - may stand.
        return mapped.equals(name) ? name : mapped.replace("[", "").replace("]", "");
    }

    private static boolean person(String spaced) {
        for (String word : spaced.toLowerCase(java.util.Locale.ROOT).split(" ")) {
            if (Gazetteer.GIVEN.contains(word) && !Gazetteer.AMBIGUOUS.contains(word)) return true;
        }
        return false;
    }

    @Override
    public void fixed(String text, String place) {
        for (Finding f : Detectors.find(text, settings.words())) {
            Action action = settings.action(f.kind());
            if (action == Action.OFF || settings.allows(f.kind(), text.substring(f.start(), f.end()))) continue;
            counts.merge(f.kind(), 1, Integer::sum);
            if (action == Action.REDACT && stuck == null) stuck = place;
        }
    }

    @Override
    public void blind(String place) {
        blind++;
    }

    @Override
    public void tokens(String place) {
        blind++;
        boolean asked = settings.otherwise().compareTo(Action.REDACT) >= 0
                || settings.actions().values().stream().anyMatch(a -> a.compareTo(Action.REDACT) >= 0);
        if (asked) tokens = true;
    }

    /** {@code text} from {@code from} on, with placeholders for what was found there. */
    private String replaced(String text, List<Finding> found, int from) {
        StringBuilder out = null;
        int at = from;
        for (Finding f : found) {
            if (f.end() <= from) continue;
            int start = Math.max(f.start(), from);
            String value = text.substring(start, f.end());
            Action action = settings.action(f.kind());
            if (action == Action.OFF || settings.allows(f.kind(), value)) continue;
            counts.merge(f.kind(), 1, Integer::sum);
            if (action != Action.REDACT) continue;
            replaced++;
            if (out == null) out = new StringBuilder(text.length());
            out.append(text, at, start)
                    .append('[')
                    .append(placeholders.key(f.kind(), value))
                    .append(']');
            at = f.end();
        }
        return out == null
                ? text.substring(from)
                : out.append(text, at, text.length()).toString();
    }

    /** Reads a request before anything is replaced in it. */
    private final class Avoiding implements RequestTexts.Mapper {
        @Override
        public String text(String text, String place) {
            placeholders.avoid(text);
            return text;
        }

        @Override
        public String json(String json, String place) {
            placeholders.avoid(json);
            UnaryOperator<String> inner = s -> text(s, place);
            JsonStrings.replace(json, (name, value) -> inner.apply(value));
            return json;
        }

        @Override
        public String label(String name, String place) {
            return text(name, place);
        }

        @Override
        public void fixed(String text, String place) {
            placeholders.avoid(text);
        }

        @Override
        public void blind(String place) {}

        @Override
        public void tokens(String place) {}
    }
}
