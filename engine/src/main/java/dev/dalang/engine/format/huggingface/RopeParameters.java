package dev.dalang.engine.format.huggingface;

import org.jspecify.annotations.Nullable;

/**
 * The rotation's settings: {@code rope_parameters} of newer configurations, which may be one for each kind of layer,
 * {@code rope_scaling} with {@code rope_theta} beside it in older ones.
 *
 * @param full of layers that see everything
 * @param sliding of layers with a sliding window; a null value where they have none of their own
 */
record RopeParameters(Config config, JsonValue full, JsonValue sliding) {

    static RopeParameters of(Config config) {
        JsonValue all = config.get("rope_parameters", "rope_scaling");
        boolean perKind = all.get("full_attention").isObject();
        return new RopeParameters(config, perKind ? all.get("full_attention") : all, all.get("sliding_attention"));
    }

    private JsonValue get(String key) {
        return full.get(key).isNull() ? config.get(key) : full.get(key);
    }

    /** {@code linear}, {@code yarn}, {@code llama3}, {@code longrope}, …; null for none. */
    @Nullable
    String type() {
        String type = full.get("rope_type").stringOrNull();
        return type != null ? type : full.get("type").stringOrNull();
    }

    /** A setting of the stretching itself, which never stands outside it. */
    JsonValue scaling(String key) {
        return full.get(key);
    }

    double scaling(String key, double fallback) {
        return full.get(key).isNull() ? fallback : full.get(key).real();
    }

    /** The base of the rotation's frequencies; a null value if the file has none. */
    JsonValue base() {
        for (String key : new String[] {"rope_theta", "global_rope_theta", "rotary_emb_base"}) {
            if (!get(key).isNull()) return get(key);
        }
        return get("rope_theta");
    }

    /** The base in layers with a sliding window; a null value if they have none of their own. */
    JsonValue slidingBase() {
        JsonValue own = sliding.get("rope_theta");
        return own.isNull() ? config.get("rope_local_base_freq", "local_rope_theta", "swa_rope_theta") : own;
    }

    /** The context before stretching; a null value if the file has none. */
    JsonValue originalContext() {
        return get("original_max_position_embeddings");
    }

    /** Which part of a head is rotated. */
    double partial(double fallback) {
        JsonValue factor = get("partial_rotary_factor");
        if (factor.isNull()) factor = config.get("rope_pct", "rotary_pct");
        if (factor.isNull()) return fallback;
        double part = factor.real();
        if (!(part > 0) || part > 1) throw factor.bad("is " + part + ", outside 0..1");
        return part;
    }

    /**
     * The divisors of the frequencies that Llama 3's stretching comes down to (Llama Team 2024): 1 for pairs that turn
     * often within the original context, {@code factor} for those that hardly turn, in between a blend.
     *
     * @param dimensions of a head
     */
    float[] llama3Factors(int dimensions) {
        double base = base().isNull() ? 10_000 : base().real();
        double factor = positive("factor", 8);
        double low = positive("low_freq_factor", 1);
        double high = positive("high_freq_factor", 4);
        double context = originalContext().isNull() ? 8192 : originalContext().integer(1, Integer.MAX_VALUE);
        float[] factors = new float[dimensions / 2];
        for (int i = 0; i < factors.length; i++) {
            float frequency = 1 / (float) Math.pow(base, 2f * i / dimensions);
            double turns = context * frequency / (2 * Math.PI);
            double smooth = (turns - low) / (high - low);
            factors[i] = (float) (turns > high ? 1 : turns < low ? factor : 1 / ((1 - smooth) / factor + smooth));
        }
        return factors;
    }

    private double positive(String key, double fallback) {
        double value = scaling(key, fallback);
        if (!(value > 0)) throw full.get(key).bad("is " + value + ", not a positive number");
        return value;
    }

    /** LongRoPE's factors, as many as a head has rotated pairs. */
    float[] longRopeFactors(String key, int dimensions) {
        var list = full.get(key).list();
        if (list.size() != dimensions / 2) {
            throw full.get(key).bad("has " + list.size() + " factors for " + dimensions / 2 + " pairs");
        }
        float[] factors = new float[list.size()];
        for (int i = 0; i < factors.length; i++) {
            factors[i] = (float) list.get(i).real();
            if (!(factors[i] > 0)) throw list.get(i).bad("is not a positive number");
        }
        return factors;
    }
}
