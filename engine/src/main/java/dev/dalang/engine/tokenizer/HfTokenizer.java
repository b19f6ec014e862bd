package dev.dalang.engine.tokenizer;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Reads a Hugging Face {@code tokenizer.json} with the configuration beside it. */
final class HfTokenizer {

    private final Json root;
    private final HfConfig config;
    private final VocabularyBuilder builder;

    private HfTokenizer(Json root, HfConfig config) {
        this.root = root;
        this.config = config;
        this.builder = new VocabularyBuilder(root.file());
    }

    /** @param folder where the configuration lies, or null */
    static Tokenizer read(Path tokenizerJson, @Nullable Path folder) {
        return read(Json.read(tokenizerJson), HfConfig.read(folder));
    }

    static Tokenizer read(Json root, HfConfig config) {
        return new HfTokenizer(root, config).read();
    }

    private Tokenizer read() {
        Json model = root.get("model");
        String type = modelType(model);
        if (type.equals("Unigram")) unigramPieces(model.get("vocab"));
        else builder.put(model.get("vocab").members());
        addedTokens();
        if (model.get("byte_fallback").bool(false)) builder.markBytes();
        Vocabulary vocabulary = builder.build();
        String unknown = unknown(model, vocabulary);
        int unk = unknown == null ? -1 : vocabulary.idOf(unknown);
        Fallback fallback = new Fallback(
                bytes(model, vocabulary),
                unk,
                type.equals("Unigram") || model.get("fuse_unk").bool(false));
        Model encode = switch (type) {
            case "BPE" -> merges(model, vocabulary, fallback);
            case "WordPiece" -> wordPiece(model, vocabulary, unk);
            case "WordLevel" -> wordLevel(vocabulary, unk);
            case "Unigram" -> new Unigram(vocabulary, unk, fallback, true);
            default -> throw model.get("type").unsupported("'" + type + "'");
        };
        UnaryOperator<String> normalizer = HfNormalizers.read(root.get("normalizer"));
        PreTokenizer preTokenizer = HfPreTokenizers.read(root.get("pre_tokenizer"));
        Template template = new Template();
        template.read(root.get("post_processor"), vocabulary);
        return assemble(type, vocabulary, unknown, normalizer, preTokenizer, encode, template);
    }

    private Tokenizer assemble(
            String type,
            Vocabulary vocabulary,
            @Nullable String unknown,
            UnaryOperator<String> normalizer,
            PreTokenizer preTokenizer,
            Model model,
            Template template) {
        Ids newline = new Ids();
        preTokenizer.split(normalizer.apply("\n"), false, (piece, start) -> model.encode(piece, newline));
        SpecialTokens special = config.special(vocabulary, unknown, newline.last());
        BitSet ends = EndOfGeneration.of(vocabulary, special);
        config.ends(vocabulary).forEach(ends::set);
        String kind = config.tokenizerClass().isEmpty() ? "" : ", " + config.tokenizerClass();
        return new PipelineTokenizer(new PipelineTokenizer.Parts(
                type + " (tokenizer.json" + kind + ")",
                vocabulary,
                new AddedTokens(builder.added()),
                builder.normalizedAdded(normalizer),
                builder.normalizedControls(),
                normalizer,
                preTokenizer,
                model,
                HfDecoders.read(root.get("decoder")),
                template.before.toArray(),
                template.after.toArray(),
                special,
                ends));
    }

    /** Files from before the type was written down are told by what they hold. */
    private static String modelType(Json model) {
        if (!model.isObject()) throw model.bad("is not an object");
        if (model.get("type").isString()) return model.get("type").string();
        if (!model.get("merges").isNull()) return "BPE";
        if (!model.get("unk_id").isNull()) return "Unigram";
        return model.get("continuing_subword_prefix").isNull() ? "WordLevel" : "WordPiece";
    }

    private void unigramPieces(Json vocab) {
        int id = 0;
        for (Json piece : vocab.list()) {
            List<Json> pair = piece.list();
            if (pair.size() != 2) throw piece.bad("is not a token with its score");
            builder.put(
                    id++, pair.get(0).string(), TokenType.NORMAL, pair.get(1).real());
        }
    }

    private void addedTokens() {
        if (root.get("added_tokens").isList()) {
            for (Json token : root.get("added_tokens").list())
                added(token, token.get("id").integer(0, Integer.MAX_VALUE));
        }
    }

    private void added(Json token, int id) {
        boolean special = token.get("special").bool(false);
        String content = token.get("content").string();
        builder.add(
                new AddedTokens.Added(
                        content,
                        id,
                        special || VocabularyBuilder.looksControl(content),
                        token.get("lstrip").bool(false),
                        token.get("rstrip").bool(false),
                        token.get("single_word").bool(false)),
                token.get("normalized").bool(!special));
    }

    private static @Nullable String unknown(Json model, Vocabulary vocabulary) {
        if (!model.get("unk_id").isNull()) {
            return vocabulary.token(model.get("unk_id").integer(0, vocabulary.size() - 1));
        }
        return model.get("unk_token").isNull() ? null : model.get("unk_token").string();
    }

    private static int[] bytes(Json model, Vocabulary vocabulary) {
        if (model.get("byte_fallback").bool(false)) return vocabulary.byteTokens();
        int[] none = new int[256];
        Arrays.fill(none, -1);
        return none;
    }

    private static Model merges(Json model, Vocabulary vocabulary, Fallback fallback) {
        List<Json> merges = model.get("merges").list();
        String[] lefts = new String[merges.size()];
        String[] rights = new String[merges.size()];
        for (int i = 0; i < lefts.length; i++) {
            Json merge = merges.get(i);
            if (merge.isList()) {
                List<Json> pair = merge.list();
                if (pair.size() != 2) throw merge.bad("is not a pair");
                lefts[i] = pair.get(0).string();
                rights[i] = pair.get(1).string();
            } else {
                String line = merge.string();
                int space = line.indexOf(' ', 1);
                if (space < 0) throw merge.bad("is not a pair");
                lefts[i] = line.substring(0, space);
                rights[i] = line.substring(space + 1);
            }
        }
        return new RankedMerges(
                vocabulary,
                lefts,
                rights,
                model.get("ignore_merges").bool(false),
                fallback,
                model.get("continuing_subword_prefix").string(""),
                model.get("end_of_word_suffix").string(""));
    }

    private static Model wordPiece(Json model, Vocabulary vocabulary, int unk) {
        if (unk < 0) throw model.get("unk_token").bad("names no token of the vocabulary");
        Json max = model.get("max_input_chars_per_word");
        return new WordPiece(
                vocabulary,
                "",
                model.get("continuing_subword_prefix").string("##"),
                unk,
                max.isNull() ? 100 : max.integer(0, 1 << 20));
    }

    private static Model wordLevel(Vocabulary vocabulary, int unk) {
        return (piece, out) -> {
            int id = vocabulary.textIdOf(piece);
            if (id >= 0) out.add(id);
            else if (unk >= 0) out.add(unk);
        };
    }

    /** What goes around a single text, by the {@code post_processor}. */
    private static final class Template {
        private final Ids before = new Ids();
        private final Ids after = new Ids();

        void read(Json json, Vocabulary vocabulary) {
            if (json.isNull()) return;
            String type = json.get("type").string();
            switch (type) {
                case "Sequence" -> json.get("processors").list().forEach(step -> read(step, vocabulary));
                case "ByteLevel" -> {
                    // Concerns offsets alone.
                }
                case "BertProcessing", "RobertaProcessing" -> {
                    before.add(id(json.get("cls"), vocabulary));
                    after.add(id(json.get("sep"), vocabulary));
                }
                case "TemplateProcessing" -> template(json, vocabulary);
                default -> throw json.get("type").unsupported("'" + type + "'");
            }
        }

        private static int id(Json pair, Vocabulary vocabulary) {
            List<Json> both = pair.list();
            if (both.size() != 2) throw pair.bad("is not a token with its id");
            return both.get(1).integer(0, vocabulary.size() - 1);
        }

        private void template(Json json, Vocabulary vocabulary) {
            Map<String, Json> special = json.get("special_tokens").members();
            boolean behind = false;
            for (Json part : json.get("single").list()) {
                if (part.get("Sequence").isObject()) {
                    behind = true;
                    continue;
                }
                Json id = part.get("SpecialToken").get("id");
                Json token = special.get(id.string());
                if (token == null) throw id.bad("names no entry of special_tokens");
                for (Json number : token.get("ids").list()) {
                    (behind ? after : before).add(number.integer(0, vocabulary.size() - 1));
                }
            }
        }
    }
}
