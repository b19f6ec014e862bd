/**
 * What was learned as files that others read too: GGUF, and a folder in Hugging Face's form.
 */
@org.jspecify.annotations.NullMarked
package dev.dalang.train.export;
