package dev.dalang.cli;

import dev.dalang.engine.arch.Decoder;
import dev.dalang.engine.arch.Families;
import dev.dalang.engine.cache.LayerMemory;
import dev.dalang.engine.format.BlockType;
import dev.dalang.engine.format.Metadata;
import dev.dalang.engine.format.ModelSource;
import dev.dalang.engine.format.TensorInfo;
import dev.dalang.hub.fit.ModelShape;
import dev.dalang.hub.fit.ModelShape.CacheGroup;
import dev.dalang.hub.fit.Quantisations;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The shape of a model from its header. The family itself says what a sequence keeps, so that a fit and a load cannot
 * disagree; no weights are read but those of norms.
 */
final class FileShape {

    private FileShape() {}

    /**
     * @param bytes of the file or files
     * @throws dev.dalang.api.DalangException when the engine cannot run it
     */
    static ModelShape of(String name, ModelSource source, long bytes) {
        Decoder decoder = Families.assemble(source, 0);
        Metadata meta = source.metadata();
        String arch = meta.string("general.architecture") + ".";
        Map<BlockType, Long> read = new EnumMap<>(BlockType.class);
        Map<BlockType, Long> elements = new EnumMap<>(BlockType.class);
        boolean tied = !source.tensors().containsKey("output.weight");
        double used = usedExperts(meta, arch);
        for (TensorInfo t : source.tensors().values()) {
            double share = t.name().contains("_exps") ? used : 1;
            boolean table = t.name().contains("token_embd") || t.name().startsWith("position_embd");
            boolean output =
                    t.name().equals("output.weight") || (tied && t.name().equals("token_embd.weight"));
            // Of an embedding table one row is read; of a prompt's tokens only the last goes through the output matrix.
            if (!table || output) add(read, t.type(), Math.round(share * t.bytes()));
            if (!table && !output) add(elements, t.type(), Math.round(share * t.elements()));
        }
        Map<CacheGroup, Integer> groups = new LinkedHashMap<>();
        long state = 0;
        for (LayerMemory m : decoder.memory()) {
            switch (m) {
                case LayerMemory.KeyValue kv -> count(groups, kv);
                case LayerMemory.Recurrent r -> state += 4L * r.floats();
                case LayerMemory.Hybrid h -> {
                    count(groups, h.attention());
                    state += 4L * h.recurrence().floats();
                }
                case LayerMemory.None n -> {}
            }
        }
        List<CacheGroup> cache = new ArrayList<>();
        groups.forEach((g, n) -> cache.add(new CacheGroup(n, g.heads(), g.keyDim(), g.valueDim())));
        long trained = meta.integer(arch + "context_length", 4096);
        return new ModelShape(
                name,
                quantisation(source),
                bytes,
                read,
                elements,
                cache,
                state,
                (int) Math.min(largest(meta, arch + "attention.head_count", 1), Integer.MAX_VALUE),
                Quantisations.widths(decoder.embedding(), feedForward(meta, arch)),
                decoder.vocabulary(),
                (int) Math.min(trained, decoder.maxPositions()),
                true);
    }

    private static void add(Map<BlockType, Long> map, BlockType type, long n) {
        map.merge(type, n, Long::sum);
    }

    private static void count(Map<CacheGroup, Integer> groups, LayerMemory.KeyValue kv) {
        groups.merge(new CacheGroup(1, kv.heads(), kv.keyDim(), kv.valueDim()), 1, Integer::sum);
    }

    private static double usedExperts(Metadata meta, String arch) {
        long all = meta.integer(arch + "expert_count", 0);
        long used = meta.integer(arch + "expert_used_count", 0);
        return all > 0 && used > 0 && used <= all ? (double) used / all : 1;
    }

    /** The widest feed-forward network that a token goes through. */
    private static long feedForward(Metadata meta, String arch) {
        long dense = largest(meta, arch + "feed_forward_length", 0);
        long expert = largest(meta, arch + "expert_feed_forward_length", 0);
        return Math.max(dense, expert);
    }

    private static long largest(Metadata meta, String key, long fallback) {
        Metadata.Value value = meta.get(key);
        if (value == null) return fallback;
        if (value.value() instanceof long[] several) {
            long max = fallback;
            for (long n : several) max = Math.max(max, n);
            return max;
        }
        return meta.integer(key);
    }

    /** The type that most bytes are in, as the file's name would have it. */
    private static String quantisation(ModelSource source) {
        Map<BlockType, Long> bytes = new EnumMap<>(BlockType.class);
        for (TensorInfo t : source.tensors().values()) bytes.merge(t.type(), t.bytes(), Long::sum);
        return bytes.entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .map(e -> e.getKey().name())
                .orElse("?");
    }
}
