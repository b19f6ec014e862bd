package dev.dalang.engine.tokenizer;

import java.util.BitSet;
import java.util.List;
import java.util.Set;

/**
 * The tokens with a role that files do not always declare, found by the names they go by, as llama.cpp finds them. All
 * of them are made control tokens, whatever the file says.
 */
final class EndOfGeneration {

    private static final Set<String> ENDS = Set.of(
            "<|eot_id|>",
            "<|im_end|>",
            "<|end|>",
            "<|return|>",
            "<|call|>",
            "<|flush|>",
            "<|calls|>",
            "<end_of_turn>",
            "<|endoftext|>",
            "</s>",
            "<|eom_id|>",
            "<EOT>",
            "_<EOT>",
            "[EOT]",
            "[EOS]",
            "<|end_of_text|>",
            "<end_of_utterance>",
            "<eos>",
            "<turn|>",
            "<|tool_response>",
            "<｜end▁of▁sentence｜>",
            "[e~[");

    static final List<String> END_OF_TURN = List.of(
            "<|eot_id|>",
            "<|im_end|>",
            "<|end|>",
            "<end_of_turn>",
            "<|endoftext|>",
            "<|end_of_text|>",
            "<EOT>",
            "_<EOT>",
            "[EOT]",
            "<｜end▁of▁sentence｜>",
            "<end_of_utterance>");
    static final List<String> END_OF_MESSAGE = List.of("<|eom_id|>");
    static final List<String> FIM_PREFIX = List.of(
            "<|fim_prefix|>",
            "<fim-prefix>",
            "<fim_prefix>",
            "<｜fim▁begin｜>",
            "<PRE>",
            "▁<PRE>",
            "<|code_prefix|>",
            "<|prefix|>");
    static final List<String> FIM_SUFFIX = List.of(
            "<|fim_suffix|>",
            "<fim-suffix>",
            "<fim_suffix>",
            "<｜fim▁hole｜>",
            "<SUF>",
            "▁<SUF>",
            "<|code_suffix|>",
            "<|suffix|>");
    static final List<String> FIM_MIDDLE = List.of(
            "<|fim_middle|>",
            "<fim-middle>",
            "<fim_middle>",
            "<｜fim▁end｜>",
            "<MID>",
            "▁<MID>",
            "<|code_middle|>",
            "<|middle|>");
    static final List<String> FIM_PAD = List.of("<|fim_pad|>", "<fim-pad>", "<fim_pad>", "<PAD>", "[PAD]");
    static final List<String> FIM_REPOSITORY =
            List.of("<|fim_repo|>", "<|repo_name|>", "<fim-repo>", "<REPO>", "<reponame>");
    static final List<String> FIM_SEPARATOR = List.of("<|file_sep|>");

    private EndOfGeneration() {}

    /** The declared id, or else that of the first of the names in the vocabulary, which then is a control token. */
    static int find(Vocabulary vocabulary, int declared, List<String> names) {
        if (declared >= 0) return declared;
        for (String name : names) {
            int id = vocabulary.idOf(name);
            if (id >= 0) {
                vocabulary.setType(id, TokenType.CONTROL);
                return id;
            }
        }
        return SpecialTokens.NONE;
    }

    static BitSet of(Vocabulary vocabulary, SpecialTokens special) {
        BitSet ends = new BitSet(vocabulary.size());
        for (String name : ENDS) {
            int id = vocabulary.idOf(name);
            if (id < 0) continue;
            ends.set(id);
            vocabulary.setType(id, TokenType.CONTROL);
        }
        int[] declared = {
            special.eos(),
            special.eot(),
            special.eom(),
            special.fimPad(),
            special.fimRepository(),
            special.fimSeparator()
        };
        for (int id : declared) {
            if (id >= 0) ends.set(id);
        }
        // Harmony and its relatives end a message with <|end|> and go on with the next one.
        boolean calls = has(vocabulary, "<|call|>") || has(vocabulary, "<|calls|>");
        if (calls && (has(vocabulary, "<|return|>") || has(vocabulary, "<|flush|>"))) {
            clear(ends, vocabulary.idOf("<|end|>"));
        }
        // Gemma 4 has an </s> that is no end.
        if (has(vocabulary, "<|tool_response>")) clear(ends, vocabulary.idOf("</s>"));
        return ends;
    }

    private static boolean has(Vocabulary vocabulary, String token) {
        return vocabulary.idOf(token) >= 0;
    }

    private static void clear(BitSet ends, int id) {
        if (id >= 0) ends.clear(id);
    }
}
