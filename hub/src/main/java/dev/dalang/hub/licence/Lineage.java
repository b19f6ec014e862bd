package dev.dalang.hub.licence;

import dev.dalang.engine.format.Metadata;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The licences that hold for a file: its own and those of all that it was made from. A copy, a quantisation, a merge or a
 * fine-tune takes them along, in keys of its metadata.
 *
 * @param licences names as found, without doubles, the file's own first
 * @param bases what it was made from, as far as it says
 */
public record Lineage(List<String> licences, List<String> bases) {

    /** Ours, where a file falls under several licences: the specification of GGUF has room for one. */
    public static final String KEY = "dalang.licences";

    /** A reader that finds this many bases has a file that was made to annoy. */
    private static final int MAX_BASES = 64;

    public Lineage {
        licences = List.copyOf(licences);
        bases = List.copyOf(bases);
    }

    /** What a file says in {@code general.license}, {@code general.base_model.*} and {@link #KEY}. */
    public static Lineage of(Metadata meta) {
        Set<String> licences = new LinkedHashSet<>();
        String own = text(meta, "general.license");
        // "other" says that the name is in the next key.
        String named = text(meta, "general.license.name");
        if (own != null && !own.equalsIgnoreCase("other")) licences.add(own);
        else if (named != null) licences.add(named);
        else if (own != null) licences.add(own);
        String all = text(meta, KEY);
        if (all != null) for (String l : all.split(" \\+ ")) if (!l.isBlank()) licences.add(l.strip());
        Set<String> bases = new LinkedHashSet<>();
        for (int i = 0; i < MAX_BASES; i++) {
            String prefix = "general.base_model." + i + ".";
            String url = text(meta, prefix + "repo_url");
            String name = text(meta, prefix + "name");
            if (url == null && name == null) break;
            String organisation = text(meta, prefix + "organization");
            bases.add(url != null ? url : organisation == null ? name : organisation + "/" + name);
        }
        return new Lineage(new ArrayList<>(licences), new ArrayList<>(bases));
    }

    /** Of something made of several parts: the licences of all of them. */
    public static Lineage merged(List<Lineage> parts) {
        Set<String> licences = new LinkedHashSet<>();
        Set<String> bases = new LinkedHashSet<>();
        for (Lineage l : parts) {
            licences.addAll(l.licences);
            bases.addAll(l.bases);
        }
        return new Lineage(new ArrayList<>(licences), new ArrayList<>(bases));
    }

    /** With further licences after the ones there are. */
    public Lineage and(@Nullable String licence) {
        if (licence == null || licence.isBlank() || licences.contains(licence)) return this;
        List<String> all = new ArrayList<>(licences);
        all.add(licence);
        return new Lineage(all, bases);
    }

    /** The keys to write into a file made from this; empty when no licence is known. */
    public Map<String, Metadata.Value> metadata() {
        Map<String, Metadata.Value> keys = new LinkedHashMap<>();
        if (licences.isEmpty()) return keys;
        keys.put("general.license", string(licences.getFirst()));
        if (licences.size() > 1) keys.put(KEY, string(String.join(" + ", licences)));
        return keys;
    }

    private static Metadata.Value string(String s) {
        return new Metadata.Value(Metadata.Type.STRING, null, s);
    }

    private static @Nullable String text(Metadata meta, String key) {
        Metadata.Value value = meta.get(key);
        if (value == null) return null;
        // Some converters write a list with one name.
        if (value.value() instanceof String[] several && several.length > 0) return several[0].strip();
        return value.value() instanceof String s && !s.isBlank() ? s.strip() : null;
    }
}
