package dev.dalang.engine.tokenizer;

import dev.dalang.engine.tokenizer.Detokenizer.Spelling;
import java.nio.charset.StandardCharsets;
import java.util.function.UnaryOperator;

/**
 * The {@code decoder} of a Hugging Face {@code tokenizer.json}, as far as it works token by token: what a decoder does
 * at the ends of the whole text is kept as counts of spaces to take away there.
 */
final class HfDecoders {

    private interface Step {
        String apply(String token, boolean first);
    }

    private Step steps = (token, first) -> token;
    private boolean byteLevel;
    private boolean spaced;
    private boolean fused;
    private int stripStart;
    private int stripEnd;
    private boolean skipRepeats;

    private HfDecoders() {}

    static Detokenizer read(Json json) {
        HfDecoders decoders = new HfDecoders();
        if (json.isNull()) decoders.spaced();
        else decoders.add(json);
        return decoders.build();
    }

    private Detokenizer build() {
        Step all = steps;
        boolean letters = byteLevel;
        Spelling spelling = (token, first) -> {
            String text = all.apply(token, first);
            byte[] bytes = letters ? ByteAlphabet.decode(text) : null;
            return bytes != null ? bytes : text.getBytes(StandardCharsets.UTF_8);
        };
        Spelling added = spaced ? spelling : Detokenizer.VERBATIM;
        return new Detokenizer(spelling, added, stripStart, stripEnd, skipRepeats);
    }

    private void then(Step next) {
        Step before = steps;
        steps = (token, first) -> next.apply(before.apply(token, first), first);
    }

    private void add(Json json) {
        String type = json.get("type").string();
        switch (type) {
            case "Sequence" -> json.get("decoders").list().forEach(this::add);
            case "ByteLevel" -> byteLevel = true;
            case "ByteFallback" -> {
                // Byte tokens are known by their type.
            }
            case "Fuse" -> fused = true;
            case "Replace" -> {
                UnaryOperator<String> replace = HfNormalizers.replace(json);
                then((token, first) -> replace.apply(token));
            }
            case "Strip" -> strip(json);
            case "Metaspace" -> {
                String mark = json.get("replacement").string("▁");
                String scheme = json.get("prepend_scheme")
                        .string(json.get("add_prefix_space").bool(true) ? "always" : "never");
                // The mark in front goes, and with it every other one of the first token.
                String atStart = scheme.equals("never") ? " " : "";
                then((token, first) -> token.replace(mark, first ? atStart : " "));
            }
            case "WordPiece" ->
                wordPiece(json.get("prefix").string("##"), json.get("cleanup").bool(true));
            case "BPEDecoder" -> {
                String suffix = json.get("suffix").string("</w>");
                then((token, first) -> token.replace(suffix, " "));
                stripEnd = 1;
            }
            case "CTC" -> {
                String pad = json.get("pad_token").string("<pad>");
                String delimiter = json.get("word_delimiter_token").string("|");
                boolean cleanup = json.get("cleanup").bool(true);
                skipRepeats = true;
                spaced = true;
                then((token, first) -> {
                    String text = token.replace(pad, "");
                    return cleanup ? cleanUp(text).replace(delimiter, " ") : text;
                });
            }
            default -> throw json.get("type").unsupported("'" + type + "'");
        }
    }

    private void strip(Json json) {
        String content = json.get("content").string();
        int start = json.get("start").integer(0, 1 << 16);
        int stop = json.get("stop").integer(0, 1 << 16);
        if (fused && content.equals(" ")) {
            stripStart = start;
            stripEnd = stop;
            return;
        }
        if (fused) throw json.get("content").unsupported("'" + content + "' behind Fuse");
        then((token, first) -> {
            int from = 0;
            int to = token.length();
            for (int i = 0; i < start && !content.isEmpty() && token.startsWith(content, from); i++) {
                from += content.length();
            }
            for (int i = 0; i < stop && to - content.length() >= from; i++) {
                if (content.isEmpty() || !token.startsWith(content, to - content.length())) break;
                to -= content.length();
            }
            return token.substring(from, to);
        });
    }

    /** BERT's own. */
    static Detokenizer wordPiece() {
        HfDecoders decoders = new HfDecoders();
        decoders.wordPiece("##", true);
        return decoders.build();
    }

    /** Without a decoder the tokens are written one after the other with spaces between. */
    private void spaced() {
        spaced = true;
        then((token, first) -> first ? token : " " + token);
    }

    private void wordPiece(String prefix, boolean cleanup) {
        spaced = true;
        then((token, first) -> {
            String text = first ? token : token.startsWith(prefix) ? token.substring(prefix.length()) : " " + token;
            return cleanup ? cleanUp(text) : text;
        });
    }

    /** Takes away the spaces that word-wise tokenizers leave before punctuation and contractions. */
    private static String cleanUp(String text) {
        return text.replace(" .", ".")
                .replace(" ?", "?")
                .replace(" !", "!")
                .replace(" ,", ",")
                .replace(" ' ", "'")
                .replace(" n't", "n't")
                .replace(" 'm", "'m")
                .replace(" do not", " don't")
                .replace(" 's", "'s")
                .replace(" 've", "'ve")
                .replace(" 're", "'re");
    }
}
