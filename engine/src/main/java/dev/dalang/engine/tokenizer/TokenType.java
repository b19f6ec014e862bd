package dev.dalang.engine.tokenizer;

/** What a token is for; the order is that of the numbers in GGUF's {@code tokenizer.ggml.token_type}. */
enum TokenType {
    UNDEFINED,
    NORMAL,
    UNKNOWN,
    CONTROL,
    USER_DEFINED,
    UNUSED,
    BYTE;

    /** Whether ordinary text may become it. */
    boolean matchesText() {
        return this == NORMAL || this == USER_DEFINED || this == UNUSED || this == UNDEFINED;
    }
}
