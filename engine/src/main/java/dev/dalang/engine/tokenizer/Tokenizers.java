package dev.dalang.engine.tokenizer;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.engine.format.Gguf;
import dev.dalang.engine.format.Metadata;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * Makes {@link Tokenizer}s from the files that models come with. Every method throws a {@link DalangException} that
 * names file and field when the file is broken, and the kind when it is one that is not known here.
 */
public final class Tokenizers {

    private static final long MAX_MODEL_BYTES = 64L << 20;

    private Tokenizers() {}

    /** The tokenizer in the metadata of a GGUF file (keys {@code tokenizer.ggml.*}). */
    public static Tokenizer fromGguf(Metadata metadata) {
        return GgufTokenizer.read(metadata);
    }

    /**
     * The tokenizer of a Hugging Face model folder: {@code tokenizer.json}, or else a SentencePiece
     * {@code tokenizer.model}, {@code vocab.json} with {@code merges.txt}, {@code vocab.txt}, or one tiktoken rank file;
     * with {@code tokenizer_config.json}, {@code special_tokens_map.json}, {@code added_tokens.json},
     * {@code generation_config.json} and {@code config.json} where they are.
     */
    public static Tokenizer fromFolder(Path folder) {
        Path json = folder.resolve("tokenizer.json");
        if (Files.isRegularFile(json)) return HfTokenizer.read(json, folder);
        for (String name : List.of("tokenizer.model", "spiece.model", "sentencepiece.bpe.model")) {
            if (Files.isRegularFile(folder.resolve(name))) return sentencePiece(folder.resolve(name));
        }
        boolean vocabulary = Files.isRegularFile(folder.resolve("vocab.json"));
        if (vocabulary && Files.isRegularFile(folder.resolve("merges.txt"))) {
            return HfVocabularyFiles.bytePairs(folder);
        }
        Path words = folder.resolve("vocab.txt");
        if (Files.isRegularFile(words)) return HfVocabularyFiles.wordPiece(words);
        try (Stream<Path> files = Files.list(folder)) {
            List<Path> ranks =
                    files.filter(f -> f.toString().endsWith(".tiktoken")).toList();
            if (ranks.size() == 1) return Tiktoken.read(ranks.getFirst());
        } catch (IOException e) {
            throw unreadable(folder, e);
        }
        throw new DalangException(new Failure.Storage(
                folder + " holds no tokenizer (tokenizer.json, tokenizer.model, vocab.json with merges.txt, vocab.txt)",
                folder.toString()));
    }

    /** The tokenizer in a {@code tokenizer.json}, with nothing beside it. */
    public static Tokenizer fromTokenizerJson(Path file) {
        return HfTokenizer.read(file, null);
    }

    /**
     * Whatever it is: a GGUF file (with or without weights), a folder, a {@code tokenizer.json}, a SentencePiece
     * {@code .model}, a {@code .tiktoken} rank file named after its encoding, a BERT {@code .txt} vocabulary.
     */
    public static Tokenizer open(Path path) {
        if (Files.isDirectory(path)) return fromFolder(path);
        String name = String.valueOf(path.getFileName());
        if (name.endsWith(".json")) return fromTokenizerJson(path);
        if (name.endsWith(".tiktoken")) return Tiktoken.read(path);
        if (name.endsWith(".txt")) return HfVocabularyFiles.wordPiece(path);
        byte[] magic = new byte[4];
        try (InputStream in = Files.newInputStream(path)) {
            int read = in.readNBytes(magic, 0, 4);
            magic = Arrays.copyOf(magic, read);
        } catch (IOException e) {
            throw unreadable(path, e);
        }
        if (new String(magic, StandardCharsets.ISO_8859_1).equals("GGUF")) {
            try (Gguf gguf = Gguf.open(path)) {
                return fromGguf(gguf.metadata());
            }
        }
        if (magic.length > 0 && magic[0] == 0x0A) return sentencePiece(path);
        throw DalangException.unsupported(
                name + " is no tokenizer that is known here: neither GGUF nor SentencePiece, nor by its name"
                        + " tokenizer.json, .tiktoken or .txt",
                "tokenizer file");
    }

    private static Tokenizer sentencePiece(Path file) {
        try {
            if (Files.size(file) > MAX_MODEL_BYTES) {
                throw DalangException.badModelFile(
                        file.getFileName() + " is larger than " + MAX_MODEL_BYTES + " bytes", file.toString(), null);
            }
            HfConfig config = HfConfig.read(file.toAbsolutePath().getParent());
            return SentencePieceModel.read(String.valueOf(file.getFileName()), Files.readAllBytes(file), config);
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    private static DalangException unreadable(Path path, IOException e) {
        return new DalangException(
                new Failure.Storage(path + " cannot be read: " + e.getMessage(), path.toString()), e);
    }
}
