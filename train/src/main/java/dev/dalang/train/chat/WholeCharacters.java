package dev.dalang.train.chat;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Refuses text that is none: half of a surrogate pair of UTF-16. JSON can write one as an escape (RFC 8259 §8.2), but
 * no encoding of Unicode has it, so that the tokenizer would see a question mark and a model would learn it.
 */
final class WholeCharacters {

    private WholeCharacters() {}

    /**
     * Looks at all texts of a tree; in the names of fields the parser itself refuses them.
     *
     * @param what the tree is called in messages; empty for the example itself
     */
    static void check(String what, @Nullable Object tree) throws Unusable {
        switch (tree) {
            case String s -> text(what, s);
            case List<?> list -> {
                for (int i = 0; i < list.size(); i++) check(what + "[" + i + "]", list.get(i));
            }
            case Map<?, ?> map -> {
                for (Map.Entry<?, ?> e : map.entrySet()) {
                    String name = String.valueOf(e.getKey());
                    String path = what.isEmpty() ? name : what + "." + name;
                    check(path, e.getValue());
                    if (name.equals("arguments") && e.getValue() instanceof String json) arguments(path, json);
                }
            }
            case null, default -> {}
        }
    }

    /** A call's arguments are JSON within the JSON, which templates may unpack. */
    private static void arguments(String path, String json) throws Unusable {
        Object tree;
        try {
            tree = JsonTree.parse(json);
        } catch (Unusable notJson) {
            return; // then they are shown as they are, and that text is whole
        }
        check(path, tree);
    }

    private static void text(String what, String s) throws Unusable {
        for (int i = 0; i < s.length(); i++) {
            char c = s.charAt(i);
            if (!Character.isSurrogate(c)) continue;
            if (Character.isHighSurrogate(c) && i + 1 < s.length() && Character.isLowSurrogate(s.charAt(i + 1))) {
                i++;
                continue;
            }
            throw new Unusable(String.format(
                    Locale.ROOT, "has half a character (\\u%04x, a surrogate without its pair) in %s", (int) c, what));
        }
    }
}
