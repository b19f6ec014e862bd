package dev.dalang.hub.fit;

import dev.dalang.engine.format.BlockType;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the kernels of this machine reach, all threads together, as measured.
 *
 * @param byType for each type that was measured
 * @param attentionPerSecond multiply-adds of attention, of a token that comes alone
 * @param promptAttentionPerSecond the same of a prompt's tokens, which go through together
 * @param uncertainty relative, from the spread of the measurements and what the model leaves out
 */
public record Rates(
        Map<BlockType, Rate> byType, double attentionPerSecond, double promptAttentionPerSecond, double uncertainty) {

    /**
     * @param readBytesPerSecond of weights for one token
     * @param multiplyAddsPerSecond for many tokens
     */
    public record Rate(double readBytesPerSecond, double multiplyAddsPerSecond) {}

    public Rates {
        Map<BlockType, Rate> copy = new EnumMap<>(BlockType.class);
        copy.putAll(byType);
        byType = copy;
    }

    /** The rate of a type, or of the one measured that is most like it. */
    public Rate of(BlockType type) {
        Rate exact = byType.get(type);
        if (exact != null) return exact;
        @Nullable Rate nearest = null;
        double distance = Double.MAX_VALUE;
        for (Map.Entry<BlockType, Rate> e : byType.entrySet()) {
            double d = Math.abs(bits(e.getKey()) - bits(type));
            if (d < distance) {
                distance = d;
                nearest = e.getValue();
            }
        }
        if (nearest == null) throw new IllegalStateException("no kernel was measured");
        return nearest;
    }

    private static double bits(BlockType type) {
        return 8.0 * type.blockBytes() / type.blockElements();
    }
}
