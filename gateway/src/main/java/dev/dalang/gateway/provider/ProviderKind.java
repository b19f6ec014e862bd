package dev.dalang.gateway.provider;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The protocols that are spoken. */
public enum ProviderKind {
    /** OpenAI's Chat Completions and Responses. */
    OPENAI,
    /** Chat Completions of others, in one of the flavours. */
    OPENAI_COMPATIBLE,
    AZURE,
    ANTHROPIC,
    GEMINI,
    VERTEX,
    BEDROCK,
    COHERE;

    /** As in the configuration. */
    public String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    public static @Nullable ProviderKind of(String word) {
        for (ProviderKind k : values()) if (k.word().equals(word)) return k;
        return null;
    }
}
