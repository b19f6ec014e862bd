package dev.dalang.engine.tokenizer;

import dev.dalang.api.DalangException;
import dev.dalang.engine.format.Metadata;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Reads the tokenizer out of GGUF metadata, with the defaults of each kind as llama.cpp has them. Everything that the
 * file states is checked here, once, so that encoding need not.
 */
final class GgufTokenizer {

    private static final String MODEL = "tokenizer.ggml.model";
    private static final String PRE = "tokenizer.ggml.pre";
    private static final String TOKENS = "tokenizer.ggml.tokens";
    private static final String SCORES = "tokenizer.ggml.scores";
    private static final String TYPES = "tokenizer.ggml.token_type";
    private static final String MERGES = "tokenizer.ggml.merges";
    private static final String ADD_BOS = "tokenizer.ggml.add_bos_token";
    private static final String ADD_EOS = "tokenizer.ggml.add_eos_token";
    private static final String SPACE_PREFIX = "tokenizer.ggml.add_space_prefix";
    private static final String CHARSMAP = "tokenizer.ggml.precompiled_charsmap";
    private static final String EXTRA_SPACES = "tokenizer.ggml.remove_extra_whitespaces";
    private static final String LOWERCASE = "tokenizer.ggml.normalizer.lowercase";
    private static final String STRIP_ACCENTS = "tokenizer.ggml.normalizer.strip_accents";

    private final Metadata metadata;
    private final Vocabulary vocabulary;

    private GgufTokenizer(Metadata metadata) {
        this.metadata = metadata;
        this.vocabulary = readVocabulary();
    }

    static Tokenizer read(Metadata metadata) {
        String model = metadata.string(MODEL);
        return switch (model) {
            case "llama" -> new GgufTokenizer(metadata).sentencePiece();
            case "gpt2" -> new GgufTokenizer(metadata).bytePairs(metadata.string(PRE, ""));
            case "gemma4" -> new GgufTokenizer(metadata).bytePairs("gemma4");
            case "whitespace" -> new GgufTokenizer(metadata).bytePairs("whitespace");
            case "bert" -> new GgufTokenizer(metadata).wordPiece();
            case "t5" -> new GgufTokenizer(metadata).unigram();
            case "rwkv" -> new GgufTokenizer(metadata).rwkv();
            case "plamo2" -> new GgufTokenizer(metadata).plamo2();
            default ->
                throw DalangException.unsupported(
                        where(metadata) + MODEL + " is '" + model + "', a kind of tokenizer that is not known here",
                        MODEL + "=" + model);
        };
    }

    private static String where(Metadata metadata) {
        return metadata.file() == null ? "" : metadata.file() + ": ";
    }

    private DalangException bad(String key, String what) {
        return DalangException.badModelFile(where(metadata) + key + " " + what, metadata.file(), key);
    }

    private Vocabulary readVocabulary() {
        String[] tokens = metadata.strings(TOKENS);
        int n = tokens.length;
        if (n == 0) throw bad(TOKENS, "is empty");
        TokenType[] types = new TokenType[n];
        Arrays.fill(types, TokenType.NORMAL);
        Metadata.Value declared = metadata.get(TYPES);
        if (declared != null) {
            if (declared.element() != Metadata.Type.INT32 && declared.element() != Metadata.Type.UINT32) {
                throw bad(TYPES, "is not an array of int32");
            }
            long[] numbers = metadata.integers(TYPES);
            if (numbers.length < n) throw bad(TYPES, "has " + numbers.length + " entries for " + n + " tokens");
            TokenType[] kinds = TokenType.values();
            for (int i = 0; i < n; i++) {
                boolean known = numbers[i] >= 0 && numbers[i] < kinds.length;
                types[i] = known ? kinds[(int) numbers[i]] : TokenType.UNDEFINED;
                if (types[i] == TokenType.BYTE && Vocabulary.byteOf(tokens[i]) < 0) {
                    throw bad(
                            TOKENS, "entry " + i + " is of type byte but reads '" + shown(tokens[i]) + "', not <0xNN>");
                }
            }
        }
        double[] scores = null;
        if (metadata.has(SCORES)) {
            double[] read = metadata.reals(SCORES);
            if (read.length < n) throw bad(SCORES, "has " + read.length + " entries for " + n + " tokens");
            scores = new double[n];
            for (int i = 0; i < n; i++) {
                if (Double.isNaN(read[i])) throw bad(SCORES, "entry " + i + " is not a number");
                scores[i] = read[i];
            }
        }
        return new Vocabulary(tokens, types, scores);
    }

    private static String shown(String token) {
        return token.length() <= 40 ? token : token.substring(0, 40) + "…";
    }

    /** The id of a role, {@code fallback} where the file says nothing or what llama.cpp reads as none. */
    private int role(String name, int fallback, boolean needed) {
        String key = "tokenizer.ggml." + name + "_token_id";
        int absent = fallback < vocabulary.size() ? fallback : SpecialTokens.NONE;
        if (!metadata.has(key)) return absent;
        long id = metadata.integer(key);
        if (id == -1 || id == 0xFFFFFFFFL) return absent;
        if (id >= 0 && id < vocabulary.size()) return (int) id;
        // Many converted files declare a padding token behind the end of their vocabulary; nothing depends on it.
        if (!needed) return absent;
        throw bad(key, "is " + id + ", outside the vocabulary's 0.." + (vocabulary.size() - 1));
    }

    private SpecialTokens roles(int bos, int eos, int unk, int sep, int pad, int mask, int newline) {
        int prefix = role("prefix", role("fim_pre", -1, false), false);
        int suffix = role("suffix", role("fim_suf", -1, false), false);
        int middle = role("middle", role("fim_mid", -1, false), false);
        return new SpecialTokens(
                role("bos", bos, true),
                role("eos", eos, true),
                EndOfGeneration.find(vocabulary, role("eot", -1, true), EndOfGeneration.END_OF_TURN),
                EndOfGeneration.find(vocabulary, role("eom", -1, true), EndOfGeneration.END_OF_MESSAGE),
                role("unknown", unk, false),
                role("seperator", sep, false),
                role("padding", pad, false),
                role("mask", mask, false),
                newline,
                EndOfGeneration.find(vocabulary, prefix, EndOfGeneration.FIM_PREFIX),
                EndOfGeneration.find(vocabulary, suffix, EndOfGeneration.FIM_SUFFIX),
                EndOfGeneration.find(vocabulary, middle, EndOfGeneration.FIM_MIDDLE),
                EndOfGeneration.find(vocabulary, role("fim_pad", -1, false), EndOfGeneration.FIM_PAD),
                EndOfGeneration.find(vocabulary, role("fim_rep", -1, false), EndOfGeneration.FIM_REPOSITORY),
                EndOfGeneration.find(vocabulary, role("fim_sep", -1, false), EndOfGeneration.FIM_SEPARATOR));
    }

    private Tokenizer sentencePiece() {
        boolean prefixed = metadata.bool(SPACE_PREFIX, true);
        int newline = vocabulary.idOf("<0x0A>");
        SpecialTokens special = roles(1, 2, 0, -1, -1, -1, newline);
        Fallback fallback = new Fallback(vocabulary.byteTokens(), special.unk(), true);
        UnaryOperator<String> normalizer = text -> (prefixed ? "▁" : "") + text.replace(' ', '▁');
        return assemble(
                "SentencePiece BPE (llama)",
                special,
                normalizer,
                PreTokenizer.WHOLE,
                new ScoredMerges(vocabulary, fallback),
                Detokenizer.ofSpaceMarks(prefixed ? 1 : 0),
                metadata.bool(ADD_BOS, true),
                metadata.bool(ADD_EOS, false));
    }

    private Tokenizer bytePairs(String pre) {
        GgufPreTokenizer cut = GgufPreTokenizer.named(pre);
        int bos = pre.equals("glm4") || pre.equals("chatglm-bpe") || pre.equals("gemma4") ? -1 : 11;
        SpecialTokens special = roles(bos, pre.equals("gemma4") ? -1 : 11, -1, -1, -1, -1, -1);
        boolean marks = cut.spaceMarks();
        boolean asLetters = !marks && !pre.equals("whitespace");
        int[] byteTokens = vocabulary.byteTokens();
        if (asLetters) Arrays.fill(byteTokens, -1);
        Model merges = merges(pre, cut, new Fallback(byteTokens, special.unk(), false));
        Model model = asLetters ? (piece, out) -> merges.encode(ByteAlphabet.encode(piece), out) : merges;
        if (pre.equals("gemma4")) model = newlinesWhole(merges);
        UnaryOperator<String> normalizer = marks ? text -> text.replace(' ', '▁') : PipelineTokenizer.AS_IT_IS;
        PreTokenizer preTokenizer = cut.compile();
        if (pre.equals("whitespace")) {
            preTokenizer = SplitByPattern.dropping("\\s+");
            if (metadata.bool(LOWERCASE, false)) normalizer = Normalizers::lowercase;
        }
        boolean addsBos = metadata.bool(ADD_BOS, cut.addsBos()) || pre.equals("gemma4");
        return assemble(
                (asLetters ? "byte-level BPE (" : "BPE (") + (pre.isEmpty() ? "default" : pre) + ")",
                special,
                normalizer,
                preTokenizer,
                model,
                asLetters ? Detokenizer.OF_BYTE_LEVEL : Detokenizer.ofSpaceMarks(0),
                addsBos,
                metadata.bool(ADD_EOS, false));
    }

    /** Gemma 4's vocabulary has runs of newlines that its merges do not make. */
    private Model newlinesWhole(Model merges) {
        return (piece, out) -> {
            int id = piece.charAt(0) == '\n' ? vocabulary.textIdOf(piece) : -1;
            if (id >= 0) out.add(id);
            else merges.encode(piece, out);
        };
    }

    private Model merges(String pre, GgufPreTokenizer cut, Fallback fallback) {
        if (!metadata.has(MERGES)) {
            // Kimi K2 is published as a tiktoken vocabulary: a token's id is the rank of the merge that makes it.
            if (pre.equals("kimi-k2")) return new TokenRanks(vocabulary, cut.wholePieceFirst());
            throw bad(MERGES, "is missing, and byte-pair encoding is not possible without it");
        }
        String[] merges = metadata.strings(MERGES);
        String[] lefts = new String[merges.length];
        String[] rights = new String[merges.length];
        for (int i = 0; i < merges.length; i++) {
            int space = merges[i].indexOf(' ', 1);
            if (space < 0) throw bad(MERGES, "entry " + i + " is '" + shown(merges[i]) + "', not two parts");
            lefts[i] = merges[i].substring(0, space);
            rights[i] = merges[i].substring(space + 1);
        }
        return new RankedMerges(vocabulary, lefts, rights, cut.wholePieceFirst(), fallback, "", "");
    }

    private Tokenizer wordPiece() {
        SpecialTokens special = roles(101, -1, 100, 102, 0, 103, -1);
        int cls = role("cls", special.bos(), false);
        if (cls < 0 || special.sep() < 0 || special.unk() < 0) {
            throw bad(TOKENS, "lacks the [CLS], [SEP] or [UNK] of a BERT vocabulary");
        }
        boolean lowercase = metadata.bool(LOWERCASE, true);
        boolean stripAccents = metadata.bool(STRIP_ACCENTS, lowercase);
        PipelineTokenizer.Parts parts = parts(
                "WordPiece (bert)",
                special,
                text -> Normalizers.bert(text, true, true, stripAccents, lowercase),
                PreTokenizers::bert,
                new WordPiece(vocabulary, "▁", "", special.unk(), 100),
                Detokenizer.ofSpaceMarks(1),
                metadata.bool(ADD_BOS, true) ? new int[] {cls} : new int[0],
                new int[] {special.sep()});
        return new PipelineTokenizer(parts);
    }

    private Tokenizer unigram() {
        SpecialTokens special = roles(-1, 1, 2, -1, 0, -1, -1);
        if (special.unk() < 0) throw bad("tokenizer.ggml.unknown_token_id", "names no token");
        boolean prefixed = metadata.bool(SPACE_PREFIX, false);
        boolean merge = metadata.bool(EXTRA_SPACES, false);
        Charsmap charsmap = metadata.has(CHARSMAP) ? Charsmap.read(bytes(CHARSMAP), CHARSMAP) : null;
        UnaryOperator<String> normalizer =
                SentencePieceNormalizer.of(charsmap, new AddedTokens(List.of()), prefixed, merge, false, true);
        return assemble(
                "Unigram (t5)",
                special,
                normalizer,
                PreTokenizer.WHOLE,
                new Unigram(vocabulary, special.unk(), new Fallback(noBytes(), special.unk(), true), false),
                Detokenizer.ofSpaceMarks(prefixed ? 1 : 0),
                metadata.bool(ADD_BOS, false),
                metadata.bool(ADD_EOS, true));
    }

    private static int[] noBytes() {
        int[] none = new int[256];
        Arrays.fill(none, -1);
        return none;
    }

    private byte[] bytes(String key) {
        long[] numbers = metadata.integers(key);
        byte[] bytes = new byte[numbers.length];
        for (int i = 0; i < bytes.length; i++) bytes[i] = (byte) numbers[i];
        return bytes;
    }

    private Tokenizer plamo2() {
        SpecialTokens special = roles(1, 2, 0, -1, 3, -1, -1);
        int[] bytes = vocabulary.byteTokens();
        for (int b = 0; b < bytes.length; b++) {
            if (bytes[b] < 0) throw bad(TOKENS, "lacks " + Vocabulary.byteToken(b));
        }
        return assemble(
                "PLaMo 2",
                special,
                // A byte order mark is no text.
                text -> text.startsWith("\uFEFF") ? text.substring(1) : text,
                PreTokenizer.WHOLE,
                new Plamo2(vocabulary, bytes),
                new Detokenizer(Detokenizer.VERBATIM, Detokenizer.VERBATIM, 0, 0, false),
                metadata.bool(ADD_BOS, false),
                metadata.bool(ADD_EOS, false));
    }

    private Tokenizer rwkv() {
        SpecialTokens special = roles(-1, -1, -1, -1, -1, -1, -1);
        return assemble(
                "trie (rwkv)",
                special,
                PipelineTokenizer.AS_IT_IS,
                PreTokenizer.WHOLE,
                new RwkvTrie(vocabulary, special.unk()),
                new Detokenizer((token, first) -> RwkvTrie.unescape(token), Detokenizer.VERBATIM, 0, 0, false),
                metadata.bool(ADD_BOS, false),
                metadata.bool(ADD_EOS, false));
    }

    private Tokenizer assemble(
            String kind,
            SpecialTokens special,
            UnaryOperator<String> normalizer,
            PreTokenizer preTokenizer,
            Model model,
            Detokenizer detokenizer,
            boolean addsBos,
            boolean addsEos) {
        if (addsBos && special.bos() < 0) throw bad(ADD_BOS, "is true, but there is no BOS token");
        if (addsEos && special.eos() < 0) throw bad(ADD_EOS, "is true, but there is no EOS token");
        int[] before = addsBos ? new int[] {special.bos()} : new int[0];
        int[] after = addsEos ? new int[] {special.eos()} : new int[0];
        return new PipelineTokenizer(parts(kind, special, normalizer, preTokenizer, model, detokenizer, before, after));
    }

    private PipelineTokenizer.Parts parts(
            String kind,
            SpecialTokens special,
            UnaryOperator<String> normalizer,
            PreTokenizer preTokenizer,
            Model model,
            Detokenizer detokenizer,
            int[] before,
            int[] after) {
        var ends = EndOfGeneration.of(vocabulary, special);
        return new PipelineTokenizer.Parts(
                kind,
                vocabulary,
                new AddedTokens(added()),
                new AddedTokens(List.of()),
                new AddedTokens(List.of()),
                normalizer,
                preTokenizer,
                model,
                detokenizer,
                before,
                after,
                special.newline() >= 0 ? special : withNewline(special, model, normalizer),
                ends);
    }

    private SpecialTokens withNewline(SpecialTokens s, Model model, UnaryOperator<String> normalizer) {
        Ids ids = new Ids();
        String text = normalizer.apply("\n");
        if (!text.isEmpty()) model.encode(text, ids);
        int newline = ids.size() == 0 ? s.pad() : ids.toArray()[0];
        return new SpecialTokens(
                s.bos(),
                s.eos(),
                s.eot(),
                s.eom(),
                s.unk(),
                s.sep(),
                s.pad(),
                s.mask(),
                newline,
                s.fimPrefix(),
                s.fimSuffix(),
                s.fimMiddle(),
                s.fimPad(),
                s.fimRepository(),
                s.fimSeparator());
    }

    private List<AddedTokens.Added> added() {
        // GGUF carries no strip flags; these models' are known by name.
        String name = metadata.string("general.name", "").toLowerCase(Locale.ROOT);
        String pre = metadata.string(PRE, "");
        String architecture = metadata.string("general.architecture", "");
        boolean phi3 = name.contains("phi-3") || name.contains("phi3");
        String leftStripped = pre.startsWith("jina-v2-")
                        || architecture.equals("nomic-bert-moe")
                        || architecture.equals("jina-bert-v3")
                ? "<mask>"
                : name.contains("modern-bert") ? "[MASK]" : null;
        List<AddedTokens.Added> added = new ArrayList<>();
        for (int id = 0; id < vocabulary.size(); id++) {
            TokenType type = vocabulary.type(id);
            boolean control = type == TokenType.CONTROL || type == TokenType.UNKNOWN;
            if (!control && type != TokenType.USER_DEFINED) continue;
            String token = vocabulary.token(id);
            added.add(new AddedTokens.Added(
                    token, id, control, isEqual(token, leftStripped), phi3 && stripsInPhi3(token), false));
        }
        return added;
    }

    private static boolean isEqual(String token, @Nullable String other) {
        return token.equals(other);
    }

    private static boolean stripsInPhi3(String token) {
        return !token.equals("<unk>") && !token.equals("<s>") && !token.equals("<|endoftext|>");
    }
}
