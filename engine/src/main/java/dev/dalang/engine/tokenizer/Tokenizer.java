package dev.dalang.engine.tokenizer;

import java.util.List;
import java.util.Set;

/**
 * Text to token ids and back, for one vocabulary. Immutable and safe for use by many threads.
 *
 * <p>Unpaired surrogates in a text count as U+FFFD. Ids outside {@code 0 .. vocabularySize()-1} raise a
 * {@code DalangException} that names them.
 */
public interface Tokenizer {

    /** What it is, for people: "SentencePiece BPE (llama)", "byte-level BPE (qwen2)". */
    String kind();

    /** The number of ids; the model's output has at least as many logits. */
    int vocabularySize();

    /**
     * The ids of a text, without the tokens that the model wants at the start or end ({@link #withSpecials}).
     *
     * @param parseSpecial whether control tokens that are written out in the text ({@code <|im_end|>}) become their
     *     ids. True only for text that nobody but a chat template wrote; see {@link #encode(List)} for mixed text.
     */
    int[] encode(String text, boolean parseSpecial);

    /**
     * The ids of a text that is trusted in parts. The result equals {@code encode(joined, true)} wherever the untrusted
     * parts hold no control token: merges run across span borders. A control token is recognised only where all of its
     * characters are trusted, so that what a user writes can never end his turn or begin another.
     */
    default int[] encode(List<Span> spans) {
        return encode(spans, Set.of());
    }

    /**
     * As {@link #encode(List)}, and the added tokens that are spelled like one of {@code markers} are recognised only in
     * trusted text too. Not all that a chat template structures a conversation with is declared a control token:
     * {@code <think>} and {@code <tool_call>} often are not.
     */
    int[] encode(List<Span> spans, Set<String> markers);

    /**
     * The ids with the tokens around them that the model was trained with (BOS, EOS, {@code [CLS] … [SEP]}). What is
     * already there at the ends is not added again, so that a chat template which writes its own BOS yields one.
     */
    int[] withSpecials(int[] ids);

    /** Whether {@link #withSpecials} puts BOS at the start. */
    boolean addsBos();

    /** Whether {@link #withSpecials} puts EOS at the end. */
    boolean addsEos();

    /** The ids of the tokens with a role; -1 for those that the vocabulary lacks. */
    SpecialTokens special();

    /** Whether generation is over at this id: EOS, end of turn, end of message. */
    boolean isEndOfGeneration(int id);

    /** Whether the id stands for no text: BOS, EOS, turn marks, unknown. */
    boolean isControl(int id);

    /** The vocabulary's own spelling of a token ({@code ▁the}, {@code Ġthe}, {@code <0x0A>}). */
    String token(int id);

    /** The id of a token by the vocabulary's own spelling, or -1. */
    int idOf(String token);

    /**
     * The bytes of text that a token stands for in the middle of a text: not always whole UTF-8 characters. For a
     * control token, its spelling.
     */
    byte[] bytes(int id);

    /** The text of a whole sequence. Bytes that are not UTF-8 become U+FFFD. */
    default String decode(int[] ids, boolean showSpecial) {
        StreamingDecoder decoder = decoder(showSpecial);
        StringBuilder text = new StringBuilder();
        for (int id : ids) text.append(decoder.feed(id));
        return text.append(decoder.flush()).toString();
    }

    /** A decoder for a text from its start: a space that the encoder put in front is taken away again. */
    StreamingDecoder decoder(boolean showSpecial);

    /** A decoder for the continuation of a text: nothing is taken away. */
    StreamingDecoder continuation(boolean showSpecial);
}
