package dev.dalang.engine.tokenizer;

import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The {@code normalizer} of a Hugging Face {@code tokenizer.json}. */
final class HfNormalizers {

    private HfNormalizers() {}

    static UnaryOperator<String> read(Json json) {
        if (json.isNull()) return PipelineTokenizer.AS_IT_IS;
        String type = json.get("type").string();
        return switch (type) {
            case "Sequence" -> sequence(json.get("normalizers"));
            case "NFC" -> text -> Normalizer.normalize(text, Normalizer.Form.NFC);
            case "NFD" -> text -> Normalizer.normalize(text, Normalizer.Form.NFD);
            case "NFKC" -> text -> Normalizer.normalize(text, Normalizer.Form.NFKC);
            case "NFKD" -> text -> Normalizer.normalize(text, Normalizer.Form.NFKD);
            case "Lowercase" -> Normalizers::lowercase;
            case "StripAccents" -> Normalizers::stripAccents;
            case "Strip" ->
                strip(json.get("strip_left").bool(true), json.get("strip_right").bool(true));
            case "BertNormalizer" -> bert(json);
            case "Prepend" -> {
                String prefix = json.get("prepend").string();
                yield text -> text.isEmpty() ? text : prefix + text;
            }
            case "Replace" -> replace(json);
            case "ByteLevel" -> ByteAlphabet::encode;
            case "Nmt" -> HfNormalizers::nmt;
            case "Precompiled" -> {
                Json blob = json.get("precompiled_charsmap");
                Charsmap charsmap = Charsmap.read(base64(blob), blob.path());
                yield text -> precompiled(charsmap, text);
            }
            default -> throw json.get("type").unsupported("'" + type + "'");
        };
    }

    private static final Pattern CLUSTER = Pattern.compile("\\X");

    /**
     * SentencePiece's rules as Hugging Face's engine applies them, which is not as SentencePiece does: to grapheme
     * clusters of up to five bytes as a whole, by the rule for their shortest prefix, else to each character.
     */
    private static String precompiled(Charsmap charsmap, String text) {
        StringBuilder out = new StringBuilder(text.length());
        Matcher clusters = CLUSTER.matcher(text);
        while (clusters.find()) {
            String cluster = clusters.group();
            byte[] utf8 = cluster.getBytes(StandardCharsets.UTF_8);
            if (utf8.length >= 6 || !replaced(charsmap, utf8, out)) {
                cluster.codePoints().forEach(cp -> {
                    byte[] one = Character.toString(cp).getBytes(StandardCharsets.UTF_8);
                    if (!replaced(charsmap, one, out)) out.appendCodePoint(cp);
                });
            }
        }
        return out.toString();
    }

    private static boolean replaced(Charsmap charsmap, byte[] utf8, StringBuilder out) {
        Charsmap.Rule rule = charsmap.shortest(utf8);
        if (rule.length() == 0) return false;
        out.append(new String(rule.replacement(), StandardCharsets.UTF_8));
        return true;
    }

    private static UnaryOperator<String> sequence(Json list) {
        List<UnaryOperator<String>> steps = new ArrayList<>();
        for (Json step : list.list()) steps.add(read(step));
        return text -> {
            String result = text;
            for (UnaryOperator<String> step : steps) result = step.apply(result);
            return result;
        };
    }

    private static byte[] base64(Json json) {
        try {
            return Base64.getDecoder().decode(json.string());
        } catch (IllegalArgumentException e) {
            throw json.bad("is not base64");
        }
    }

    private static UnaryOperator<String> bert(Json json) {
        boolean clean = json.get("clean_text").bool(true);
        boolean chinese = json.get("handle_chinese_chars").bool(true);
        boolean lowercase = json.get("lowercase").bool(true);
        boolean accents = json.get("strip_accents").bool(lowercase);
        return text -> Normalizers.bert(text, clean, chinese, accents, lowercase);
    }

    static UnaryOperator<String> replace(Json json) {
        String content = json.get("content").string();
        Json pattern = json.get("pattern");
        if (pattern.get("String").isString()) {
            String literal = pattern.get("String").string();
            return text -> literal.isEmpty() ? text : text.replace(literal, content);
        }
        PatternProgram program =
                PatternProgram.compile(PatternParser.parse(pattern.get("Regex").string()));
        return text -> replace(program, text, content);
    }

    private static String replace(PatternProgram program, String text, String content) {
        PatternMatcher matcher = new PatternMatcher(program, text);
        StringBuilder out = new StringBuilder(text.length());
        int pos = 0;
        int lastEnd = -1;
        while (pos <= text.length()) {
            int end = matcher.match(pos);
            // An empty match counts too, at the very end as well, but not right behind another match.
            if (end > pos || (end == pos && pos != lastEnd)) out.append(content);
            if (end > pos) {
                pos = end;
                lastEnd = end;
                continue;
            }
            if (pos == text.length()) break;
            int next = pos + Character.charCount(text.codePointAt(pos));
            out.append(text, pos, next);
            pos = next;
        }
        return out.toString();
    }

    private static UnaryOperator<String> strip(boolean left, boolean right) {
        return text -> {
            int from = 0;
            int to = text.length();
            while (left && from < to && CharSet.isWhiteSpace(text.charAt(from))) from++;
            while (right && to > from && CharSet.isWhiteSpace(text.charAt(to - 1))) to--;
            return text.substring(from, to);
        };
    }

    /** The clean-up of the OpenNMT line of tokenizers: control characters go, odd spaces become spaces. */
    private static String nmt(String text) {
        StringBuilder out = new StringBuilder(text.length());
        text.codePoints().forEach(cp -> {
            boolean gone = (cp >= 1 && cp <= 8)
                    || cp == 0x0B
                    || (cp >= 0x0E && cp <= 0x1F)
                    || cp == 0x7F
                    || cp == 0x8F
                    || cp == 0x9F;
            if (gone) return;
            boolean space = cp == 9
                    || cp == 0x0A
                    || cp == 0x0C
                    || cp == 0x0D
                    || cp == 0x1680
                    || (cp >= 0x200B && cp <= 0x200F)
                    || cp == 0x2028
                    || cp == 0x2029
                    || cp == 0x2581
                    || cp == 0xFEFF
                    || cp == 0xFFFD;
            out.appendCodePoint(space ? ' ' : cp);
        });
        return out.toString();
    }
}
