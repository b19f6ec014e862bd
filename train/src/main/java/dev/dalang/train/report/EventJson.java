package dev.dalang.train.report;

import dev.dalang.train.loop.TrainingEvent;
import java.io.StringWriter;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** Events of a run as JSON, one line each: for a log, and for programs that watch. */
public final class EventJson {

    private static final JsonFactory FACTORY = new JsonFactory();

    private EventJson() {}

    /** The line without its end; numbers that are not finite are left out. */
    public static String line(TrainingEvent event) {
        return line(fields(event));
    }

    static String line(Map<String, ?> fields) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = FACTORY.createGenerator(ObjectWriteContext.empty(), text)) {
            json.writeStartObject();
            fields.forEach((name, value) -> write(json, name, value));
            json.writeEndObject();
        }
        return text.toString();
    }

    private static void write(JsonGenerator json, String name, @Nullable Object value) {
        switch (value) {
            case null -> {}
            case Double d when !Double.isFinite(d) -> {}
            case Double d -> json.writeNumberProperty(name, d);
            case Long l -> json.writeNumberProperty(name, l);
            case Integer i -> json.writeNumberProperty(name, i);
            case Boolean b -> json.writeBooleanProperty(name, b);
            default -> json.writeStringProperty(name, value.toString());
        }
    }

    private static Map<String, @Nullable Object> fields(TrainingEvent event) {
        Map<String, @Nullable Object> f = new LinkedHashMap<>();
        f.put("event", event.getClass().getSimpleName().toLowerCase(Locale.ROOT));
        f.put("step", event.step());
        switch (event) {
            case TrainingEvent.Started e -> {
                f.put("steps", e.steps());
                f.put("parameters", e.parameters());
                f.put("checkpoint", e.checkpoint());
            }
            case TrainingEvent.Step e -> {
                f.put("steps", e.steps());
                f.put("loss", e.loss());
                f.put("rate", e.rate());
                f.put("gradient_norm", e.gradientNorm());
                f.put("tokens", e.tokens());
                f.put("rounds", e.rounds());
                f.put("tokens_per_second", e.tokensPerSecond());
                f.put("elapsed_seconds", e.elapsed().toMillis() / 1e3);
                f.put("remaining_seconds", e.remaining().toMillis() / 1e3);
            }
            case TrainingEvent.Validated e -> {
                f.put("loss", e.loss());
                f.put("perplexity", e.perplexity());
                f.put("targets", e.targets());
                f.put("best", e.best());
            }
            case TrainingEvent.Sampled e -> f.put("text", e.text());
            case TrainingEvent.Saved e -> f.put("checkpoint", e.checkpoint());
            case TrainingEvent.NotSaved e -> {
                f.put("problem", e.problem());
                f.put("last", e.last());
            }
            case TrainingEvent.Diverged e -> {
                f.put("loss", e.loss());
                f.put("advice", e.advice());
            }
            case TrainingEvent.Ended e -> {
                f.put("ending", e.ending().name().toLowerCase(Locale.ROOT));
                f.put("loss", e.loss());
                f.put("validation_loss", e.validation());
                f.put("tokens", e.tokens());
                f.put("seconds", e.effort().time().toMillis() / 1e3);
                f.put("processor_seconds", e.effort().processor().toMillis() / 1e3);
                f.put("joules", e.effort().joules().orElse(Double.NaN));
                f.put("checkpoint", e.checkpoint());
            }
        }
        return f;
    }
}
