package dev.dalang.engine.tokenizer;

import dev.dalang.api.DalangException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds the tokens that are cut out of a text before anything else: control tokens and those that a model's makers
 * added. Of the tokens that begin at the leftmost place the longest wins.
 */
final class AddedTokens {

    /**
     * @param control found in trusted text alone
     * @param leftStrip takes the white space before it along
     * @param rightStrip takes the white space behind it along
     * @param singleWord found only where no letter or digit adjoins
     */
    record Added(String text, int id, boolean control, boolean leftStrip, boolean rightStrip, boolean singleWord) {

        Added withText(String other) {
            return new Added(other, id, control, leftStrip, rightStrip, singleWord);
        }
    }

    /**
     * Who wrote what.
     *
     * @param untrusted the characters that may be part of no control token; empty for full trust
     * @param markers spellings that count as control tokens
     */
    record Trust(BitSet untrusted, Set<String> markers) {
        static final Trust FULL = new Trust(new BitSet(), Set.of());

        static Trust of(BitSet untrusted, Set<String> markers) {
            return untrusted.isEmpty() ? FULL : new Trust(untrusted, markers);
        }

        boolean covers(int from, int to) {
            int next = untrusted.nextSetBit(from);
            return next < 0 || next >= to;
        }

        Trust within(int from, int to) {
            return of(untrusted.get(from, to), markers);
        }

        /** The same for another text of that length, all of it untrusted if any of this is. */
        Trust spread(int length) {
            if (untrusted.isEmpty()) return this;
            BitSet all = new BitSet(length);
            all.set(0, length);
            return of(all, markers);
        }

        private boolean allows(Added token, int from, int to) {
            return (!token.control() && !markers.contains(token.text())) || covers(from, to);
        }
    }

    /** What the text is cut into: a token, or else a stretch of ordinary text. */
    interface Sink {
        void token(int id);

        void text(int from, int to);
    }

    private static final int MAX_LENGTH = 1024;

    private final List<Added> tokens = new ArrayList<>();
    /** The trie: (node, char) to node; node 0 is the root. */
    private final LongIntMap edges = new LongIntMap(1024);
    /** The token that ends at a node, -1 for none. */
    private final List<Integer> endsAt = new ArrayList<>(List.of(-1));

    AddedTokens(List<Added> added) {
        for (Added token : added) {
            if (token.text().isEmpty()) continue;
            if (token.text().length() > MAX_LENGTH) {
                throw DalangException.badModelFile(
                        "the added token " + token.id() + " has " + token.text().length() + " characters; at most "
                                + MAX_LENGTH + " are allowed",
                        null,
                        "added_tokens");
            }
            int node = 0;
            for (int i = 0; i < token.text().length(); i++) {
                long edge = edge(node, token.text().charAt(i));
                int next = edges.get(edge);
                if (next == LongIntMap.ABSENT) {
                    next = endsAt.size();
                    endsAt.add(-1);
                    edges.put(edge, next);
                }
                node = next;
            }
            if (endsAt.get(node) < 0) {
                endsAt.set(node, tokens.size());
                tokens.add(token);
            }
        }
    }

    boolean isEmpty() {
        return tokens.isEmpty();
    }

    private static long edge(int node, char c) {
        return (long) node << 16 | c;
    }

    /**
     * White space that a token took along is looked at again for tokens of its own, as the reference does.
     */
    void split(String text, Trust trust, Sink sink) {
        int from = 0;
        int pos = 0;
        while (pos < text.length() && !tokens.isEmpty()) {
            Added token = longest(text, pos, trust);
            if (token == null) {
                pos++;
                continue;
            }
            int start = pos;
            int end = pos + token.text().length();
            pos = end;
            if (token.singleWord() && adjoinsWord(text, start, end)) continue;
            if (token.leftStrip()) {
                start = Math.max(start, from);
                while (start > from && CharSet.isWhiteSpace(text.charAt(start - 1))) start--;
            }
            if (token.rightStrip()) {
                while (end < text.length() && CharSet.isWhiteSpace(text.charAt(end))) end++;
            }
            if (start > from) sink.text(from, start);
            if (start < end) sink.token(token.id());
            from = end;
        }
        if (from < text.length()) sink.text(from, text.length());
    }

    /** The token that stands there, which one must. */
    String textAt(String text, int start) {
        Added token = longest(text, start, Trust.FULL);
        if (token == null) throw new IllegalArgumentException("no token at " + start);
        return token.text();
    }

    private @Nullable Added longest(String text, int start, Trust trust) {
        Added found = null;
        int node = 0;
        for (int i = start; i < text.length(); i++) {
            node = edges.get(edge(node, text.charAt(i)));
            if (node == LongIntMap.ABSENT) break;
            int ends = endsAt.get(node);
            if (ends < 0) continue;
            Added token = tokens.get(ends);
            if (trust.allows(token, start, i + 1)) found = token;
        }
        return found;
    }

    private static boolean adjoinsWord(String text, int start, int end) {
        return (start > 0 && CharSet.isWord(text.codePointBefore(start)))
                || (end < text.length() && CharSet.isWord(text.codePointAt(end)));
    }
}
