package dev.dalang.api;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Where the bytes of an image, a sound or a document are. */
public sealed interface Source {

    /** Here. {@code mediaType} is like {@code image/png}; null when the sender did not say. */
    @SuppressWarnings("ArrayRecordComponent") // copied on the way in and out, compared by content
    record Bytes(byte[] data, @Nullable String mediaType) implements Source {
        public Bytes {
            data = data.clone();
        }

        @Override
        public byte[] data() {
            return data.clone();
        }

        @Override
        public boolean equals(Object o) {
            return o instanceof Bytes b && Arrays.equals(data, b.data) && Objects.equals(mediaType, b.mediaType);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(data);
        }

        @Override
        public String toString() {
            return "Bytes[" + data.length + " bytes, " + mediaType + "]";
        }
    }

    /** Elsewhere. Nobody fetches it unless the egress rules allow it. */
    record Url(String url) implements Source {}

    /** With the provider, under the name that an upload got. */
    record FileId(String id) implements Source {}
}
