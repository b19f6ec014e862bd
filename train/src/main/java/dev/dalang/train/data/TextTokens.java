package dev.dalang.train.data;

import dev.dalang.engine.tokenizer.Tokenizer;
import java.util.List;

/** Plain texts as documents, tokenised once, on all processors. */
public final class TextTokens {

    private TextTokens() {}

    /**
     * The documents of texts in their order, everything in them to be learned. What is spelled like a control token in a
     * text does not become one.
     *
     * @param before id in front of each document, as of BOS; -1 for none
     * @param after id at the end of each, as of end of text; -1 for none
     */
    public static List<Document> of(List<String> texts, Tokenizer tokenizer, int before, int after) {
        return texts.parallelStream()
                .map(text -> {
                    int[] ids = tokenizer.encode(text, false);
                    int head = before < 0 ? 0 : 1;
                    int[] all = new int[head + ids.length + (after < 0 ? 0 : 1)];
                    if (before >= 0) all[0] = before;
                    System.arraycopy(ids, 0, all, head, ids.length);
                    if (after >= 0) all[all.length - 1] = after;
                    return Document.of(all);
                })
                .toList();
    }
}
