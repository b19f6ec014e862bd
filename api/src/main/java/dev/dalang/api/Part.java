package dev.dalang.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A piece of a message. {@code cache} marks a place worth caching up to; null is the usual. */
public sealed interface Part {

    @Nullable
    CacheHint cache();

    /**
     * Plain text.
     *
     * @param annotations citations and the like as the provider's JSON array, or null
     * @param itemId the provider's own id of the item that the text is, or null
     * @param phase the provider's word for what the text is within a long turn ({@code commentary},
     *     {@code final_answer}), to be passed back unchanged, or null
     */
    record Text(
            String text,
            @Nullable CacheHint cache,
            @Nullable String annotations,
            @Nullable String itemId,
            @Nullable String phase)
            implements Part {
        public Text(String text) {
            this(text, null, null);
        }

        public Text(String text, @Nullable CacheHint cache, @Nullable String annotations) {
            this(text, cache, annotations, null, null);
        }
    }

    /** A picture. {@code detail} is {@code low}, {@code high}, {@code auto} or null. */
    record Image(
            Source source,
            @Nullable String detail,
            @Nullable CacheHint cache) implements Part {}

    /**
     * A sound.
     *
     * @param format like {@code wav} or {@code mp3}, or null
     * @param itemId of a sound that a model made, the name by which its provider takes it back, or null
     * @param transcript what is said in it, or null
     */
    record Audio(
            Source source,
            @Nullable String format,
            @Nullable CacheHint cache,
            @Nullable String itemId,
            @Nullable String transcript)
            implements Part {
        public Audio(Source source, @Nullable String format, @Nullable CacheHint cache) {
            this(source, format, cache, null, null);
        }
    }

    /**
     * A file for the model to read.
     *
     * @param context what the user says about it, or null
     * @param citations the answer should cite it
     */
    record Document(
            Source source,
            @Nullable String title,
            @Nullable String context,
            boolean citations,
            @Nullable CacheHint cache)
            implements Part {}

    /**
     * The assistant calls a tool.
     *
     * @param id ties the result to the call
     * @param arguments a JSON object, as the model wrote it: not checked here
     * @param itemId the provider's own id of the item where it differs from {@code id}, or null
     * @param freeform a call of a {@link Tool.Custom}: {@code arguments} is its text, not JSON
     */
    record ToolCall(
            String id,
            String name,
            String arguments,
            @Nullable String itemId,
            boolean freeform,
            @Nullable CacheHint cache)
            implements Part {
        public ToolCall(String id, String name, String arguments) {
            this(id, name, arguments, null, false, null);
        }
    }

    /**
     * What a tool gave back.
     *
     * @param callId the call's id
     * @param toolName the tool's name, for dialects that pair results by name, or null
     * @param parts texts, images and documents
     * @param isError the tool failed, and the parts say why
     */
    record ToolResult(
            String callId,
            @Nullable String toolName,
            List<Part> parts,
            boolean isError,
            @Nullable CacheHint cache) implements Part {
        public ToolResult {
            parts = List.copyOf(parts);
            for (Part p : parts) {
                if (!(p instanceof Text
                        || p instanceof Image
                        || p instanceof Audio
                        || p instanceof Document
                        || p instanceof Opaque)) {
                    throw Checks.invalid(
                            "messages",
                            "a tool result cannot hold a " + p.getClass().getSimpleName() + " part");
                }
            }
        }

        /** All text parts joined. */
        public String text() {
            StringBuilder text = new StringBuilder();
            for (Part part : parts) {
                if (part instanceof Text t) text.append(t.text());
            }
            return text.toString();
        }
    }

    /**
     * What the assistant thought before it spoke.
     *
     * @param text the reasoning, or its summary
     * @param signature the provider's proof that the text is its own, to be passed back unchanged, or null
     * @param itemId the provider's id of the item, or null
     * @param summary {@code text} is a summary, not the reasoning itself
     */
    record Reasoning(
            String text,
            @Nullable String signature,
            @Nullable String itemId,
            boolean summary) implements Part {
        public Reasoning(String text) {
            this(text, null, null, false);
        }

        @Override
        public @Nullable CacheHint cache() {
            return null;
        }
    }

    /** Reasoning that only its provider can read, to be passed back unchanged. */
    record RedactedReasoning(String data, @Nullable String itemId) implements Part {
        @Override
        public @Nullable CacheHint cache() {
            return null;
        }
    }

    /** The assistant declines, and says so apart from the answer. */
    record Refusal(String text) implements Part {
        @Override
        public @Nullable CacheHint cache() {
            return null;
        }
    }

    /**
     * Something that only one provider understands (a search that it ran itself, a compacted history): passed back to
     * it unchanged, refused by every other.
     *
     * @param provider whose it is
     * @param type the provider's name of the block
     * @param json the block
     */
    record Opaque(
            String provider,
            String type,
            String json,
            @Nullable CacheHint cache) implements Part {}
}
