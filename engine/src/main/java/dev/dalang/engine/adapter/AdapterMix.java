package dev.dalang.engine.adapter;

import java.util.List;

/**
 * The adapters that a sequence is computed under, each with a factor: {@code y = W·x + Σ scaleᵢ·ΔWᵢ·x}.
 *
 * <p>Two mixes are equal when they hold the same loaded adapters with the same factors in the same order. An adapter
 * with factor 0 is left out, so that it gives the base model's results bit for bit.
 */
public record AdapterMix(List<Part> parts) {

    /** @param scale on top of the adapter's own */
    public record Part(LoraAdapter adapter, float scale) {}

    /** The base model by itself. */
    public static final AdapterMix NONE = new AdapterMix(List.of());

    /** @throws IllegalArgumentException for a factor that is not finite */
    public AdapterMix {
        parts = parts.stream().filter(p -> p.scale != 0).toList();
        for (Part p : parts) {
            if (!Float.isFinite(p.scale)) throw new IllegalArgumentException(p.adapter.name() + ": scale " + p.scale);
        }
    }

    public boolean isEmpty() {
        return parts.isEmpty();
    }
}
