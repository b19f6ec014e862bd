package dev.dalang.server.openai;

import dev.dalang.api.ChatRequest;

/**
 * A request of the chat dialect: what the doorway is asked, and what stays between dialect and client.
 *
 * @param choices how many answers ({@code n})
 * @param stream as they come, instead of at their end
 * @param includeUsage a streamed answer ends with a chunk that counts its tokens
 * @param names what refusals call its fields
 */
record ChatCall(ChatRequest request, int choices, boolean stream, boolean includeUsage, FieldNames names) {}
