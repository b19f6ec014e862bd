package dev.dalang.train.report;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * A run as its log tells it, all sittings as one: steps that a sitting did again, because the one before ended after its
 * last checkpoint, are there once.
 */
public final class RunHistory {

    private static final JsonFactory FACTORY = new JsonFactory();

    /** A step; see {@code TrainingEvent.Step}. */
    record Step(long step, double loss, double rate, double gradientNorm, double tokensPerSecond, double tokens) {}

    /** A validation; the loss in nats per target. */
    record Validation(long step, double loss) {
        double perplexity() {
            return Math.exp(loss);
        }
    }

    /** What the network wrote. */
    record Sample(long step, String text) {}

    private final List<Step> steps = new ArrayList<>();
    private final List<Validation> validations = new ArrayList<>();
    private final List<Sample> samples = new ArrayList<>();
    private int sittings;
    private long planned;
    private long parameters;
    private Map<String, Object> end = Map.of();

    private RunHistory() {}

    /**
     * Reads a {@link RunLog}; lines that are no JSON objects are passed over.
     *
     * @throws DalangException (storage) if the file cannot be read
     */
    public static RunHistory read(Path file) {
        RunHistory history = new RunHistory();
        try (BufferedReader lines = Files.newBufferedReader(file)) {
            for (String line; (line = lines.readLine()) != null; ) {
                Map<String, Object> fields = fields(line);
                if (fields != null) history.add(fields);
            }
        } catch (IOException e) {
            throw new DalangException(
                    new Failure.Storage(file + " cannot be read: " + e.getMessage(), file.toString()), e);
        }
        return history;
    }

    private static @Nullable Map<String, Object> fields(String line) {
        Map<String, Object> fields = new HashMap<>();
        try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), line)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) return null;
            while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                String name = parser.currentName();
                JsonToken token = parser.nextToken();
                if (token == JsonToken.VALUE_STRING) fields.put(name, parser.getString());
                else if (token.isNumeric()) fields.put(name, parser.getDoubleValue());
                else if (token.isBoolean()) fields.put(name, token == JsonToken.VALUE_TRUE);
                else parser.skipChildren();
            }
            return parser.currentToken() == JsonToken.END_OBJECT ? fields : null;
        } catch (JacksonException e) {
            return null;
        }
    }

    private void add(Map<String, Object> f) {
        long step = (long) number(f, "step");
        switch (String.valueOf(f.get("event"))) {
            case "started" -> {
                sittings++;
                planned = (long) number(f, "steps");
                parameters = (long) number(f, "parameters");
                steps.removeIf(s -> s.step > step);
                validations.removeIf(v -> v.step > step);
                samples.removeIf(s -> s.step > step);
                end = Map.of();
            }
            case "step" ->
                steps.add(new Step(
                        step,
                        number(f, "loss"),
                        number(f, "rate"),
                        number(f, "gradient_norm"),
                        number(f, "tokens_per_second"),
                        number(f, "tokens")));
            case "validated" -> validations.add(new Validation(step, number(f, "loss")));
            case "sampled" -> samples.add(new Sample(step, String.valueOf(f.get("text"))));
            case "ended" -> end = f;
            default -> {}
        }
    }

    private static double number(Map<String, Object> fields, String name) {
        return fields.get(name) instanceof Double d ? d : Double.NaN;
    }

    List<Step> steps() {
        return steps;
    }

    List<Validation> validations() {
        return validations;
    }

    List<Sample> samples() {
        return samples;
    }

    /** How often the run was begun or gone on with. */
    int sittings() {
        return sittings;
    }

    long plannedSteps() {
        return planned;
    }

    long parameters() {
        return parameters;
    }

    /** A number of the last sitting's end; NaN where there is none. */
    double end(String name) {
        return number(end, name);
    }

    /** How the last sitting ended; null where it did not come to an end in order. */
    @Nullable
    String ending() {
        return end.get("ending") instanceof String s ? s : null;
    }
}
