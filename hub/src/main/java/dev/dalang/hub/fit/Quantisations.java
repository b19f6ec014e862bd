package dev.dalang.hub.fit;

import dev.dalang.engine.format.BlockType;
import dev.dalang.hub.catalogue.CatalogueModel;
import dev.dalang.hub.catalogue.CatalogueModel.PublishedFile;
import dev.dalang.hub.catalogue.CatalogueModel.Shape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Shapes of catalogue models in the quantisations that people publish. */
public final class Quantisations {

    /**
     * Bits for each parameter as llama.cpp's mixtures come out on a model of eight billion parameters, and the type of most
     * blocks.
     */
    private enum Mixture {
        Q8_0(8.5, BlockType.Q8_0),
        Q6_K(6.57, BlockType.Q6_K),
        Q5_K_M(5.70, BlockType.Q5_K),
        Q4_K_M(4.89, BlockType.Q4_K),
        Q4_0(4.66, BlockType.Q4_0),
        Q3_K_M(4.0, BlockType.Q3_K),
        Q2_K(3.16, BlockType.Q2_K),
        IQ4_XS(4.46, BlockType.IQ4_XS),
        IQ2_M(2.93, BlockType.IQ2_S),
        MXFP4(4.6, BlockType.MXFP4),
        NVFP4(4.9, BlockType.NVFP4),
        BF16(16.0, BlockType.BF16),
        F16(16.0, BlockType.F16);

        final double bits;
        final BlockType main;

        Mixture(double bits, BlockType main) {
            this.bits = bits;
            this.main = main;
        }
    }

    /** What a table shows though nobody is known to publish it: everybody can make these. */
    private static final List<Mixture> USUAL =
            List.of(Mixture.Q8_0, Mixture.Q6_K, Mixture.Q5_K_M, Mixture.Q4_K_M, Mixture.Q3_K_M);

    /** @param file where to get it; null when no such file is known */
    public record Choice(
            ModelShape shape,
            @org.jspecify.annotations.Nullable PublishedFile file) {}

    private Quantisations() {}

    /**
     * The published quantisations of a model and the usual ones, the largest first.
     *
     * @return empty when the catalogue does not know how large the model is
     */
    public static List<Choice> of(CatalogueModel model) {
        if (model.parameters() == null) return List.of();
        Map<String, Choice> choices = new LinkedHashMap<>();
        for (PublishedFile file : model.files()) {
            Optional<Mixture> mixture = mixture(file.quantisation());
            if (mixture.isEmpty()) continue;
            Long size = file.size();
            // A size that somebody published is better than one that is computed.
            Choice known = choices.get(file.quantisation());
            if (known != null && known.file() != null && (known.file().size() != null || size == null)) continue;
            choices.put(file.quantisation(), new Choice(shape(model, mixture.get(), file.quantisation(), size), file));
        }
        // A model that was trained in four bits gains nothing from more.
        boolean fourBits = model.files().stream().anyMatch(f -> f.quantisation().equals("MXFP4"));
        for (Mixture m : fourBits ? List.<Mixture>of() : USUAL) {
            choices.computeIfAbsent(m.name(), q -> new Choice(shape(model, m, q, null), null));
        }
        List<Choice> sorted = new ArrayList<>(choices.values());
        sorted.sort((a, b) -> Long.compare(b.shape().fileBytes(), a.shape().fileBytes()));
        return sorted;
    }

    private static Optional<Mixture> mixture(String quantisation) {
        String q = quantisation.toUpperCase(Locale.ROOT).replaceFirst("^UD-", "");
        String base = q.replaceFirst("_(XL|L|S)$", "_M");
        for (Mixture m : Mixture.values()) if (m.name().equals(q)) return Optional.of(m);
        for (Mixture m : Mixture.values()) if (m.name().equals(base)) return Optional.of(m);
        for (Mixture m : Mixture.values()) if (base.equals(m.name() + "_M")) return Optional.of(m);
        return Optional.empty();
    }

    private static ModelShape shape(
            CatalogueModel model, Mixture m, String quantisation, @org.jspecify.annotations.Nullable Long size) {
        long parameters = model.parameters() == null ? 0 : model.parameters();
        long active = model.activeParameters() == null ? parameters : model.activeParameters();
        long bytes = size == null ? (long) (parameters * m.bits / 8) : size;
        long read = (long) ((double) bytes * active / parameters);
        Shape s = model.shape();
        List<ModelShape.CacheGroup> cache = new ArrayList<>();
        if (s != null) {
            for (CatalogueModel.CacheGroup g : s.cache()) {
                cache.add(new ModelShape.CacheGroup(g.layers(), g.kvHeads(), g.keyDim(), g.valueDim()));
            }
        }
        int vocabulary = s == null ? 150_000 : s.vocabulary();
        return new ModelShape(
                model.name(),
                quantisation,
                bytes,
                Map.of(m.main, read),
                Map.of(m.main, active),
                cache,
                s == null ? 0 : 4 * s.stateFloats(),
                s == null ? 0 : s.heads(),
                s == null ? widths(embeddingOf(parameters), 0) : widths(s.embedding(), feedForward(s)),
                vocabulary,
                model.context() == null ? 4096 : model.context(),
                false);
    }

    /** Floats of a token on its way: the stream, its normed copy, queries, keys, values, results; and the gate's. */
    public static long widths(long embedding, long feedForward) {
        return 5 * embedding + 3 * feedForward;
    }

    private static long feedForward(Shape s) {
        return s.feedForward() == null ? s.embedding() : s.feedForward();
    }

    /** About right for models whose shape nobody looked up. */
    private static long embeddingOf(long parameters) {
        return (long) (64 * Math.cbrt(parameters / 1e6) * 4);
    }
}
