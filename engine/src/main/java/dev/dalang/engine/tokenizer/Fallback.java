package dev.dalang.engine.tokenizer;

import java.nio.charset.StandardCharsets;

/**
 * What characters outside of a vocabulary become: their UTF-8 bytes as tokens {@code <0xNN>} where all of them exist,
 * else the unknown token, else nothing.
 */
final class Fallback {

    private final int[] byteTokens;
    private final int unknown;
    private final boolean fuse;

    /**
     * @param byteTokens the token of each byte, -1 for none
     * @param unknown the unknown token or -1
     * @param fuse whether neighbouring unknowns are one
     */
    Fallback(int[] byteTokens, int unknown, boolean fuse) {
        this.byteTokens = byteTokens;
        this.unknown = unknown;
        this.fuse = fuse;
    }

    /** Whether a character leaves no trace at all, so that its neighbours meet. */
    boolean drops(String text) {
        return unknown < 0 && !spellable(text.getBytes(StandardCharsets.UTF_8));
    }

    private boolean spellable(byte[] utf8) {
        for (byte b : utf8) {
            if (byteTokens[b & 0xFF] < 0) return false;
        }
        return true;
    }

    /** @param joins whether the symbol before it in the same piece was unknown too */
    boolean emit(String text, boolean joins, Ids out) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        if (spellable(utf8)) {
            for (byte b : utf8) out.add(byteTokens[b & 0xFF]);
            return false;
        }
        if (unknown >= 0 && !(fuse && joins)) out.add(unknown);
        return true;
    }
}
