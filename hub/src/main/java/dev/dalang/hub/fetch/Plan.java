package dev.dalang.hub.fetch;

import dev.dalang.hub.store.Digest;
import dev.dalang.hub.store.FileName;
import dev.dalang.hub.store.Manifest;
import dev.dalang.hub.store.Role;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a pull would bring, known before the first byte of it.
 *
 * @param name in the store
 * @param source that was asked for
 * @param origin the same, pinned: the commit or manifest digest that its name stands for now
 * @param files to fetch
 * @param facts known about the model, like {@code licence}, {@code licence_name}, {@code licence_link}, {@code gated}
 */
public record Plan(
        String name, Source source, Manifest.Origin origin, List<PlannedFile> files, Map<String, String> facts) {

    /**
     * One file of it.
     *
     * @param address to get it from
     * @param bytes its length
     * @param digest of its bytes; null where the place gives another kind or none
     * @param gitBlob the name that git gives its bytes (SHA-1), where that is what the place gives
     * @param validator what tells versions of the file apart where there is no digest, like an ETag
     * @param secrets headers for the address's own origin
     */
    public record PlannedFile(
            FileName name,
            Role role,
            URI address,
            long bytes,
            @Nullable Digest digest,
            @Nullable String gitBlob,
            @Nullable String validator,
            Map<String, String> secrets) {

        /** No file is longer: what sums and segments are counted in has room for as much. */
        static final long MAX_BYTES = 1L << 46;

        /** @throws dev.dalang.api.DalangException (upstream) if it says of itself that it is longer than any file */
        public PlannedFile {
            if (bytes < 0 || bytes > MAX_BYTES) {
                throw Failures.upstream(address.getHost() + " says that " + name + " has " + bytes + " bytes", 0);
            }
        }

        /** What its bytes under way are kept under. */
        Digest key() {
            if (digest != null) return digest;
            return Digest.of(address + "\n" + gitBlob + "\n" + validator + "\n" + bytes);
        }

        /** Without the secrets. */
        @Override
        public String toString() {
            return name + " (" + bytes + " bytes) at " + address.getHost();
        }
    }

    public Plan {
        Manifest.checkName(name);
        files = List.copyOf(files);
        facts = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(facts));
    }

    public long bytes() {
        return files.stream().mapToLong(PlannedFile::bytes).sum();
    }

    /** The first file of a role. */
    public Optional<PlannedFile> file(Role role) {
        return files.stream().filter(f -> f.role() == role).findFirst();
    }

    /** Under another name in the store. */
    public Plan named(String other) {
        return new Plan(other, source, origin, files, facts);
    }
}
