package dev.dalang.gateway.route;

import dev.dalang.gateway.meter.Target;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A model that is there, as far as routing depends on it.
 *
 * @param capabilities what it can, or null where that is not known: it is tried then
 */
public record Candidate(Target target, @Nullable Set<Capability> capabilities) {

    /** What a request may need. */
    public enum Capability {
        TOOLS,
        IMAGES,
        AUDIO,
        DOCUMENTS;

        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
