package dev.dalang.server.llamacpp;

import dev.dalang.api.DalangException;
import dev.dalang.api.Prompt;
import dev.dalang.engine.tokenizer.Tokenizer;
import dev.dalang.server.http.Fields;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import tools.jackson.databind.JsonNode;

/**
 * The field {@code "prompt"} of {@code /completion}: a string, token ids, strings and ids mixed in one array, or an array of such.
 *
 * @param prompts in order
 * @param several an array of answers is expected, be it of one
 */
record Prompts(List<Prompt> prompts, boolean several) {

    /** @param tokenizer lends the model's tokenizer, for strings mixed with ids */
    static Prompts read(Fields f, Function<Function<Tokenizer, int[]>, int[]> tokenizer) {
        JsonNode prompt = f.requireAny("prompt");
        if (prompt.isString()) return new Prompts(List.of(new Prompt.Raw(prompt.stringValue())), false);
        if (!prompt.isArray()) throw f.invalid("prompt", "must be a string or an array");
        if (prompt.isEmpty()) throw f.invalid("prompt", "must not be empty");
        boolean nested = false;
        boolean strings = true;
        for (JsonNode n : prompt) {
            nested |= n.isArray();
            strings &= n.isString();
        }
        if (!nested && !strings) return new Prompts(List.of(one(f, prompt, tokenizer)), false);
        List<Prompt> all = new ArrayList<>();
        for (JsonNode n : prompt) {
            all.add(n.isString() ? new Prompt.Raw(n.stringValue()) : one(f, n, tokenizer));
        }
        return new Prompts(all, true);
    }

    private static Prompt one(Fields f, JsonNode array, Function<Function<Tokenizer, int[]>, int[]> tokenizer) {
        if (!array.isArray() || array.isEmpty()) throw wrong(f);
        boolean mixed = false;
        for (JsonNode n : array) {
            if (!n.isString() && !n.isIntegralNumber()) throw wrong(f);
            mixed |= n.isString();
        }
        if (!mixed) {
            return new Prompt.Tokens(IntStream.range(0, array.size())
                    .map(i -> TokenEndpoints.id(f, "prompt", array.get(i)))
                    .toArray());
        }
        return new Prompt.Tokens(tokenizer.apply(t -> {
            IntStream.Builder ids = IntStream.builder();
            boolean first = true;
            for (JsonNode n : array) {
                if (n.isString()) {
                    int[] part = t.encode(n.stringValue(), true);
                    for (int id : first ? t.withSpecials(part) : part) ids.add(id);
                } else {
                    ids.add(TokenEndpoints.id(f, "prompt", n));
                }
                first = false;
            }
            return ids.build().toArray();
        }));
    }

    private static DalangException wrong(Fields f) {
        return f.invalid("prompt", "must hold strings and token ids");
    }
}
