package dev.dalang.engine.tokenizer;

import dev.dalang.api.DalangException;
import java.util.ArrayList;
import java.util.List;

/**
 * What each name in {@code tokenizer.ggml.pre} stands for: the expressions of the tokenizer that the model was published
 * with, cut at in turn, and the flags that belong to it. The names are those of llama.cpp's converter.
 *
 * @param patterns cut at one after the other, matches and gaps alike being pieces
 * @param wholePieceFirst a piece that is a token is that token, whatever the merges say
 * @param addsBos whether BOS goes first where the file does not say
 * @param spaceMarks spaces are written U+2581 and bytes {@code <0xNN>}, as SentencePiece does, not in the byte alphabet
 */
record GgufPreTokenizer(List<String> patterns, boolean wholePieceFirst, boolean addsBos, boolean spaceMarks) {

    private static final String CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
    private static final String WORDS = "[^\\r\\n\\p{L}\\p{N}]?\\p{L}+";
    private static final String SIGNS = " ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*";
    private static final String SPACES = "\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

    static final String GPT2 = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";
    /** Also tiktoken's cl100k_base but for possessive quantifiers, which change nothing here. */
    static final String LLAMA3 = CONTRACTIONS + "|" + WORDS + "|\\p{N}{1,3}|" + SIGNS + "|" + SPACES;

    private static final String QWEN2 = CONTRACTIONS + "|" + WORDS + "|\\p{N}|" + SIGNS + "|" + SPACES;
    private static final String QWEN35 = CONTRACTIONS
            + "|[^\\r\\n\\p{L}\\p{N}]?[\\p{L}\\p{M}]+|\\p{N}| ?[^\\s\\p{L}\\p{M}\\p{N}]+[\\r\\n]*|" + SPACES;

    private static final String UPPER = "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]";
    private static final String LOWER = "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]";
    private static final String SLASHED = "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|" + SPACES;

    private static String casedWords(String upper, String lower, String after) {
        String lead = "[^\\r\\n\\p{L}\\p{N}]?";
        return lead + upper + "*" + lower + "+" + after + "|" + lead + upper + "+" + lower + "*" + after;
    }

    private static final String TEKKEN = casedWords(UPPER, LOWER, "") + "|\\p{N}" + SLASHED;
    /** tiktoken's o200k_base. */
    static final String O200K = casedWords(UPPER, LOWER, CONTRACTIONS + "?") + "|\\p{N}{1,3}" + SLASHED;

    private static final String KIMI = "[\\p{Han}]+|"
            + casedWords(
                    "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}&&[^\\p{Han}]]",
                    "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}&&[^\\p{Han}]]",
                    CONTRACTIONS + "?")
            + "|\\p{N}{1,3}|" + SIGNS + "|" + SPACES;

    private static final String ASCII_SIGNS = "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~]";
    private static final String DEEPSEEK3 =
            ASCII_SIGNS + "[A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\\r\\n]*|" + SPACES;
    private static final String KANA_AND_HAN = "[\\u4E00-\\u9FA5\\u3040-\\u309F\\u30A0-\\u30FF]+";
    private static final String EAST_ASIAN = "[\\u4E00-\\u9FA5\\u0800-\\u4E00\\uAC00-\\uD7FF]+";

    /** The letters with case, as the tokenizer of DeepSeek LLM lists them. */
    private static final String DEEPSEEK_LETTERS = "\\s?["
            + "A-Za-z\\u00B5\\u00C0-\\u00D6\\u00D8-\\u00F6\\u00F8-\\u01BA\\u01BC-\\u01BF\\u01C4-\\u0293"
            + "\\u0295-\\u02AF\\u0370-\\u0373\\u0376\\u0377\\u037B-\\u037D\\u037F\\u0386\\u0388-\\u038A"
            + "\\u038C\\u038E-\\u03A1\\u03A3-\\u03F5\\u03F7-\\u0481\\u048A-\\u052F\\u0531-\\u0556"
            + "\\u10A0-\\u10C5\\u13A0-\\u13F5\\u13F8-\\u13FD\\u1C90-\\u1CBA\\u1CBD-\\u1CBF\\u1D00-"
            + "\\u1D2B\\u1D6B-\\u1D77\\u1D79-\\u1D9A\\u1E00-\\u1F15\\u1F18-\\u1F1D\\u1F20-\\u1F45"
            + "\\u1F48-\\u1F4D\\u1F50-\\u1F57\\u1F59\\u1F5B\\u1F5D\\u1F5F-\\u1F7D\\u1F80-\\u1FB4\\u1FB6"
            + "-\\u1FBC\\u1FBE\\u1FC2-\\u1FC4\\u1FC6-\\u1FCC\\u1FD0-\\u1FD3\\u1FD6-\\u1FDB\\u1FE0-"
            + "\\u1FEC\\u1FF2-\\u1FF4\\u1FF6-\\u1FFC\\u2102\\u2107\\u210A-\\u2113\\u2115\\u2119-\\u211D"
            + "\\u2124\\u2126\\u2128\\u212A-\\u212D\\u212F-\\u2134\\u2139\\u213C-\\u213F\\u2145-\\u2149"
            + "\\u214E\\u2183\\u2184\\u2C00-\\u2C7B\\u2C7E-\\u2CE4\\u2CEB-\\u2CEE\\u2CF2\\u2CF3\\uA640-"
            + "\\uA66D\\uA680-\\uA69B\\uA722-\\uA76F\\uA771-\\uA787\\uA78B-\\uA78E\\uAB70-\\uABBF"
            + "\\uFB00-\\uFB06\\uFB13-\\uFB17\\uFF21-\\uFF3A\\uFF41-\\uFF5A\\x{10400}-\\x{1044F}"
            + "\\x{104B0}-\\x{104D3}\\x{104D8}-\\x{104FB}\\x{10C80}-\\x{10CB2}\\x{10CC0}-\\x{10CF2}"
            + "\\x{118A0}-\\x{118DF}\\x{1E900}-\\x{1E943}"
            + "]+";

    private static final String AFMOE_SCRIPTS = "["
            + "\\u4E00-\\u9FFF\\u3400-\\u4DBF\\u8C48-\\uFAFF\\u3040-\\u309F\\u30A0-\\u30FF\\uFF65-"
            + "\\uFF9F\\u2F00-\\u2FDF\\u0E40-\\u0E7F\\u0E80-\\u0EFF\\u1780-\\u17FF\\u1000-\\u109F"
            + "\\uAA60-\\uAA7F\\uA9E0-\\uA9FF\\uAC00-\\uD7AF\\u1100-\\u11FF"
            + "]+";

    private static final String BLOOM = " ?[^(\\s|.,!?\\u2026\\u3002\\uFF0C\\u3001\\u0964\\u06D4\\u060C)]+";

    private static final String[] CHAMELEON = {
        "<sentinel:[0-9]+>",
        "(IMGIMG)((A|B|C|D|E|F|G|H|I){1,4})Z",
        "([\\t\\n]|    |  )",
        "\\p{N}",
        "[\\p{P}!-/:-@\\[-`{-~]",
        GPT2
    };

    /**
     * @param name the value of {@code tokenizer.ggml.pre}
     * @throws DalangException for a name that is not known: to guess would make every prompt subtly wrong
     */
    static GgufPreTokenizer named(String name) {
        return switch (name) {
            case "default", "" -> cuts("[\\p{P}\\$\\+<=>\\^~\\|]+", GPT2, "\\p{N}+", "[0-9][0-9][0-9]");
            case "llama3",
                    "llama-v3",
                    "llama-bpe",
                    "falcon3",
                    "falcon-h1",
                    "pixtral",
                    "midm-2.0",
                    "lfm2",
                    "jina-v5-nano" -> cuts(LLAMA3).withWholePieceFirst().withBos();
            case "dbrx", "smaug-bpe", "glm4", "chatglm-bpe" -> cuts(LLAMA3);
            case "jais-2" -> cuts(jais2());
            case "minicpm5" ->
                cuts("\\p{N}{1,3}", CONTRACTIONS + "|" + WORDS + "|\\p{N}+|" + SIGNS + "|" + SPACES)
                        .withWholePieceFirst();
            case "deepseek-llm" ->
                cuts(
                        "[\\r\\n]",
                        DEEPSEEK_LETTERS,
                        "\\s?[!-/:-~\\uFF01-\\uFF0F\\uFF1A-\\uFF5E\\u2018-\\u201F\\u3000-\\u3002]+",
                        "\\s+$",
                        EAST_ASIAN,
                        "\\p{N}+");
            case "deepseek-coder" -> cuts("[\\r\\n]", "\\s?\\p{L}+", "\\s?\\p{P}+", EAST_ASIAN, "\\p{N}");
            case "deepseek-v3", "hunyuan-dense", "joyai-llm" -> cuts("\\p{N}{1,3}", KANA_AND_HAN, DEEPSEEK3);
            case "youtu" ->
                cuts(
                                "[\\uAC00-\\uD7A3\\u3131-\\u318E]+|[\\uFF01\\u2026\\u201C\\u201D\\u2018\\u2019\\u2014"
                                        + "\\uFF1A\\uFF1B\\uFF0C\\u3001-\\u303F\\uFE30-\\uFE4F]+|[\\u3105-\\u312F]+|"
                                        + KANA_AND_HAN,
                                casedWords(UPPER, LOWER, CONTRACTIONS + "?") + "|\\p{N}" + SLASHED)
                        .withWholePieceFirst();
            case "falcon" -> cuts("[\\p{P}\\$\\+<=>\\^~\\|`]+", GPT2, "[0-9][0-9][0-9]");
            case "starcoder", "refact", "command-r", "smollm", "codeshell", "exaone", "minerva-7b", "mellum2" ->
                cuts("\\p{N}", GPT2);
            case "gpt-2",
                    "phi-2",
                    "jina-es",
                    "jina-de",
                    "gigachat",
                    "jina-v2-es",
                    "jina-v2-de",
                    "jina-v1-en",
                    "jina-v2-code",
                    "roberta-bpe",
                    "a.x-4.0",
                    "mellum",
                    "modern-bert",
                    "exaone4",
                    "mpt",
                    "olmo",
                    "jais",
                    "trillion",
                    "granite-docling" -> cuts(GPT2);
            case "qwen2",
                    "deepseek-r1-qwen",
                    "kormo",
                    "f2llmv2",
                    "megrez",
                    "stablelm2",
                    "hunyuan",
                    "solar-open",
                    "grok-2" -> cuts(QWEN2);
            case "qwen35" -> cuts(QWEN35);
            case "laguna" -> cuts("[^\\n]+|[\\n]+", QWEN2);
            case "poro-chat", "bloom", "gpt3-finnish" -> cuts(BLOOM);
            case "viking" -> cuts(BLOOM, "\\p{N}");
            case "tekken" -> cuts(TEKKEN).withWholePieceFirst().withBos();
            case "chameleon" -> cuts(CHAMELEON).withBos();
            case "gpt-4o", "llama4", "kanana2", "talkie", "minimax-m2" -> cuts(O200K);
            case "granite-embed-multi-97m" -> cuts(O200K).withWholePieceFirst();
            case "tiny_aya", "cohere2moe" -> cuts("\\d{1,3}(?=(?:\\d{3})*\\b)", O200K);
            case "kimi-k2" -> cuts(KIMI);
            case "superbpe" -> cuts("\\p{N}+", "(?=(\\d{3})+(?!\\d))");
            case "bailingmoe", "bailingmoe2", "llada-moe" ->
                cuts("'(?i:[sdmt]|ll|ve|re)|" + WORDS + "|\\p{N}|" + SIGNS + "|\\s*[\\r\\n]|\\s+(?!\\S)|\\s+");
            case "seed-coder" -> cuts(CONTRACTIONS + "|" + WORDS + "|\\p{N}{1}| ?[^\\s\\p{L}\\p{N}\\r\\n]+|" + SPACES);
            case "afmoe" ->
                // Digits in groups of three counted from the right.
                cuts("\\p{N}{1,3}(?=(?:\\p{N}{3})*(?!\\p{N}))", AFMOE_SCRIPTS, DEEPSEEK3);
            case "exaone-moe" ->
                cuts(CONTRACTIONS
                        + "|[^\\r\\n\\p{L}\\p{N}]?(?:\\p{L}\\p{M}*(?: \\p{L}\\p{M}*)*)+|\\p{N}"
                        + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]?|\\s*[\\r\\n]|\\s+(?!\\S)|\\s+");
            case "gemma4", "granite-embed-multi-311m", "sarvam-moe" ->
                new GgufPreTokenizer(List.of("[^\\n]+|[\\n]+"), false, !name.startsWith("sarvam"), true);
            case "whitespace" -> cuts("\\S+");
            default ->
                throw DalangException.unsupported(
                        "tokenizer.ggml.pre is '" + name + "', a way of cutting text that is not known here",
                        "tokenizer.ggml.pre=" + name);
        };
    }

    private static GgufPreTokenizer cuts(String... patterns) {
        return new GgufPreTokenizer(List.of(patterns), false, false, false);
    }

    private GgufPreTokenizer withWholePieceFirst() {
        return new GgufPreTokenizer(patterns, true, addsBos, spaceMarks);
    }

    private GgufPreTokenizer withBos() {
        return new GgufPreTokenizer(patterns, wholePieceFirst, true, spaceMarks);
    }

    private static String jais2() {
        StringBuilder pattern =
                new StringBuilder(CONTRACTIONS + "|" + WORDS + "|\\p{N}{1,3}|" + SIGNS + "|\\s*[\\r\\n]+");
        for (int run = 512; run >= 4; run /= 2)
            pattern.append("|\\s{").append(run).append("}(?!\\S)");
        return pattern.append("|\\s{1,2}(?!\\S)|\\s{1}").toString();
    }

    PreTokenizer compile() {
        List<PreTokenizer> steps = new ArrayList<>();
        for (String pattern : patterns) steps.add(SplitByPattern.isolated(pattern));
        return PreTokenizer.sequence(steps);
    }
}
