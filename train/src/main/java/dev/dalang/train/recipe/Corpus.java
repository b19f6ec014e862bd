package dev.dalang.train.recipe;

import dev.dalang.api.DalangException;
import dev.dalang.api.Message;
import dev.dalang.engine.format.Metadata;
import dev.dalang.engine.generate.PromptEncoder;
import dev.dalang.engine.tokenizer.Tokenizer;
import dev.dalang.train.chat.BadLine;
import dev.dalang.train.chat.ChatData;
import dev.dalang.train.chat.ChatEncoder;
import dev.dalang.train.chat.ChatExample;
import dev.dalang.train.chat.DataFormat;
import dev.dalang.train.chat.Lessons;
import dev.dalang.train.data.Document;
import dev.dalang.train.data.Documents;
import dev.dalang.train.data.LongDocuments;
import dev.dalang.train.data.PackedSource;
import dev.dalang.train.data.Split;
import dev.dalang.train.data.TextTokens;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Everything that a run learns from and is measured by, as tokens.
 *
 * @param training documents by source, with their weights
 * @param heldOut documents that are not learned; empty where nothing is held out
 * @param sources what became of each source
 */
record Corpus(List<PackedSource.Part> training, Documents heldOut, List<Counted> sources) {

    private static final int SLICE = 1000;
    private static final int SHOWN = 3;

    /**
     * What became of a source; the texts themselves are not kept.
     *
     * @param files it was from
     * @param characters of them
     * @param documents that are learned
     * @param tokens of them
     * @param heldOut documents that are not learned
     * @param leftOut broken ones, and ones that are too long
     */
    record Counted(
            Recipe.SourcePlan plan, int files, long characters, int documents, long tokens, int heldOut, int leftOut) {}

    /** @param said hears what was left out or changed, one line each */
    static Corpus of(
            Recipe recipe, List<RawSource> sources, Tokenizer tokenizer, Metadata metadata, Consumer<String> said) {
        List<PackedSource.Part> parts = new ArrayList<>();
        List<Document> heldOut = new ArrayList<>();
        List<Counted> counted = new ArrayList<>();
        Set<String> notices = new TreeSet<>();
        for (RawSource source : sources) {
            Encoder encoder = new Encoder(recipe, source, tokenizer, metadata, notices);
            List<Document> learned = encoder.documents(false);
            List<Document> apart = encoder.documents(true);
            encoder.settle(said);
            long tokens = learned.stream().mapToLong(Document::count).sum();
            counted.add(new Counted(
                    source.plan(),
                    source.files(),
                    source.characters(),
                    learned.size(),
                    tokens,
                    apart.size(),
                    encoder.leftOut));
            heldOut.addAll(apart);
            if (learned.isEmpty()) {
                said.accept("source " + source.plan().name() + " holds nothing to learn");
                continue;
            }
            parts.add(new PackedSource.Part(Documents.of(learned), source.plan().weight()));
        }
        notices.forEach(said);
        return new Corpus(parts, Documents.of(heldOut), counted);
    }

    /** Texts of the sources in turns, until there are enough: what a vocabulary is learned from. */
    static void texts(List<RawSource> sources, long characters, Consumer<String> sink) {
        long each = characters / Math.max(1, sources.size());
        for (RawSource source : sources) {
            // Evenly over the source, so that the end of it counts like its beginning.
            double share = Math.min(1, (double) each / Math.max(1, source.characters()));
            double due = 0;
            for (String text : source.texts()) {
                if ((due += share) < 1 - 1e-9) continue;
                due -= 1;
                sink.accept(text);
            }
            due = 0;
            for (ChatExample.Conversation c : source.conversations()) {
                if ((due += share) < 1 - 1e-9) continue;
                due -= 1;
                for (Message m : c.messages()) sink.accept(m.text());
            }
        }
    }

    /** From one source's texts and conversations to documents. */
    private static final class Encoder {
        private final Recipe recipe;
        private final RawSource source;
        private final Tokenizer tokenizer;
        private final Metadata metadata;
        private final Set<String> notices;
        private final List<String> bad;
        private final int context;
        private int longer;
        private int longest;
        private int leftOut;

        Encoder(Recipe recipe, RawSource source, Tokenizer tokenizer, Metadata metadata, Set<String> notices) {
            this.recipe = recipe;
            this.source = source;
            this.tokenizer = tokenizer;
            this.metadata = metadata;
            this.notices = notices;
            this.bad = new ArrayList<>(source.bad());
            this.context = recipe.shape().context();
        }

        /** @param apart those held out, else the others */
        List<Document> documents(boolean apart) {
            double share = source.plan().heldOut();
            List<String> texts = source.texts().stream()
                    .filter(t -> Split.isHeldOut(t, share) == apart)
                    .toList();
            int before = tokenizer.addsBos() ? tokenizer.special().bos() : -1;
            List<Document> documents = new ArrayList<>();
            for (Document d :
                    TextTokens.of(texts, tokenizer, before, tokenizer.special().eos())) {
                Document fit = fit(d);
                if (fit != null) documents.add(fit);
            }
            List<ChatExample> conversations = new ArrayList<>();
            for (ChatExample.Conversation c : source.conversations()) {
                if (Split.isHeldOut(key(c), share) == apart) conversations.add(c);
            }
            documents.addAll(encoded(conversations));
            return documents;
        }

        private static String key(ChatExample.Conversation c) {
            StringBuilder key = new StringBuilder();
            for (Message m : c.messages())
                key.append(m.role()).append('\n').append(m.text()).append('\n');
            return key.toString();
        }

        /** What is longer than the context, as the source's plan says; null where it is left out. */
        private @Nullable Document fit(Document d) {
            if (d.positions() <= context) return d;
            LongDocuments policy = source.plan().longDocuments();
            if (policy == LongDocuments.SPLIT) return d;
            longer++;
            longest = Math.max(longest, d.count());
            if (policy != LongDocuments.CUT) return null;
            BitSet asked = d.asked().get(0, context + 1);
            return new Document(Arrays.copyOf(d.tokens(), context + 1), asked);
        }

        private List<Document> encoded(List<ChatExample> conversations) {
            int slices = (conversations.size() + SLICE - 1) / SLICE;
            List<Lessons> all = IntStream.range(0, slices)
                    .parallel()
                    .mapToObj(i -> {
                        List<ChatExample> slice =
                                conversations.subList(i * SLICE, Math.min(conversations.size(), (i + 1) * SLICE));
                        ChatEncoder encoder = new ChatEncoder(
                                new PromptEncoder(new Weightless(recipe.about().name(), metadata), tokenizer),
                                tokenizer,
                                context,
                                recipe.about().name());
                        Lessons lessons = Lessons.of(new ChatData(DataFormat.MESSAGES, slice, List.of()), encoder);
                        synchronized (notices) {
                            notices.addAll(encoder.notices());
                        }
                        return lessons;
                    })
                    .toList();
            List<Document> documents = new ArrayList<>();
            for (Lessons lessons : all) {
                documents.addAll(lessons.documents());
                for (BadLine b : lessons.bad()) {
                    bad.add("source " + source.plan().name() + " line " + b.line() + ": " + b.problem());
                }
            }
            return documents;
        }

        /** Refuses, or says, what could not be used. */
        void settle(Consumer<String> said) {
            String name = "source " + source.plan().name() + ": ";
            LongDocuments policy = source.plan().longDocuments();
            if (longer > 0) {
                String what = longer + " documents are longer than the context of " + context + " tokens, the longest "
                        + longest;
                if (policy == LongDocuments.REFUSE) {
                    throw DalangException.invalidRequest(
                            name + what + ": enlarge shape.context, or choose long = skip, cut or split", "data");
                }
                said.accept(name + what + (policy == LongDocuments.CUT ? ": they are cut" : ": they are left out"));
                if (policy == LongDocuments.SKIP) leftOut += longer;
            }
            if (bad.isEmpty()) return;
            String first =
                    String.join("; ", bad.subList(0, Math.min(SHOWN, bad.size()))) + (bad.size() > SHOWN ? "; …" : "");
            String what =
                    name + bad.size() + (bad.size() == 1 ? " example" : " examples") + " cannot be used: " + first;
            if (recipe.data().refuseBad()) {
                throw DalangException.invalidRequest(what + " (data.bad = \"skip\" leaves them out)", "data");
            }
            leftOut += bad.size();
            said.accept(what);
        }
    }
}
