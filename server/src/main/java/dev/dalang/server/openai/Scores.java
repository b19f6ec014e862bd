package dev.dalang.server.openai;

import dev.dalang.api.TokenScore;
import dev.dalang.server.http.Json;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Scores of tokens that wait for the text that the tokens became, so that a chunk's scores are those of its text: what
 * marks the end of thought or opens a call has a token but no text, and what may turn out to be a stop string is held
 * back longer than its tokens are.
 */
public final class Scores {

    private final Deque<TokenScore> waiting = new ArrayDeque<>();
    /** Bytes of the first token waiting that have been shown already. */
    private int shown;

    public Scores() {}

    /** Tokens that the next piece of text, or a later one, came from. */
    public void add(List<TokenScore> tokens) {
        waiting.addAll(tokens);
    }

    /** What came was no text: its tokens are nobody's business here. */
    public void drop() {
        waiting.clear();
        shown = 0;
    }

    /** The tokens that a piece of text came from; a token that only began in it comes with it. */
    public List<TokenScore> take(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        skipTo(bytes);
        List<TokenScore> taken = new ArrayList<>();
        int left = bytes.length;
        while (left > 0 && !waiting.isEmpty()) {
            TokenScore next = waiting.peekFirst();
            int length = bytes(next).length - shown;
            if (shown == 0) taken.add(next);
            if (length > left) {
                shown += left;
                return taken;
            }
            waiting.removeFirst();
            left -= length;
            shown = 0;
        }
        return taken;
    }

    /** Leaves out tokens in front that are not how the text begins. */
    private void skipTo(byte[] text) {
        if (matches(text)) return;
        Deque<TokenScore> kept = new ArrayDeque<>(waiting);
        int before = shown;
        while (!waiting.isEmpty()) {
            waiting.removeFirst();
            shown = 0;
            if (matches(text)) return;
        }
        // No place fits, as where a provider's bytes are not the text's: its order is all there is to go by.
        waiting.addAll(kept);
        shown = before;
    }

    private boolean matches(byte[] text) {
        int at = 0;
        int skip = shown;
        for (TokenScore token : waiting) {
            byte[] b = bytes(token);
            int n = Math.min(b.length - skip, text.length - at);
            if (n < 0 || !Arrays.equals(b, skip, skip + n, text, at, at + n)) return false;
            at += n;
            skip = 0;
            if (at == text.length) return true;
        }
        return at > 0;
    }

    private static byte[] bytes(TokenScore token) {
        byte[] bytes = token.bytes();
        return bytes == null ? token.text().getBytes(StandardCharsets.UTF_8) : bytes;
    }

    /** As {@code logprobs.content} has them. */
    public static ArrayNode json(List<TokenScore> tokens) {
        ArrayNode all = Json.array();
        for (TokenScore token : tokens) {
            ObjectNode one = json(token);
            ArrayNode top = one.putArray("top_logprobs");
            for (TokenScore other : token.top()) top.add(json(other));
            all.add(one);
        }
        return all;
    }

    private static ObjectNode json(TokenScore token) {
        ObjectNode one = Json.object().put("token", token.text()).put("logprob", token.logprob());
        ArrayNode bytes = one.putArray("bytes");
        for (byte b : bytes(token)) bytes.add(b & 0xff);
        return one;
    }
}
