package dev.dalang.train.tokenizer;

import dev.dalang.engine.format.Metadata;
import dev.dalang.engine.tokenizer.BytePieces;
import dev.dalang.engine.tokenizer.Tokenizer;
import dev.dalang.engine.tokenizer.Tokenizers;
import java.io.StringWriter;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * A byte-level BPE vocabulary.
 *
 * @param pre which pieces of text merges never cross, a name as in {@code tokenizer.ggml.pre}
 * @param tokens by id, in the letters of the byte alphabet but for the special ones
 * @param merges in order: the left part, a space, the right part
 * @param roles the special tokens that begin and end a text
 * @param specials how many of the tokens, from the first, are special
 */
public record ByteLevelVocabulary(
        String pre, List<String> tokens, List<String> merges, VocabularySettings.Roles roles, int specials) {

    private static final JsonFactory JSON = JsonFactory.builder().build();
    /** The numbers of GGUF's {@code tokenizer.ggml.token_type}. */
    private static final long NORMAL = 1;

    private static final long CONTROL = 3;

    public ByteLevelVocabulary {
        tokens = List.copyOf(tokens);
        merges = List.copyOf(merges);
    }

    public int size() {
        return tokens.size();
    }

    /** The engine's tokenizer of this vocabulary: exactly what a file with {@link #metadata} gives. */
    public Tokenizer tokenizer() {
        return Tokenizers.fromGguf(new Metadata(null, metadata()));
    }

    /** The keys {@code tokenizer.ggml.*} of a GGUF file. */
    public Map<String, Metadata.Value> metadata() {
        Map<String, Metadata.Value> keys = new LinkedHashMap<>();
        long[] types = new long[tokens.size()];
        Arrays.fill(types, NORMAL);
        Arrays.fill(types, 0, specials, CONTROL);
        keys.put("tokenizer.ggml.model", new Metadata.Value(Metadata.Type.STRING, null, "gpt2"));
        keys.put("tokenizer.ggml.pre", new Metadata.Value(Metadata.Type.STRING, null, pre));
        keys.put("tokenizer.ggml.tokens", array(Metadata.Type.STRING, tokens.toArray(new String[0])));
        keys.put("tokenizer.ggml.token_type", array(Metadata.Type.INT32, types));
        keys.put("tokenizer.ggml.merges", array(Metadata.Type.STRING, merges.toArray(new String[0])));
        keys.put("tokenizer.ggml.bos_token_id", id(roles.begin()));
        keys.put("tokenizer.ggml.eos_token_id", id(roles.end()));
        keys.put("tokenizer.ggml.padding_token_id", id(roles.padding()));
        keys.put("tokenizer.ggml.add_bos_token", new Metadata.Value(Metadata.Type.BOOL, null, true));
        keys.put("tokenizer.ggml.add_eos_token", new Metadata.Value(Metadata.Type.BOOL, null, false));
        return keys;
    }

    private Metadata.Value id(String special) {
        return new Metadata.Value(Metadata.Type.UINT32, null, (long) tokens.indexOf(special));
    }

    private static Metadata.Value array(Metadata.Type element, Object values) {
        return new Metadata.Value(Metadata.Type.ARRAY, element, values);
    }

    /** The same as a {@code tokenizer.json} of Hugging Face's {@code tokenizers}. */
    public String tokenizerJson() {
        StringWriter text = new StringWriter();
        try (JsonGenerator out = JSON.createGenerator(ObjectWriteContext.empty(), text)) {
            out.writeStartObject();
            out.writeStringProperty("version", "1.0");
            out.writeNullProperty("truncation");
            out.writeNullProperty("padding");
            addedTokens(out);
            out.writeNullProperty("normalizer");
            preTokenizer(out);
            postProcessor(out);
            out.writeObjectPropertyStart("decoder");
            byteLevel(out);
            out.writeEndObject();
            model(out);
            out.writeEndObject();
        }
        return text.toString();
    }

    private void addedTokens(JsonGenerator out) {
        out.writeArrayPropertyStart("added_tokens");
        for (int id = 0; id < specials; id++) {
            out.writeStartObject();
            out.writeNumberProperty("id", id);
            out.writeStringProperty("content", tokens.get(id));
            for (String flag : List.of("single_word", "lstrip", "rstrip", "normalized")) {
                out.writeBooleanProperty(flag, false);
            }
            out.writeBooleanProperty("special", true);
            out.writeEndObject();
        }
        out.writeEndArray();
    }

    private void preTokenizer(JsonGenerator out) {
        out.writeObjectPropertyStart("pre_tokenizer");
        out.writeStringProperty("type", "Sequence");
        out.writeArrayPropertyStart("pretokenizers");
        for (String pattern : BytePieces.named(pre).patterns()) {
            out.writeStartObject();
            out.writeStringProperty("type", "Split");
            out.writeObjectPropertyStart("pattern");
            out.writeStringProperty("Regex", pattern);
            out.writeEndObject();
            out.writeStringProperty("behavior", "Isolated");
            out.writeBooleanProperty("invert", false);
            out.writeEndObject();
        }
        out.writeStartObject();
        byteLevel(out);
        out.writeEndObject();
        out.writeEndArray();
        out.writeEndObject();
    }

    /** In the letters of the alphabet, without a space in front and without cutting once more. */
    private static void byteLevel(JsonGenerator out) {
        out.writeStringProperty("type", "ByteLevel");
        out.writeBooleanProperty("add_prefix_space", false);
        out.writeBooleanProperty("trim_offsets", false);
        out.writeBooleanProperty("use_regex", false);
    }

    private void postProcessor(JsonGenerator out) {
        out.writeObjectPropertyStart("post_processor");
        out.writeStringProperty("type", "TemplateProcessing");
        for (String which : List.of("single", "pair")) {
            out.writeArrayPropertyStart(which);
            part(out, "SpecialToken", roles.begin());
            part(out, "Sequence", "A");
            if (which.equals("pair")) part(out, "Sequence", "B");
            out.writeEndArray();
        }
        out.writeObjectPropertyStart("special_tokens");
        out.writeObjectPropertyStart(roles.begin());
        out.writeStringProperty("id", roles.begin());
        out.writeArrayPropertyStart("ids");
        out.writeNumber(tokens.indexOf(roles.begin()));
        out.writeEndArray();
        out.writeArrayPropertyStart("tokens");
        out.writeString(roles.begin());
        out.writeEndArray();
        out.writeEndObject();
        out.writeEndObject();
        out.writeEndObject();
    }

    private static void part(JsonGenerator out, String kind, String id) {
        out.writeStartObject();
        out.writeObjectPropertyStart(kind);
        out.writeStringProperty("id", id);
        out.writeNumberProperty("type_id", 0);
        out.writeEndObject();
        out.writeEndObject();
    }

    private void model(JsonGenerator out) {
        out.writeObjectPropertyStart("model");
        out.writeStringProperty("type", "BPE");
        for (String absent : List.of("dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix")) {
            out.writeNullProperty(absent);
        }
        out.writeBooleanProperty("fuse_unk", false);
        out.writeBooleanProperty("byte_fallback", false);
        out.writeObjectPropertyStart("vocab");
        for (int id = 0; id < tokens.size(); id++) out.writeNumberProperty(tokens.get(id), id);
        out.writeEndObject();
        out.writeArrayPropertyStart("merges");
        for (String merge : merges) out.writeString(merge);
        out.writeEndArray();
        out.writeEndObject();
    }
}
