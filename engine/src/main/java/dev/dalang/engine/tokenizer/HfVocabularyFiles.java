package dev.dalang.engine.tokenizer;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;

/** Reads the files of the time before {@code tokenizer.json}: {@code vocab.json} with {@code merges.txt}, and BERT's {@code vocab.txt}. */
final class HfVocabularyFiles {

    private static final long MAX_BYTES = 64L << 20;

    /** Tokenizers that cut text as GPT-2 does, by the class or model type that the configuration names. */
    private static final Set<String> GPT2_LIKE = Set.of(
            "",
            "GPT2Tokenizer",
            "RobertaTokenizer",
            "BartTokenizer",
            "CodeGenTokenizer",
            "WhisperTokenizer",
            "LongformerTokenizer",
            "gpt2",
            "roberta",
            "bart",
            "codegen",
            "whisper",
            "longformer");

    private static final Set<String> QWEN_LIKE = Set.of("Qwen2Tokenizer", "qwen2", "qwen2_moe", "qwen3", "qwen3_moe");

    private HfVocabularyFiles() {}

    static Tokenizer bytePairs(Path folder) {
        HfConfig config = HfConfig.read(folder);
        VocabularyBuilder builder = new VocabularyBuilder("vocab.json");
        builder.put(Json.read(folder.resolve("vocab.json")).members());
        added(folder, config, builder);
        Vocabulary vocabulary = builder.build();
        String name = config.tokenizerClass().isEmpty() ? config.modelType() : config.tokenizerClass();
        boolean qwen = QWEN_LIKE.contains(name);
        if (!qwen && !GPT2_LIKE.contains(name)) {
            throw DalangException.unsupported(
                    "vocab.json with merges.txt for '" + name
                            + "': how it cuts text is not known here; a tokenizer.json would say it",
                    name);
        }
        UnaryOperator<String> normalizer =
                qwen ? text -> Normalizer.normalize(text, Normalizer.Form.NFC) : PipelineTokenizer.AS_IT_IS;
        int[] none = new int[256];
        Arrays.fill(none, -1);
        Model merges = merges(folder.resolve("merges.txt"), vocabulary, new Fallback(none, -1, false));
        Model model = (piece, out) -> merges.encode(ByteAlphabet.encode(piece), out);
        Ids newline = new Ids();
        model.encode("\n", newline);
        SpecialTokens special = config.special(vocabulary, null, newline.last());
        BitSet ends = EndOfGeneration.of(vocabulary, special);
        config.ends(vocabulary).forEach(ends::set);
        boolean bos = config.tokenizer.get("add_bos_token").bool(false) && special.bos() >= 0;
        return new PipelineTokenizer(new PipelineTokenizer.Parts(
                "byte-level BPE (" + (name.isEmpty() ? "vocab.json" : name) + ")",
                vocabulary,
                new AddedTokens(builder.added()),
                builder.normalizedAdded(normalizer),
                builder.normalizedControls(),
                normalizer,
                GgufPreTokenizer.named(qwen ? "qwen2" : "gpt-2").compile(),
                model,
                Detokenizer.OF_BYTE_LEVEL,
                bos ? new int[] {special.bos()} : new int[0],
                new int[0],
                special,
                ends));
    }

    private static void added(Path folder, HfConfig config, VocabularyBuilder builder) {
        Json decoder = config.tokenizer.get("added_tokens_decoder");
        if (decoder.isObject()) {
            for (Map.Entry<String, Json> entry : decoder.members().entrySet()) {
                Json token = entry.getValue();
                boolean special = token.get("special").bool(false);
                String content = token.get("content").string();
                builder.add(
                        new AddedTokens.Added(
                                content,
                                id(entry.getKey(), token),
                                special || VocabularyBuilder.looksControl(content),
                                token.get("lstrip").bool(false),
                                token.get("rstrip").bool(false),
                                token.get("single_word").bool(false)),
                        token.get("normalized").bool(!special));
            }
            return;
        }
        Json plain = HfConfig.optional(folder, "added_tokens.json");
        if (!plain.isObject()) return;
        for (Map.Entry<String, Json> entry : plain.members().entrySet()) {
            int id = entry.getValue().integer(0, Integer.MAX_VALUE);
            builder.add(new AddedTokens.Added(entry.getKey(), id, true, false, false, false), false);
        }
    }

    private static int id(String digits, Json token) {
        try {
            return Integer.parseInt(digits);
        } catch (NumberFormatException e) {
            throw token.bad("has an id that is no number");
        }
    }

    private static Model merges(Path file, Vocabulary vocabulary, Fallback fallback) {
        List<String> lefts = new ArrayList<>();
        List<String> rights = new ArrayList<>();
        List<String> lines = lines(file);
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            if (line.isEmpty() || (i == 0 && line.startsWith("#version"))) continue;
            int space = line.indexOf(' ', 1);
            if (space < 0) {
                throw DalangException.badModelFile(
                        file.getFileName() + ": line " + (i + 1) + " is not two parts", "merges.txt", "merges");
            }
            lefts.add(line.substring(0, space));
            rights.add(line.substring(space + 1));
        }
        return new RankedMerges(
                vocabulary, lefts.toArray(String[]::new), rights.toArray(String[]::new), false, fallback, "", "");
    }

    /** The lines of a text file, whichever way it ends them. */
    static List<String> lines(Path file) {
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw DalangException.badModelFile(
                        file.getFileName() + " is larger than " + MAX_BYTES + " bytes", file.toString(), null);
            }
            List<String> lines = new ArrayList<>();
            String text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
            for (int from = 0; from < text.length(); ) {
                int end = text.indexOf('\n', from);
                if (end < 0) end = text.length();
                int to = end > from && text.charAt(end - 1) == '\r' ? end - 1 : end;
                lines.add(text.substring(from, to));
                from = end + 1;
            }
            return lines;
        } catch (IOException e) {
            throw new DalangException(
                    new Failure.Storage(file + " cannot be read: " + e.getMessage(), file.toString()), e);
        }
    }

    /** BERT's: one token a line, the line's number is its id. */
    static Tokenizer wordPiece(Path vocabularyText) {
        HfConfig config = HfConfig.read(vocabularyText.toAbsolutePath().getParent());
        VocabularyBuilder builder = new VocabularyBuilder(String.valueOf(vocabularyText.getFileName()));
        List<String> lines = lines(vocabularyText);
        for (int id = 0; id < lines.size(); id++) builder.put(id, lines.get(id), TokenType.NORMAL, 0);
        for (String token : List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")) {
            int id = lines.indexOf(token);
            if (id >= 0) builder.add(new AddedTokens.Added(token, id, true, false, false, false), false);
        }
        Vocabulary vocabulary = builder.build();
        int unk = vocabulary.idOf("[UNK]");
        int cls = vocabulary.idOf("[CLS]");
        int sep = vocabulary.idOf("[SEP]");
        if (unk < 0 || cls < 0 || sep < 0) {
            throw DalangException.badModelFile(
                    vocabularyText.getFileName() + " lacks [UNK], [CLS] or [SEP]", vocabularyText.toString(), null);
        }
        boolean lowercase = config.tokenizer.get("do_lower_case").bool(true);
        boolean accents = config.tokenizer.get("strip_accents").bool(lowercase);
        SpecialTokens special = config.special(vocabulary, "[UNK]", -1);
        return new PipelineTokenizer(new PipelineTokenizer.Parts(
                "WordPiece (vocab.txt)",
                vocabulary,
                new AddedTokens(builder.added()),
                new AddedTokens(List.of()),
                new AddedTokens(List.of()),
                text -> Normalizers.bert(text, true, true, accents, lowercase),
                PreTokenizers::bert,
                new WordPiece(vocabulary, "", "##", unk, 100),
                HfDecoders.wordPiece(),
                new int[] {cls},
                new int[] {sep},
                special,
                EndOfGeneration.of(vocabulary, special)));
    }
}
