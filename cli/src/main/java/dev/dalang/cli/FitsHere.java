package dev.dalang.cli;

import dev.dalang.engine.format.BlockType;
import dev.dalang.hub.catalogue.CatalogueModel;
import dev.dalang.hub.fit.Memory;
import dev.dalang.hub.fit.ModelShape;
import dev.dalang.hub.fit.Quantisations;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Whether models of the catalogue fit this machine with a context that is good for a conversation. */
final class FitsHere {

    private static final int CONTEXT = 4096;
    private static final int BATCH = 256;
    private static final List<String> USUAL =
            List.of("Q4_K_M", "UD-Q4_K_M", "MXFP4", "UD-Q4_K_XL", "Q4_0", "Q5_K_M", "Q6_K", "Q8_0", "Q3_K_M");

    private final long memory;
    private final @Nullable Long disk;

    /** @param memory bytes available; {@code disk} bytes free, or null when unknown */
    FitsHere(long memory, @Nullable Long disk) {
        this.memory = memory;
        this.disk = disk;
    }

    /** The usual quantisation that fits, or null. */
    @Nullable
    ModelShape best(CatalogueModel m) {
        List<Quantisations.Choice> choices = Quantisations.of(m);
        // What somebody publishes comes before what one would have to make.
        for (boolean published : new boolean[] {true, false}) {
            for (String q : USUAL) {
                for (Quantisations.Choice c : choices) {
                    boolean right = c.shape().quantisation().equals(q) && (c.file() != null) == published;
                    if (right && need(c.shape()) <= memory && onDisk(c.shape())) return c.shape();
                }
            }
        }
        return null;
    }

    private boolean onDisk(ModelShape s) {
        return disk == null || s.fileBytes() <= disk;
    }

    static long need(ModelShape s) {
        return Memory.of(s, Math.min(CONTEXT, s.contextMax()), 1, BlockType.F16, BATCH, 0)
                .total();
    }

    String describe(CatalogueModel m) {
        if (m.parameters() == null) return "size unknown";
        String engine = CatalogueAccess.runs(m) ? "" : " (architecture not yet)";
        ModelShape fits = best(m);
        if (fits != null) return "fits: " + fits.quantisation() + " " + Text.bytes(fits.fileBytes()) + engine;
        ModelShape least = null;
        for (Quantisations.Choice c : Quantisations.of(m)) {
            if (least == null || c.shape().fileBytes() < least.fileBytes()) least = c.shape();
        }
        return least == null ? "" : "no: " + least.quantisation() + " takes " + Text.bytes(need(least)) + engine;
    }
}
