package dev.dalang.engine.tokenizer;

import dev.dalang.api.DalangException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * SentencePiece's precompiled normalisation rules: a double-array trie from byte sequences to offsets into a block of
 * replacement strings that end with a zero byte. Layout: u32 size of the trie in bytes, the trie as u32 units
 * (darts-clone: Yata, "A Clone of Darts"), the strings.
 */
final class Charsmap {

    private final int[] units;
    private final byte[] replacements;
    private final String key;

    private Charsmap(int[] units, byte[] replacements, String key) {
        this.units = units;
        this.replacements = replacements;
        this.key = key;
    }

    /** @param key the field that it comes from, for error messages */
    static Charsmap read(byte[] blob, String key) {
        ByteBuffer in = ByteBuffer.wrap(blob).order(ByteOrder.LITTLE_ENDIAN);
        if (blob.length < 4) throw bad(key, "is shorter than its header");
        long size = Integer.toUnsignedLong(in.getInt());
        if (size % 4 != 0 || size > blob.length - 4) {
            throw bad(key, "declares a trie of " + size + " bytes in " + blob.length);
        }
        int[] units = new int[(int) size / 4];
        in.asIntBuffer().get(units);
        return new Charsmap(units, Arrays.copyOfRange(blob, 4 + (int) size, blob.length), key);
    }

    private static DalangException bad(String key, String what) {
        return DalangException.badModelFile(key + " " + what, null, key);
    }

    /** A replacement for the bytes {@code [from, from + length)}; length 0 where no rule applies. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Rule(int length, byte[] replacement) {}

    private static final Rule NONE = new Rule(0, new byte[0]);

    /** The rule for the longest prefix of {@code text} from {@code from} on. */
    Rule longest(byte[] text, int from) {
        return rule(text, from, false);
    }

    /** The rule for the shortest prefix of {@code text}. */
    Rule shortest(byte[] text) {
        return rule(text, 0, true);
    }

    private Rule rule(byte[] text, int from, boolean first) {
        if (units.length == 0) return NONE;
        int length = 0;
        int value = 0;
        long node = offset(units[0]);
        for (int i = from; i < text.length && text[i] != 0; i++) {
            node ^= text[i] & 0xFF;
            int unit = unit(node);
            if ((unit & 0x800000FF) != (text[i] & 0xFF)) break;
            node ^= offset(unit);
            if ((unit >>> 8 & 1) != 0) {
                length = i + 1 - from;
                value = unit(node) & 0x7FFFFFFF;
                if (first) break;
            }
        }
        if (length == 0) return NONE;
        int end = value;
        while (end < replacements.length && replacements[end] != 0) end++;
        if (end >= replacements.length) throw bad(key, "points to a replacement outside of itself");
        return new Rule(length, Arrays.copyOfRange(replacements, value, end));
    }

    private static long offset(int unit) {
        return (long) (unit >>> 10) << ((unit & 1 << 9) >>> 6);
    }

    private int unit(long node) {
        if (node < 0 || node >= units.length) throw bad(key, "has a trie that leads outside of itself");
        return units[(int) node];
    }
}
