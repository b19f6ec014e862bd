package dev.dalang.train.loop;

import dev.dalang.api.DalangException;
import dev.dalang.engine.format.StrictJson;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * Where a run is, apart from its arrays of numbers. There is no random state: whatever is random comes from a seed and a
 * number that counts, batches or steps.
 *
 * @param step steps that are done
 * @param batch number of the next batch
 * @param tokens that have gone through the network
 * @param best loss of the best validation; infinite before the first
 * @param bestStep its step
 * @param validation loss of the last validation; NaN before the first
 * @param validated step of the last validation; -1 before the first
 * @param worse validations since the best
 * @param losses of the last steps, those that were high left out
 * @param high losses in a row that were high
 */
record RunState(
        long step,
        long batch,
        long tokens,
        double best,
        long bestStep,
        double validation,
        long validated,
        int worse,
        List<Double> losses,
        int high,
        Effort effort) {

    static final RunState BEGINNING =
            new RunState(0, 0, 0, Double.POSITIVE_INFINITY, 0, Double.NaN, -1, 0, List.of(), 0, Effort.NONE);

    /** A state with the identity of its run. */
    record Identified(RunState state, Map<String, String> identity) {}

    RunState {
        losses = List.copyOf(losses);
    }

    /** As the text of a checkpoint's {@code state.json}. */
    byte[] toJson(Map<String, String> identity) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator json = new JsonFactory().createGenerator(ObjectWriteContext.empty(), bytes)) {
            json.writeStartObject();
            json.writeObjectPropertyStart("identity");
            identity.forEach(json::writeStringProperty);
            json.writeEndObject();
            Map<String, Double> numbers = new LinkedHashMap<>();
            numbers.put("step", (double) step);
            numbers.put("batch", (double) batch);
            numbers.put("tokens", (double) tokens);
            numbers.put("best", best);
            numbers.put("best_step", (double) bestStep);
            numbers.put("validation", validation);
            numbers.put("validated", (double) validated);
            numbers.put("worse", (double) worse);
            numbers.put("high", (double) high);
            numbers.put("seconds", seconds(effort.time()));
            numbers.put("processor_seconds", seconds(effort.processor()));
            numbers.put("joules", effort.joules().orElse(Double.NaN));
            // JSON has no word for what is not finite; such a number is left out.
            numbers.forEach((name, n) -> {
                if (!Double.isFinite(n)) return;
                if (n == Math.rint(n) && Math.abs(n) < 1e15) json.writeNumberProperty(name, n.longValue());
                else json.writeNumberProperty(name, n);
            });
            json.writeName("losses");
            json.writeStartArray();
            for (double loss : losses) json.writeNumber(loss);
            json.writeEndArray();
            json.writeEndObject();
        }
        return bytes.toByteArray();
    }

    /** @throws DalangException (bad model file) for a text that is not a state */
    static Identified parse(byte[] text, String file) {
        Map<String, String> identity = new LinkedHashMap<>();
        Map<String, Double> numbers = new LinkedHashMap<>();
        List<Double> losses = new ArrayList<>();
        StrictJson.read(
                text,
                file,
                "the state",
                json -> StrictJson.members(json, key -> {
                    switch (key) {
                        case "identity" -> {
                            if (json.currentToken() != JsonToken.START_OBJECT) throw bad(file, key);
                            StrictJson.members(json, name -> {
                                if (json.currentToken() != JsonToken.VALUE_STRING) throw bad(file, key + "." + name);
                                identity.put(name, json.getString());
                            });
                        }
                        case "losses" -> {
                            if (json.currentToken() != JsonToken.START_ARRAY) throw bad(file, key);
                            while (json.nextToken() != JsonToken.END_ARRAY) losses.add(number(json, file, key));
                        }
                        default -> numbers.put(key, number(json, file, key));
                    }
                }));
        for (String needed : List.of("step", "batch", "tokens")) {
            Double n = numbers.get(needed);
            if (n == null || n < 0 || n != Math.rint(n)) throw bad(file, needed);
        }
        double joules = numbers.getOrDefault("joules", Double.NaN);
        return new Identified(
                new RunState(
                        numbers.getOrDefault("step", 0.0).longValue(),
                        numbers.getOrDefault("batch", 0.0).longValue(),
                        numbers.getOrDefault("tokens", 0.0).longValue(),
                        numbers.getOrDefault("best", Double.POSITIVE_INFINITY),
                        numbers.getOrDefault("best_step", 0.0).longValue(),
                        numbers.getOrDefault("validation", Double.NaN),
                        numbers.getOrDefault("validated", -1.0).longValue(),
                        numbers.getOrDefault("worse", 0.0).intValue(),
                        losses,
                        numbers.getOrDefault("high", 0.0).intValue(),
                        new Effort(
                                duration(numbers.getOrDefault("seconds", 0.0)),
                                duration(numbers.getOrDefault("processor_seconds", 0.0)),
                                Double.isNaN(joules) ? OptionalDouble.empty() : OptionalDouble.of(joules))),
                identity);
    }

    private static double number(JsonParser json, String file, String key) {
        if (json.currentToken() == null || !json.currentToken().isNumeric()) throw bad(file, key);
        return json.getDoubleValue();
    }

    private static DalangException bad(String file, String field) {
        return DalangException.badModelFile(file + ": " + field + " is not what it should be", file, field);
    }

    private static double seconds(Duration d) {
        return d.toNanos() / 1e9;
    }

    private static Duration duration(double seconds) {
        return Duration.ofNanos(Math.round(seconds * 1e9));
    }
}
