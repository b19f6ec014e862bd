package dev.dalang.hub.catalogue;

import java.time.LocalDate;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What the catalogue knows of one model. What is not known is null or empty, never guessed; {@link #sources} says where
 * each fact is from.
 *
 * @param name as on the command line, {@code qwen3:8b}, or {@code provider/model} when it is hosted only
 * @param title as its publisher writes it
 * @param family a word for its relatives
 * @param access whether the weights are published
 * @param reach how to ask it where it is hosted, {@code openai/gpt-5}; null for downloadable models
 * @param nearest names of downloadable models to take instead, the nearest first
 * @param aliases what else people call it
 * @param architecture its name in {@code general.architecture}; null when hosted
 * @param parameters how many numbers; null when unknown
 * @param activeParameters how many of them each token goes through; null when all
 * @param shape what a fit is computed from; null when unknown
 * @param context positions it was trained for; null when unknown
 * @param capabilities of {@code tools}, {@code reasoning}, {@code vision}, {@code audio}, {@code video}, {@code code}
 * @param languages ISO 639-1 codes of those that the publisher names first
 * @param languageCount how many languages the publisher claims; null when the list is all
 * @param released when its weights, or its service, came out
 * @param successor name of the model that took its place
 * @param licence identity in the list of licences
 * @param gated the publisher asks for an account and consent before the download
 * @param base name of the model that it was trained from, whose licence it keeps
 * @param weights the publisher's repository, {@code hf.co/OWNER/REPO}; null when hosted
 * @param files known files, by quantisation
 * @param templates SHA-256 of the publisher's chat templates, see {@code trust}
 * @param note one sentence worth reading first
 */
public record CatalogueModel(
        String name,
        String title,
        String publisher,
        String family,
        Access access,
        @Nullable String reach,
        List<String> nearest,
        List<String> aliases,
        @Nullable String architecture,
        @Nullable Long parameters,
        @Nullable Long activeParameters,
        @Nullable Shape shape,
        @Nullable Integer context,
        List<String> capabilities,
        List<String> languages,
        @Nullable Integer languageCount,
        @Nullable LocalDate released,
        @Nullable String successor,
        String licence,
        boolean gated,
        @Nullable String base,
        @Nullable String weights,
        List<PublishedFile> files,
        List<String> templates,
        @Nullable String note,
        List<FactSource> sources) {

    public CatalogueModel {
        nearest = List.copyOf(nearest);
        aliases = List.copyOf(aliases);
        capabilities = List.copyOf(capabilities);
        languages = List.copyOf(languages);
        files = List.copyOf(files);
        templates = List.copyOf(templates);
        sources = List.copyOf(sources);
    }

    public enum Access {
        /** The weights can be downloaded, if only after consent. */
        OPEN,
        /** The weights are not published. */
        HOSTED;

        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * What decides memory and speed.
     *
     * @param feedForward width of a dense feed-forward network; null when unknown or all experts
     * @param cache what a sequence keeps, layers of one kind together
     * @param stateFloats numbers in the recurrent states of a whole sequence
     * @param tied whether the output matrix is the token embeddings; null when unknown
     */
    public record Shape(
            int layers,
            int embedding,
            int heads,
            int vocabulary,
            @Nullable Integer feedForward,
            @Nullable Integer experts,
            @Nullable Integer expertsUsed,
            List<CacheGroup> cache,
            long stateFloats,
            @Nullable Boolean tied) {
        public Shape {
            cache = List.copyOf(cache);
        }
    }

    /**
     * Layers that keep keys and values of the same size.
     *
     * @param window positions that they look back to; null for all
     */
    public record CacheGroup(
            int layers,
            int kvHeads,
            int keyDim,
            int valueDim,
            @Nullable Integer window) {}

    /**
     * One quantisation of the model as somebody publishes it.
     *
     * @param source a repository as {@code pull} takes it: {@code hf.co/OWNER/REPO} or {@code oci://HOST/REPO:TAG}
     * @param parts its files in order; empty when the source alone is known
     * @param bytes of all parts; null when not known exactly
     * @param aboutBytes rounded by whoever published it; null when unknown
     * @param from the identity of the source of these facts
     */
    public record PublishedFile(
            String quantisation,
            String source,
            List<FilePart> parts,
            @Nullable Long bytes,
            @Nullable Long aboutBytes,
            String from) {
        public PublishedFile {
            parts = List.copyOf(parts);
        }

        /** The best known size in bytes, or null. */
        public @Nullable Long size() {
            return bytes == null ? aboutBytes : bytes;
        }

        /** What {@code dalang pull} takes: the source, and the quantisation where it is one of several. */
        public String reference() {
            return source.startsWith("hf.co/") ? source + ":" + quantisation : source;
        }
    }

    /** @param sha256 64 lower-case hexadecimal digits, or null when unknown */
    public record FilePart(String file, @Nullable String sha256) {}

    /**
     * Where facts are from.
     *
     * @param facts names of the fields
     * @param source identity in the catalogue's list of sources
     * @param at where in the source: a path or an address
     * @param verified whether the fact was read there for this catalogue; otherwise it is general knowledge, and {@code at}
     *     is the place to check it
     */
    public record FactSource(List<String> facts, String source, String at, boolean verified) {
        public FactSource {
            facts = List.copyOf(facts);
        }
    }
}
