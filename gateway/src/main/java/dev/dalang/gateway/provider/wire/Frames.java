package dev.dalang.gateway.provider.wire;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A stream cut into messages. */
public interface Frames {
    /** The next message, or null at the end. */
    @Nullable
    Frame next() throws IOException;
}
