package dev.dalang.server.openai;

import dev.dalang.api.Prompt;
import dev.dalang.server.http.Fields;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** A text, texts, token ids, or lists of token ids. */
final class Prompts {

    private Prompts() {}

    static List<Prompt> read(Fields in, String name, JsonNode node) {
        if (node.isString()) return List.of(new Prompt.Raw(node.stringValue()));
        if (!node.isArray() || node.isEmpty()) {
            throw in.invalid(name, "must be a string or an array of strings or token ids, not empty");
        }
        if (node.get(0).isNumber()) return List.of(tokens(in, name, node));
        List<Prompt> all = new ArrayList<>(node.size());
        for (JsonNode one : node) {
            if (one.isString()) all.add(new Prompt.Raw(one.stringValue()));
            else if (one.isArray()) all.add(tokens(in, name, one));
            else throw in.invalid(name, "must hold strings, or arrays of token ids");
        }
        return List.copyOf(all);
    }

    private static Prompt tokens(Fields in, String name, JsonNode array) {
        int[] ids = new int[array.size()];
        for (int i = 0; i < ids.length; i++) {
            JsonNode id = array.get(i);
            if (!id.isIntegralNumber() || !id.canConvertToInt() || id.intValue() < 0)
                throw in.invalid(name, "must hold token ids, which are whole numbers from 0 on");
            ids[i] = id.intValue();
        }
        return new Prompt.Tokens(ids);
    }
}
