package dev.dalang.train.tune;

import dev.dalang.engine.format.Metadata;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Where an adapter comes from, and what goes along with it.
 *
 * @param base the model that is tuned, as people call it
 * @param digest {@code sha256:…} of its file, or of the digests of its files
 * @param licences their names, the base model's own first
 * @param keys of a GGUF file that carry the licences on
 * @param terms what the licences ask of whoever passes on what was made from the model, one thing each
 * @param name of what comes out, as the licences want it
 */
public record Provenance(
        String base,
        String digest,
        List<String> licences,
        Map<String, Metadata.Value> keys,
        List<String> terms,
        String name) {

    /** The digest's key; ours, since the specification of GGUF has none. */
    public static final String DIGEST_KEY = "dalang.base_model.0.digest";

    public Provenance {
        licences = List.copyOf(licences);
        keys = Map.copyOf(keys);
        terms = List.copyOf(terms);
    }

    /** The keys of a GGUF file made from the base model. */
    Map<String, Metadata.Value> metadata() {
        Map<String, Metadata.Value> all = new LinkedHashMap<>();
        all.put("general.name", string(name));
        all.put("general.base_model.count", new Metadata.Value(Metadata.Type.UINT32, null, 1L));
        all.put("general.base_model.0.name", string(base));
        all.put(DIGEST_KEY, string(digest));
        all.putAll(keys);
        return all;
    }

    private static Metadata.Value string(String s) {
        return new Metadata.Value(Metadata.Type.STRING, null, s);
    }
}
