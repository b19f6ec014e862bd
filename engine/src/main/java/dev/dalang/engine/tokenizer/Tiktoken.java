package dev.dalang.engine.tokenizer;

import dev.dalang.api.DalangException;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Reads tiktoken's rank files: a line for each token, its bytes in base64, a space, its rank, which is its id. How text
 * is cut and which control tokens there are is not in the file; it goes by the file's name.
 */
final class Tiktoken {

    private record Encoding(String pattern, Map<String, Integer> control) {}

    private static final Encoding R50K = new Encoding(GgufPreTokenizer.GPT2, Map.of("<|endoftext|>", 50256));
    private static final Encoding CL100K = new Encoding(
            GgufPreTokenizer.LLAMA3,
            Map.of(
                    "<|endoftext|>", 100257,
                    "<|fim_prefix|>", 100258,
                    "<|fim_middle|>", 100259,
                    "<|fim_suffix|>", 100260,
                    "<|endofprompt|>", 100276));
    private static final Encoding O200K =
            new Encoding(GgufPreTokenizer.O200K, Map.of("<|endoftext|>", 199999, "<|endofprompt|>", 200018));
    private static final Encoding O200K_HARMONY = new Encoding(
            GgufPreTokenizer.O200K,
            Map.of(
                    "<|startoftext|>", 199998,
                    "<|endoftext|>", 199999,
                    "<|return|>", 200002,
                    "<|constrain|>", 200003,
                    "<|channel|>", 200005,
                    "<|start|>", 200006,
                    "<|end|>", 200007,
                    "<|message|>", 200008,
                    "<|call|>", 200012,
                    "<|endofprompt|>", 200018));

    private Tiktoken() {}

    static Tokenizer read(Path file) {
        String name = String.valueOf(file.getFileName()).replaceFirst("\\.tiktoken$", "");
        Encoding encoding = encoding(name, file);
        VocabularyBuilder builder = new VocabularyBuilder(name);
        List<String> lines = HfVocabularyFiles.lines(file);
        for (int i = 0; i < lines.size(); i++) {
            if (!lines.get(i).isBlank()) line(lines.get(i), i + 1, name, builder);
        }
        encoding.control()
                .forEach(
                        (token, id) -> builder.add(new AddedTokens.Added(token, id, true, false, false, false), false));
        Vocabulary vocabulary = builder.build();
        TokenRanks ranks = new TokenRanks(vocabulary, true);
        Model model = (piece, out) -> ranks.encode(ByteAlphabet.encode(piece), out);
        Ids newline = new Ids();
        model.encode("\n", newline);
        int end = vocabulary.idOf(vocabulary.idOf("<|return|>") >= 0 ? "<|return|>" : "<|endoftext|>");
        int start = vocabulary.idOf("<|startoftext|>");
        SpecialTokens special = new SpecialTokens(
                start,
                end,
                -1,
                -1,
                -1,
                -1,
                -1,
                -1,
                newline.last(),
                vocabulary.idOf("<|fim_prefix|>"),
                vocabulary.idOf("<|fim_suffix|>"),
                vocabulary.idOf("<|fim_middle|>"),
                -1,
                -1,
                -1);
        return new PipelineTokenizer(new PipelineTokenizer.Parts(
                "byte-level BPE (" + name + ")",
                vocabulary,
                new AddedTokens(builder.added()),
                new AddedTokens(List.of()),
                new AddedTokens(List.of()),
                PipelineTokenizer.AS_IT_IS,
                SplitByPattern.isolated(encoding.pattern()),
                model,
                Detokenizer.OF_BYTE_LEVEL,
                new int[0],
                new int[0],
                special,
                EndOfGeneration.of(vocabulary, special)));
    }

    private static Encoding encoding(String name, Path file) {
        return switch (name.toLowerCase(Locale.ROOT)) {
            case "gpt2", "r50k_base", "p50k_base" -> R50K;
            case "cl100k_base" -> CL100K;
            case "o200k_base" -> O200K;
            case "o200k_harmony" -> O200K_HARMONY;
            default ->
                throw DalangException.unsupported(
                        file.getFileName() + ": rank files do not say how they cut text, and the name is none of"
                                + " r50k_base, p50k_base, cl100k_base, o200k_base, o200k_harmony",
                        "tiktoken encoding " + name);
        };
    }

    private static void line(String line, int number, String name, VocabularyBuilder builder) {
        int space = line.indexOf(' ');
        try {
            byte[] bytes = Base64.getDecoder().decode(line.substring(0, Math.max(space, 0)));
            int rank = Integer.parseInt(line.substring(space + 1).strip());
            StringBuilder token = new StringBuilder(bytes.length);
            for (byte b : bytes) token.append(ByteAlphabet.letter(b));
            builder.put(rank, token.toString(), TokenType.NORMAL, 0);
        } catch (IllegalArgumentException e) {
            throw DalangException.badModelFile(
                    name + ": line " + number + " is not base64, a space and a rank", name, null);
        }
    }
}
