package dev.dalang.server.llamacpp;

import dev.dalang.api.DalangException;
import dev.dalang.engine.tokenizer.Tokenizer;
import dev.dalang.server.ServedModels;
import dev.dalang.server.http.Exchange;
import dev.dalang.server.http.Fields;
import dev.dalang.server.http.Json;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code /tokenize} and {@code /detokenize}. */
final class TokenEndpoints {

    private final ServedModels models;
    private final OneModel one;

    TokenEndpoints(ServedModels models, OneModel one) {
        this.models = models;
        this.one = one;
    }

    void tokenize(Exchange x) {
        Fields f = x.fields();
        String text = f.text("content", "");
        boolean addSpecial = f.flag("add_special", false);
        boolean parseSpecial = f.flag("parse_special", true);
        boolean pieces = f.flag("with_pieces", false);
        String model = one.name(x, f.text("model"));
        f.done();
        x.send(200, models.withLocal(model, x.caller(), x.cancellation(), m -> {
            Tokenizer t = m.tokenizer();
            int[] ids = t.encode(text, parseSpecial);
            if (addSpecial) ids = t.withSpecials(ids);
            ObjectNode out = Json.object();
            ArrayNode tokens = out.putArray("tokens");
            for (int id : ids) {
                if (pieces) piece(tokens.addObject(), t, id);
                else tokens.add(id);
            }
            return out;
        }));
    }

    /** The piece is a string where its bytes are UTF-8, else the bytes. */
    private static void piece(ObjectNode out, Tokenizer t, int id) {
        byte[] bytes = t.bytes(id);
        out.put("id", id);
        try {
            out.put(
                    "piece",
                    StandardCharsets.UTF_8
                            .newDecoder()
                            .decode(ByteBuffer.wrap(bytes))
                            .toString());
        } catch (CharacterCodingException e) {
            ArrayNode all = out.putArray("piece");
            for (byte b : bytes) all.add(b & 0xff);
        }
    }

    void detokenize(Exchange x) {
        Fields f = x.fields();
        int[] ids = f.has("tokens") ? ids(f, "tokens") : new int[0];
        String model = one.name(x, f.text("model"));
        f.done();
        x.send(200, models.withLocal(model, x.caller(), x.cancellation(), m -> {
            Tokenizer t = m.tokenizer();
            for (int id : ids) {
                if (id < t.vocabularySize()) continue;
                throw DalangException.invalidRequest(
                        "tokens holds " + id + ", but the vocabulary has " + t.vocabularySize(), "tokens");
            }
            return Json.object().put("content", t.decode(ids, true));
        }));
    }

    /** An array of token ids. */
    static int[] ids(Fields f, String name) {
        List<JsonNode> all = f.array(name);
        if (all == null) return new int[0];
        int[] ids = new int[all.size()];
        for (int i = 0; i < ids.length; i++) ids[i] = id(f, name, all.get(i));
        return ids;
    }

    static int id(Fields f, String name, JsonNode node) {
        if (!node.isIntegralNumber() || !node.canConvertToInt() || node.intValue() < 0) {
            throw f.invalid(name, "must hold token ids");
        }
        return node.intValue();
    }
}
