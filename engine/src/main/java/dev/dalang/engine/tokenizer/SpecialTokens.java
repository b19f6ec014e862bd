package dev.dalang.engine.tokenizer;

/**
 * The ids of the tokens with a role, {@link #NONE} where the vocabulary has none.
 *
 * @param bos beginning of text
 * @param eos end of text
 * @param eot end of turn
 * @param eom end of message (a tool call follows)
 * @param unk what text outside the vocabulary becomes
 * @param sep separator of BERT-like encoders
 * @param pad padding
 * @param mask mask of BERT-like encoders
 * @param newline the token of {@code \n}
 * @param fimPrefix fill in the middle: before the prefix
 * @param fimSuffix fill in the middle: before the suffix
 * @param fimMiddle fill in the middle: before the middle
 * @param fimPad fill in the middle: padding
 * @param fimRepository before a repository's name
 * @param fimSeparator between files
 */
public record SpecialTokens(
        int bos,
        int eos,
        int eot,
        int eom,
        int unk,
        int sep,
        int pad,
        int mask,
        int newline,
        int fimPrefix,
        int fimSuffix,
        int fimMiddle,
        int fimPad,
        int fimRepository,
        int fimSeparator) {

    public static final int NONE = -1;
}
