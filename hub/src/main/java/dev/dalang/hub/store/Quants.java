package dev.dalang.hub.store;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The names of quantisations in the names of files. */
public final class Quants {

    /** What to take when nobody says: small enough for most machines and good enough for most uses, first. */
    private static final List<String> CUSTOMARY = List.of(
            "Q4_K_M", "Q4_K_S", "MXFP4", "Q4_0", "IQ4_NL", "IQ4_XS", "Q5_K_M", "Q5_K_S", "Q6_K", "Q8_0", "Q5_0", "Q4_1",
            "Q3_K_M", "BF16", "F16", "F32");

    private static final Pattern NAME = Pattern.compile("(?i)(?<![A-Za-z0-9])((?:UD-)?I?Q[1-8](?:_[A-Z0-9]{1,3}){1,3}"
            + "|TQ[12]_0|MXFP4(?:_MOE)?|NVFP4|BF16|FP?16|FP?32)(?![A-Za-z0-9])");
    private static final Pattern PART = Pattern.compile("(?i)-(\\d{5})-of-(\\d{5})\\.gguf$");

    private Quants() {}

    /** The last name of a quantisation in a path, in capitals; empty when there is none. */
    public static String of(String path) {
        String found = "";
        Matcher m = NAME.matcher(path);
        while (m.find()) found = m.group(1).toUpperCase(Locale.ROOT);
        return found.startsWith("FP") ? "F" + found.substring(2) : found;
    }

    /**
     * GGUF files by what they are variants of the model in: one for each quantisation, or for each file without one. The
     * parts of a split file are one variant.
     */
    public static Map<String, List<String>> variants(List<String> paths) {
        Map<String, List<String>> variants = new LinkedHashMap<>();
        for (String path : paths) {
            String quant = of(path);
            String stem = PART.matcher(path).replaceAll("").replaceFirst("(?i)\\.gguf$", "");
            String key = quant.isEmpty() ? stem.replaceAll(".*/", "") : quant;
            // Two files of one quantisation that are not parts of one: each under its own name.
            List<String> same = variants.get(key);
            boolean sibling = same == null
                    || PART.matcher(same.getFirst())
                            .replaceAll("")
                            .equals(PART.matcher(path).replaceAll(""));
            variants.computeIfAbsent(sibling ? key : stem.replaceAll(".*/", ""), k -> new ArrayList<>())
                    .add(path);
        }
        return variants;
    }

    /** The customary one of several. */
    public static String customary(List<String> quants) {
        for (String wanted : CUSTOMARY) {
            for (String q : quants) if (q.equalsIgnoreCase(wanted)) return q;
        }
        return quants.getFirst();
    }
}
