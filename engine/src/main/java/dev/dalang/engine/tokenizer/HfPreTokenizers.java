package dev.dalang.engine.tokenizer;

import dev.dalang.engine.tokenizer.SplitByPattern.Behaviour;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The {@code pre_tokenizer} of a Hugging Face {@code tokenizer.json}. */
final class HfPreTokenizers {

    private static final PatternNode PUNCTUATION = new PatternNode.One(CharSet.PUNCTUATION_OR_ASCII);

    /** {@code \w+|[^\w\s]+} */
    private static final PatternNode WORDS_OR_SIGNS = new PatternNode.Alternatives(List.of(
            run(CharSet.RUST_WORD),
            run(CharSet.RUST_WORD.or(CharSet.WHITE_SPACE).negate())));

    private HfPreTokenizers() {}

    private static PatternNode run(CharSet set) {
        return new PatternNode.Repeat(new PatternNode.One(set), 1, PatternNode.UNBOUNDED, PatternNode.Greed.GREEDY);
    }

    static PreTokenizer read(Json json) {
        if (json.isNull()) return PreTokenizer.WHOLE;
        String type = json.get("type").string();
        return switch (type) {
            case "Sequence" -> {
                List<PreTokenizer> steps = new ArrayList<>();
                for (Json step : json.get("pretokenizers").list()) steps.add(read(step));
                yield PreTokenizer.sequence(steps);
            }
            case "ByteLevel" ->
                PreTokenizers.byteLevel(
                        json.get("add_prefix_space").bool(true),
                        json.get("use_regex").bool(true));
            case "Metaspace" -> metaspace(json);
            case "BertPreTokenizer" -> PreTokenizers::bert;
            case "Whitespace" -> new SplitByPattern(WORDS_OR_SIGNS, Behaviour.REMOVED, true);
            case "WhitespaceSplit" -> SplitByPattern.dropping("\\s");
            case "Digits" ->
                new SplitByPattern(
                        PatternParser.parse("\\p{N}"),
                        json.get("individual_digits").bool(false) ? Behaviour.ISOLATED : Behaviour.CONTIGUOUS,
                        false);
            case "Punctuation" -> new SplitByPattern(PUNCTUATION, behaviour(json.get("behavior"), "Isolated"), false);
            case "CharDelimiterSplit" ->
                new SplitByPattern(literal(json.get("delimiter").string()), Behaviour.REMOVED, false);
            case "Split" -> {
                Json pattern = json.get("pattern");
                PatternNode node = pattern.get("String").isString()
                        ? literal(pattern.get("String").string())
                        : PatternParser.parse(pattern.get("Regex").string());
                yield new SplitByPattern(
                        node,
                        behaviour(json.get("behavior"), null),
                        json.get("invert").bool(false));
            }
            case "UnicodeScripts" -> PreTokenizers::unicodeScripts;
            case "FixedLength" -> PreTokenizers.fixedLength(json.get("length").integer(1, Integer.MAX_VALUE));
            default -> throw json.get("type").unsupported("'" + type + "'");
        };
    }

    private static PatternNode literal(String text) {
        List<PatternNode> parts = new ArrayList<>();
        text.codePoints().forEach(cp -> parts.add(new PatternNode.One(CharSet.of(cp))));
        return new PatternNode.Sequence(parts);
    }

    private static Behaviour behaviour(Json json, @Nullable String fallback) {
        String name = fallback == null ? json.string() : json.string(fallback);
        return switch (name) {
            case "Removed" -> Behaviour.REMOVED;
            case "Isolated" -> Behaviour.ISOLATED;
            case "MergedWithPrevious" -> Behaviour.MERGED_WITH_PREVIOUS;
            case "MergedWithNext" -> Behaviour.MERGED_WITH_NEXT;
            case "Contiguous" -> Behaviour.CONTIGUOUS;
            default -> throw json.unsupported("'" + name + "'");
        };
    }

    private static PreTokenizer metaspace(Json json) {
        String mark = json.get("replacement").string("▁");
        String scheme =
                json.get("prepend_scheme").string(json.get("add_prefix_space").bool(true) ? "always" : "never");
        boolean split = json.get("split").bool(true);
        SplitByPattern marks = new SplitByPattern(literal(mark), Behaviour.MERGED_WITH_NEXT, false);
        return (text, atStart, sink) -> {
            boolean prepend = scheme.equals("always") || (scheme.equals("first") && atStart);
            String marked = text.replace(" ", mark);
            if (prepend && !marked.startsWith(mark)) marked = mark + marked;
            if (split) marks.split(marked, atStart, sink);
            else if (!marked.isEmpty()) sink.piece(marked, atStart);
        };
    }
}
