package dev.dalang.hub.fit;

import dev.dalang.engine.format.BlockType;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * What a model costs, without its weights: read from a file's header, or from the catalogue.
 *
 * @param name for messages
 * @param quantisation of the weights, in the words of those who publish files: {@code Q4_K_M}
 * @param fileBytes on disk, and mapped into memory
 * @param readPerToken bytes of weights that one token of an answer goes through, by the type of their blocks
 * @param elementsPerToken multiply-adds that one token of a prompt costs in the weights, by type
 * @param cache what a sequence keeps, layers of one kind together
 * @param stateBytes of recurrent states in a sequence, whatever its length
 * @param queryHeads of the widest attention, for the cost of looking back
 * @param widths floats that a token needs while it goes through a layer
 * @param vocabulary size of it
 * @param contextMax positions that the model was trained for
 * @param exact whether it is from a file; else sizes are estimates within some percent
 */
public record ModelShape(
        String name,
        String quantisation,
        long fileBytes,
        Map<BlockType, Long> readPerToken,
        Map<BlockType, Long> elementsPerToken,
        List<CacheGroup> cache,
        long stateBytes,
        int queryHeads,
        long widths,
        int vocabulary,
        int contextMax,
        boolean exact) {

    /** @param valueDim 0 where the values are part of the keys */
    public record CacheGroup(int layers, int heads, int keyDim, int valueDim) {}

    public ModelShape {
        readPerToken = copy(readPerToken);
        elementsPerToken = copy(elementsPerToken);
        cache = List.copyOf(cache);
    }

    private static Map<BlockType, Long> copy(Map<BlockType, Long> map) {
        Map<BlockType, Long> copy = new EnumMap<>(BlockType.class);
        copy.putAll(map);
        return copy;
    }
}
