package dev.dalang.gateway.meter;

import dev.dalang.api.CacheHint;
import dev.dalang.api.ChatRequest;
import dev.dalang.api.Message;
import dev.dalang.api.Part;
import dev.dalang.api.Prompt;
import dev.dalang.api.ResponseFormat;
import dev.dalang.api.Source;
import dev.dalang.api.Tool;
import dev.dalang.gateway.price.Cost;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How many tokens a prompt can have at most, without its tokenizer: vocabularies of bytes have no token shorter than a
 * byte, so its UTF-8 length is a bound, and a template adds some to each turn. A good estimate would be a quarter of it;
 * here nothing may be too low.
 *
 * @param tokens the bound; {@link Long#MAX_VALUE} where only the model's context is one (sounds, documents, addresses)
 * @param estimate what it will be about, for models that cannot say
 * @param extras what it makes use of that has a rate of its own
 */
record PromptBound(long tokens, int estimate, Set<Cost.Extra> extras) {

    private static final int TURN = 16;
    private static final int FRAME = 64;
    private static final int TOOLS_FRAME = 512;

    /** gpt-4o-mini counts up to 48,169 tokens for a picture; others stay below 5,000. */
    private static final int IMAGE = 50_000;

    private static final int BYTES_PER_TOKEN = 4;

    static PromptBound of(ChatRequest r) {
        Sum sum = new Sum();
        sum.bytes += FRAME;
        switch (r.prompt()) {
            case Prompt.Raw p -> sum.text(p.text());
            case Prompt.Tokens p -> sum.bytes += p.ids().length;
            case Prompt.Infill p -> {
                sum.text(p.prefix());
                sum.text(p.suffix());
            }
            case Prompt.Conversation c -> {
                for (Message m : c.messages()) {
                    sum.bytes += TURN;
                    sum.text(m.name());
                    for (Part p : m.parts()) sum.part(p);
                }
            }
        }
        if (!r.tools().isEmpty()) sum.bytes += TOOLS_FRAME;
        for (Tool t : r.tools()) sum.tool(t);
        if (r.responseFormat() instanceof ResponseFormat.JsonSchema s) sum.text(s.schema());
        long tokens = sum.unbounded ? Long.MAX_VALUE : sum.bytes;
        int estimate = (int) Math.min(Integer.MAX_VALUE, sum.bytes / BYTES_PER_TOKEN + 1);
        return new PromptBound(tokens, estimate, sum.extras);
    }

    private static final class Sum {
        private long bytes;
        private boolean unbounded;
        private final Set<Cost.Extra> extras = EnumSet.noneOf(Cost.Extra.class);

        void text(@Nullable String text) {
            if (text == null) return;
            long n = 0;
            for (int i = 0; i < text.length(); i++) {
                char c = text.charAt(i);
                // Two for each half of a pair make the four bytes of its character.
                n += c < 0x80 ? 1 : c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
            }
            bytes += n;
        }

        void part(Part p) {
            cache(p.cache());
            switch (p) {
                case Part.Text t -> text(t.text());
                case Part.Image i -> bytes += IMAGE;
                case Part.Audio a -> {
                    unbounded = true;
                    extras.add(Cost.Extra.AUDIO_INPUT);
                }
                case Part.Document d -> {
                    text(d.title());
                    text(d.context());
                    if (d.source() instanceof Source.Bytes b
                            && String.valueOf(b.mediaType()).startsWith("text/")) {
                        bytes += b.data().length;
                    } else {
                        unbounded = true;
                    }
                }
                case Part.ToolCall t -> {
                    text(t.name());
                    text(t.arguments());
                    bytes += TURN;
                }
                case Part.ToolResult t -> {
                    for (Part inner : t.parts()) part(inner);
                    bytes += TURN;
                }
                case Part.Reasoning t -> {
                    text(t.text());
                    // A signature may stand for more reasoning than the summary shows.
                    if (t.signature() != null) text(t.signature());
                }
                case Part.RedactedReasoning t -> text(t.data());
                case Part.Refusal t -> text(t.text());
                case Part.Opaque t -> {
                    text(t.json());
                    unbounded = true;
                }
            }
        }

        void tool(Tool t) {
            cache(t.cache());
            switch (t) {
                case Tool.Function f -> {
                    text(f.name());
                    text(f.description());
                    text(f.parameters());
                }
                case Tool.Custom c -> {
                    text(c.name());
                    text(c.description());
                    if (c.grammar() != null) text(c.grammar().definition());
                }
                case Tool.Hosted h -> {
                    text(h.configuration());
                    // What it finds is put into the prompt.
                    unbounded = true;
                    extras.add(Cost.Extra.SEARCH);
                }
            }
            bytes += TURN;
        }

        private void cache(@Nullable CacheHint hint) {
            if (hint == CacheHint.SHORT) extras.add(Cost.Extra.CACHE_WRITE);
            if (hint == CacheHint.LONG) extras.add(Cost.Extra.CACHE_WRITE_LONG);
        }
    }
}
