/** Folders in the layout of Hugging Face's hub, read as if they had been converted to GGUF. */
package dev.dalang.engine.format.huggingface;
