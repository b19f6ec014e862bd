/** Byte-level BPE vocabularies learned from text. */
@org.jspecify.annotations.NullMarked
package dev.dalang.train.tokenizer;
