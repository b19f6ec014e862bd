package dev.dalang.engine.arch;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * A model, a prompt, and what the reference implementation computed for every position of it.
 *
 * @param logits {@code [tokens][vocabulary]}
 * @param hidden the residual stream on its way; empty where the reference did not write it down
 * @param greedy the likeliest token after the prompt, after that one, and so on; may be empty
 */
record Golden(
        String name,
        Path model,
        int[] tokens,
        int context,
        FloatBuffer logits,
        List<Hidden> hidden,
        List<Choice> greedy) {

    /** The residual stream at one place, {@code [tokens][embedding]}, under the name of {@link Decoder.Probe}. */
    record Hidden(String name, FloatBuffer values) {}

    /** A token of the greedy continuation, and how far its logit is above the next one's. */
    record Choice(int token, double margin) {}

    /** All goldens of a folder with {@code models/} and {@code logits/}, without those made in reduced precision. */
    static List<Golden> in(Path folder) throws IOException {
        List<Path> descriptions;
        try (Stream<Path> files = Files.list(folder.resolve("logits"))) {
            descriptions = files.filter(f -> f.toString().endsWith(".json"))
                    .filter(f -> !f.toString().contains(".f16gelu."))
                    // Where there is an answer in full precision, the other is of activations rounded to 8 bits.
                    .filter(f -> !Files.exists(f.resolveSibling(base(f) + ".f32ref.json")))
                    .sorted()
                    .toList();
        }
        List<Golden> all = new ArrayList<>();
        for (Path d : descriptions) all.add(read(folder, d));
        return all;
    }

    /**
     * How far the reference implementation itself is from this answer when it rounds activations as it usually does: the
     * largest difference of a logit, from the table beside the models.
     */
    double roundingOfReference() throws IOException {
        String row = name.replaceAll("\\.f32ref$", "");
        for (String line : Files.readAllLines(model.resolveSibling("../compare.txt"))) {
            String[] cells = line.trim().split(" +");
            if (cells[0].equals(row) && cells.length > 3) return Double.parseDouble(cells[1]);
        }
        throw new IOException("no row for " + row);
    }

    private static String base(Path description) {
        return description.getFileName().toString().replaceAll("\\.json$", "");
    }

    private static Golden read(Path folder, Path description) throws IOException {
        String base = base(description);
        Path model = folder.resolve("models").resolve(base + ".gguf");
        if (!Files.exists(model)) model = model.resolveSibling(base.replaceAll("\\.[a-z0-9]+$", "") + ".gguf");
        List<Integer> tokens = new ArrayList<>();
        List<Integer> greedy = new ArrayList<>();
        List<Double> margins = new ArrayList<>();
        List<Hidden> hidden = new ArrayList<>();
        int context = 0;
        try (JsonParser p = new JsonFactory().createParser(ObjectReadContext.empty(), Files.readString(description))) {
            p.nextToken();
            while (p.nextToken() == JsonToken.PROPERTY_NAME) {
                String key = p.currentName();
                p.nextToken();
                switch (key) {
                    case "n_ctx" -> context = p.getIntValue();
                    case "tokens" -> {
                        while (p.nextToken() != JsonToken.END_ARRAY) tokens.add(p.getIntValue());
                    }
                    case "greedy" -> {
                        while (p.nextToken() != JsonToken.END_ARRAY) greedy.add(p.getIntValue());
                    }
                    case "greedy_margin" -> {
                        while (p.nextToken() != JsonToken.END_ARRAY) margins.add(p.getDoubleValue());
                    }
                    case "hidden" -> hidden.addAll(hidden(p, description.resolveSibling(base + ".hidden.bin")));
                    default -> p.skipChildren();
                }
            }
        }
        List<Choice> choices = new ArrayList<>();
        for (int i = 0; i < greedy.size(); i++) choices.add(new Choice(greedy.get(i), margins.get(i)));
        return new Golden(
                base,
                model,
                tokens.stream().mapToInt(Integer::intValue).toArray(),
                context,
                floats(description.resolveSibling(base + ".logits.bin")),
                hidden,
                choices);
    }

    /** A list of {@code name}, {@code shape} and {@code offset_floats}: where each stands in the file. */
    private static List<Hidden> hidden(JsonParser p, Path file) throws IOException {
        List<Hidden> all = new ArrayList<>();
        FloatBuffer floats = Files.exists(file) ? floats(file) : FloatBuffer.allocate(0);
        while (p.nextToken() == JsonToken.START_OBJECT) {
            String name = "";
            int offset = 0;
            int length = 1;
            while (p.nextToken() == JsonToken.PROPERTY_NAME) {
                String key = p.currentName();
                p.nextToken();
                switch (key) {
                    case "name" -> name = p.getString();
                    case "offset_floats" -> offset = p.getIntValue();
                    case "shape" -> {
                        while (p.nextToken() != JsonToken.END_ARRAY) length *= p.getIntValue();
                    }
                    default -> p.skipChildren();
                }
            }
            if (floats.capacity() > 0) all.add(new Hidden(name, floats.slice(offset, length)));
        }
        return all;
    }

    private static FloatBuffer floats(Path file) throws IOException {
        return ByteBuffer.wrap(Files.readAllBytes(file))
                .order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer();
    }
}
