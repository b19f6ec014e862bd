package dev.dalang.engine.tokenizer;

import dev.dalang.api.DalangException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Reads a SentencePiece {@code .model} file, a Protocol Buffers message {@code ModelProto} (sentencepiece_model.proto):
 * pieces (1), trainer (2) and normaliser (3) specification.
 */
final class SentencePieceModel {

    private static final int UNIGRAM = 1;
    private static final int BPE = 2;
    private static final int WORD = 3;
    private static final int CHARACTER = 4;
    /** {@code SentencePiece.Type} by number, 1 to 6. */
    private static final TokenType[] TYPES = {
        TokenType.UNDEFINED,
        TokenType.NORMAL,
        TokenType.UNKNOWN,
        TokenType.CONTROL,
        TokenType.USER_DEFINED,
        TokenType.UNUSED,
        TokenType.BYTE
    };

    private final String file;
    private final VocabularyBuilder builder;
    private int count;
    private int modelType = UNIGRAM;
    private boolean byteFallback;
    private boolean suffixed;
    private int unk = 0;
    private int bos = 1;
    private int eos = 2;
    private int pad = -1;
    private byte[] charsmap = {};
    private boolean prefixed = true;
    private boolean mergeSpaces = true;
    private boolean escapeSpaces = true;

    private SentencePieceModel(String file) {
        this.file = file;
        this.builder = new VocabularyBuilder(file);
    }

    static Tokenizer read(String file, byte[] bytes, HfConfig config) {
        SentencePieceModel model = new SentencePieceModel(file);
        Message message = model.new Message(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN));
        while (message.next()) {
            switch (message.field) {
                case 1 -> model.piece(message.message());
                case 2 -> model.trainer(message.message());
                case 3 -> model.normalizer(message.message());
                default -> {}
            }
        }
        return model.build(config);
    }

    private void piece(Message message) {
        String text = "";
        float score = 0;
        TokenType type = TokenType.NORMAL;
        while (message.next()) {
            switch (message.field) {
                case 1 -> text = message.string();
                case 2 -> score = message.real();
                case 3 -> {
                    long number = message.number();
                    type = number >= 1 && number < TYPES.length ? TYPES[(int) number] : TokenType.UNDEFINED;
                }
                default -> {}
            }
        }
        if (Float.isNaN(score)) throw bad("piece " + count + " has a score that is not a number");
        if (type == TokenType.BYTE && Vocabulary.byteOf(text) < 0) {
            throw bad("piece " + count + " is of type byte but does not read <0xNN>");
        }
        builder.put(count, text, type, score);
        boolean control = type == TokenType.CONTROL || type == TokenType.UNKNOWN;
        AddedTokens.Added token = new AddedTokens.Added(text, count, control, false, false, false);
        if (control) builder.added().add(token);
        else if (type == TokenType.USER_DEFINED) builder.normalizedAdded().add(token);
        count++;
    }

    private void trainer(Message message) {
        while (message.next()) {
            switch (message.field) {
                case 3 -> modelType = (int) message.number();
                case 24 -> suffixed = message.number() != 0;
                case 35 -> byteFallback = message.number() != 0;
                case 40 -> unk = (int) message.number();
                case 41 -> bos = (int) message.number();
                case 42 -> eos = (int) message.number();
                case 43 -> pad = (int) message.number();
                default -> {}
            }
        }
    }

    private void normalizer(Message message) {
        while (message.next()) {
            switch (message.field) {
                case 2 -> charsmap = message.bytes();
                case 3 -> prefixed = message.number() != 0;
                case 4 -> mergeSpaces = message.number() != 0;
                case 5 -> escapeSpaces = message.number() != 0;
                default -> {}
            }
        }
    }

    private Tokenizer build(HfConfig config) {
        Vocabulary vocabulary = builder.build();
        int unknown = role(unk);
        if (unknown < 0) throw bad("has no unknown token");
        int[] bytes = vocabulary.byteTokens();
        if (!byteFallback) Arrays.fill(bytes, -1);
        Fallback fallback = new Fallback(bytes, unknown, true);
        Model model = switch (modelType) {
            case UNIGRAM -> new Unigram(vocabulary, unknown, fallback, false);
            case BPE -> new ScoredMerges(vocabulary, fallback);
            case WORD, CHARACTER ->
                (piece, out) -> {
                    int id = vocabulary.textIdOf(piece);
                    if (id >= 0) out.add(id);
                    else fallback.emit(piece, out.size() > 0 && out.last() == unknown, out);
                };
            default ->
                throw DalangException.unsupported(
                        file + ": a SentencePiece model of type " + modelType + " (of 1 to 4)",
                        "SentencePiece model type");
        };
        Charsmap rules = charsmap.length == 0 ? null : Charsmap.read(charsmap, "precompiled_charsmap");
        AddedTokens userDefined = new AddedTokens(builder.normalizedAdded());
        UnaryOperator<String> normalizer =
                SentencePieceNormalizer.of(rules, userDefined, prefixed, mergeSpaces, suffixed, escapeSpaces);
        SpecialTokens found = config.special(vocabulary, vocabulary.token(unknown), vocabulary.idOf("<0x0A>"));
        SpecialTokens special = new SpecialTokens(
                role(bos),
                role(eos),
                found.eot(),
                found.eom(),
                unknown,
                found.sep(),
                role(pad),
                found.mask(),
                found.newline(),
                found.fimPrefix(),
                found.fimSuffix(),
                found.fimMiddle(),
                found.fimPad(),
                found.fimRepository(),
                found.fimSeparator());
        boolean addsBos = config.tokenizer.get("add_bos_token").bool(modelType == BPE) && special.bos() >= 0;
        boolean addsEos = config.tokenizer.get("add_eos_token").bool(modelType == UNIGRAM) && special.eos() >= 0;
        BitSet ends = EndOfGeneration.of(vocabulary, special);
        config.ends(vocabulary).forEach(ends::set);
        return new PipelineTokenizer(new PipelineTokenizer.Parts(
                kind() + " (" + file + ")",
                vocabulary,
                new AddedTokens(builder.added()),
                modelType == WORD ? new AddedTokens(List.of()) : userDefined,
                new AddedTokens(List.of()),
                normalizer,
                switch (modelType) {
                    case WORD -> SplitByPattern.isolated("▁?[^▁]*");
                    case CHARACTER -> SplitByPattern.isolated("(?s:.)");
                    default -> PreTokenizer.WHOLE;
                },
                model,
                new Detokenizer(
                        Detokenizer.SPACE_MARKS,
                        Detokenizer.VERBATIM,
                        mergeSpaces ? Integer.MAX_VALUE : prefixed && !suffixed ? 1 : 0,
                        0,
                        false),
                addsBos ? new int[] {special.bos()} : new int[0],
                addsEos ? new int[] {special.eos()} : new int[0],
                special,
                ends));
    }

    private String kind() {
        return switch (modelType) {
            case BPE -> "SentencePiece BPE";
            case WORD -> "SentencePiece words";
            case CHARACTER -> "SentencePiece characters";
            default -> "Unigram";
        };
    }

    private int role(int id) {
        if (id >= count) throw bad("names the id " + id + ", but has " + count + " pieces");
        return Math.max(id, SpecialTokens.NONE);
    }

    private DalangException bad(String what) {
        return DalangException.badModelFile(file + " " + what, file, null);
    }

    /** A Protocol Buffers message, field by field. */
    private final class Message {
        private final ByteBuffer in;
        int field;
        private int wire;
        private long scalar;
        private @Nullable ByteBuffer block;

        Message(ByteBuffer in) {
            this.in = in;
        }

        /** Reads the next field, whatever it holds; false at the end. */
        boolean next() {
            if (!in.hasRemaining()) return false;
            long tag = varint();
            field = (int) (tag >>> 3);
            wire = (int) tag & 7;
            block = null;
            switch (wire) {
                case 0 -> scalar = varint();
                case 1 -> {
                    need(8);
                    scalar = in.getLong();
                }
                case 2 -> {
                    long length = varint();
                    need(length);
                    block = in.slice(in.position(), (int) length).order(ByteOrder.LITTLE_ENDIAN);
                    in.position(in.position() + (int) length);
                }
                case 5 -> {
                    need(4);
                    scalar = in.getInt();
                }
                default -> throw bad("is not a SentencePiece model (wire type " + wire + ")");
            }
            return true;
        }

        private void need(long bytes) {
            if (bytes < 0 || bytes > in.remaining()) throw bad("ends in the middle of a field");
        }

        private long varint() {
            long value = 0;
            for (int shift = 0; shift < 64; shift += 7) {
                need(1);
                byte b = in.get();
                value |= (long) (b & 0x7F) << shift;
                if (b >= 0) return value;
            }
            throw bad("has a number of more than 64 bits");
        }

        private ByteBuffer block() {
            if (block == null) throw bad("has a field " + field + " of the wrong type");
            return block;
        }

        Message message() {
            return new Message(block());
        }

        byte[] bytes() {
            ByteBuffer from = block();
            byte[] bytes = new byte[from.remaining()];
            from.get(bytes);
            return bytes;
        }

        String string() {
            return new String(bytes(), StandardCharsets.UTF_8);
        }

        long number() {
            if (wire != 0) throw bad("has a field " + field + " of the wrong type");
            return scalar;
        }

        float real() {
            if (wire != 5) throw bad("has a field " + field + " of the wrong type");
            return Float.intBitsToFloat((int) scalar);
        }
    }
}
