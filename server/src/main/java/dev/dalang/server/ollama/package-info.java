/** Ollama's API. */
package dev.dalang.server.ollama;
