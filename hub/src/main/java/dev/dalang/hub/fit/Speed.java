package dev.dalang.hub.fit;

import dev.dalang.engine.format.BlockType;
import dev.dalang.hub.fit.ModelShape.CacheGroup;
import java.util.Map;

/**
 * How fast a model is expected to read and write here, in tokens a second.
 *
 * <p>An answer's token reads every active weight once and looks back at all positions; the memory's bandwidth is the
 * roof. A prompt's tokens share the reading of the weights, so that arithmetic is the roof.
 *
 * @param prefill of a prompt as long as half the context, at most 4096 tokens
 * @param decode with the context half full
 * @param uncertainty relative, of both
 */
public record Speed(double prefill, double decode, double uncertainty) {

    /**
     * @param bandwidth bytes a second that all threads together read from memory
     */
    public static Speed of(ModelShape shape, int context, Rates rates, double bandwidth) {
        int depth = context / 2;
        double write = 0;
        for (Map.Entry<BlockType, Long> e : shape.readPerToken().entrySet()) {
            double speed = Math.min(bandwidth, rates.of(e.getKey()).readBytesPerSecond());
            write += e.getValue() / speed;
        }
        double look = lookBack(shape);
        write += look * depth / rates.attentionPerSecond();
        double read = 0;
        for (Map.Entry<BlockType, Long> e : shape.elementsPerToken().entrySet()) {
            read += e.getValue() / rates.of(e.getKey()).multiplyAddsPerSecond();
        }
        // A prompt's tokens look back at half of it on average.
        read += look * Math.min(depth, 4096) / 2 / rates.promptAttentionPerSecond();
        return new Speed(1 / read, 1 / write, rates.uncertainty());
    }

    /** Multiply-adds of attention for each position that a token looks back at. */
    static double lookBack(ModelShape shape) {
        double sum = 0;
        for (CacheGroup g : shape.cache()) {
            int values = g.valueDim() == 0 ? g.keyDim() : g.valueDim();
            sum += (double) g.layers() * Math.max(shape.queryHeads(), g.heads()) * (g.keyDim() + values);
        }
        return sum;
    }
}
