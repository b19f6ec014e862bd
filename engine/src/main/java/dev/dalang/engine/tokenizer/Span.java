package dev.dalang.engine.tokenizer;

/** A part of a prompt. In trusted text, control tokens written out are control tokens; in untrusted text, letters. */
public record Span(String text, boolean trusted) {}
