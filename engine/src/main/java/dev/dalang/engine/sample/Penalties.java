package dev.dalang.engine.sample;

/**
 * Repetition, frequency and presence penalties over the last n tokens, prompt included.
 *
 * <p>For every token that occurs there c times, in this order:
 * <ul>
 *   <li>repeat r (Keskar et al., "CTRL", 2019): a positive logit is divided by r, any other multiplied by it. The
 *       paper only divides, which would make a negative logit more likely.
 *   <li>frequency f and presence s (OpenAI's API reference): the logit falls by c·f + s.
 * </ul>
 */
final class Penalties {

    private final SamplerSettings.Penalties settings;
    private final TokenHistory history;
    /** How often each token occurs in the window. */
    private final int[] counts;

    Penalties(SamplerSettings.Penalties settings, int vocabularySize) {
        this.settings = settings;
        this.history = new TokenHistory(settings.lastN());
        this.counts = new int[vocabularySize];
    }

    Penalties(Penalties other) {
        settings = other.settings;
        history = new TokenHistory(other.history);
        counts = other.counts.clone();
    }

    void accept(int token) {
        counts[token]++;
        int fallen = history.add(token);
        if (fallen >= 0) counts[fallen]--;
    }

    void apply(float[] logits) {
        int n = history.size();
        for (int i = 0; i < n; i++) {
            int token = history.back(i);
            int count = counts[token];
            if (count < 0) continue;
            float logit = logits[token];
            logit = logit > 0 ? logit / settings.repeat() : logit * settings.repeat();
            logit -= count * settings.frequency() + settings.presence();
            // A penalty below 1 raises a logit; it must not raise it to infinity.
            logits[token] = Math.min(logit, Float.MAX_VALUE);
            counts[token] = -count; // done; the sign is turned back below
        }
        for (int i = 0; i < n; i++) {
            int token = history.back(i);
            counts[token] = Math.abs(counts[token]);
        }
    }

    void reset() {
        for (int i = 0; i < history.size(); i++) counts[history.back(i)] = 0;
        history.clear();
    }
}
