package dev.dalang.train.recipe;

import dev.dalang.api.DalangException;
import dev.dalang.engine.format.Dtype;
import dev.dalang.engine.format.Quantization;
import dev.dalang.train.data.LongDocuments;
import dev.dalang.train.data.TextCut;
import dev.dalang.train.export.About;
import dev.dalang.train.graph.GraphSettings;
import dev.dalang.train.graph.Shape;
import dev.dalang.train.loop.OptimizerSettings;
import dev.dalang.train.loop.Schedule;
import dev.dalang.train.loop.TrainingSettings;
import dev.dalang.train.tokenizer.VocabularySettings;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A training run as a file, read and checked: what it learns from, what it is like, and what is to come out of it.
 * {@code docs/TRAINING.md} describes every key.
 *
 * @param file that it was read from
 * @param text of the file
 * @param overrides what was set besides, {@code section.key=value}
 * @param about what the model says of itself
 * @param start the model whose weights it goes on from, or null
 * @param tokenizer where its vocabulary is from
 * @param shape of the network, without its vocabulary
 * @param data what it learns from
 * @param template file of its chat template; null where it has none, or the one of {@code start}
 * @param training how it learns
 * @param samples what it is asked along the way
 * @param output what is written in the end
 */
public record Recipe(
        Path file,
        String text,
        List<String> overrides,
        About about,
        @Nullable PretrainedModel start,
        TokenizerPlan tokenizer,
        ShapePlan shape,
        DataPlan data,
        @Nullable Path template,
        TrainingPlan training,
        SamplePlan samples,
        OutputPlan output) {

    /** Where the vocabulary is from. */
    public sealed interface TokenizerPlan {
        /** A GGUF file, a folder, or a {@code tokenizer.json}. */
        record Existing(Path path) implements TokenizerPlan {}

        /**
         * Learned from the training data.
         *
         * @param characters how many characters of text to learn from at most; the sources take turns
         */
        record Learned(VocabularySettings settings, long characters) implements TokenizerPlan {}
    }

    /**
     * A decoder of the Llama family.
     *
     * @param context positions of the longest text
     * @param embedding width of the residual stream
     * @param layers how many blocks
     * @param heads query heads of a block
     * @param kvHeads key and value heads of a block, a divisor of {@code heads}
     * @param headSize elements of a head, even
     * @param feedForward width of the gated feed-forward network
     * @param ropeBase θ of the rotation (Su et al. 2021, arXiv:2104.09864)
     * @param normEpsilon ε of the norms
     * @param tied whether the output matrix is the embedding table
     */
    public record ShapePlan(
            int context,
            int embedding,
            int layers,
            int heads,
            int kvHeads,
            int headSize,
            int feedForward,
            double ropeBase,
            double normEpsilon,
            boolean tied) {

        /** With its vocabulary. */
        Shape with(int vocabulary) {
            return new Shape(
                    vocabulary,
                    embedding,
                    layers,
                    heads,
                    kvHeads,
                    headSize,
                    feedForward,
                    context,
                    tied,
                    (float) ropeBase,
                    (float) normEpsilon);
        }
    }

    /**
     * @param root folder that the sources' paths start from
     * @param heldOut share of each source that is measured by and not learned, unless the source says otherwise
     * @param refuseBad whether a broken example ends the run before it begins; else it is left out and said
     */
    public record DataPlan(Path root, double heldOut, boolean refuseBad, List<SourcePlan> sources) {
        public DataPlan {
            sources = List.copyOf(sources);
        }
    }

    /** What kind of thing a source is. */
    public enum Kind {
        TEXT,
        CHAT,
        GENERATOR
    }

    /**
     * One source of data.
     *
     * @param name for messages and the report
     * @param weight how often a round goes through it
     * @param heldOut share that is not learned
     * @param longDocuments what to do with texts longer than the context
     * @param licence under which its owner gives it, for the report and the card
     * @param files of TEXT and CHAT: paths and patterns below the root
     * @param skipLines of TEXT: lines at the beginning of each file that are no text
     * @param skipUntil of TEXT: leave out everything up to and with the first line that matches, or null
     * @param cut of TEXT: where documents end
     * @param generator of GENERATOR: its name
     * @param options of GENERATOR
     * @param seed of GENERATOR
     */
    public record SourcePlan(
            String name,
            Kind kind,
            double weight,
            double heldOut,
            LongDocuments longDocuments,
            String licence,
            List<String> files,
            int skipLines,
            @Nullable String skipUntil,
            TextCut cut,
            String generator,
            Map<String, String> options,
            long seed) {
        public SourcePlan {
            files = List.copyOf(files);
            options = Map.copyOf(options);
        }
    }

    /** The form of the schedule. */
    public enum ScheduleKind {
        COSINE,
        WSD,
        CONSTANT
    }

    /**
     * How it learns. Counts of steps below 1 are shares of all steps.
     *
     * @param steps changes of the weights; 0 where {@code rounds} says how often to go through the data
     * @param batch tokens that go through the network together
     * @param accumulation batches that make one step
     * @param seed of the first weights and of the order of the data
     * @param threads to compute on; 0 for one per core
     * @param graph how the network computes
     */
    public record TrainingPlan(
            long steps,
            double rounds,
            int batch,
            int accumulation,
            long seed,
            int threads,
            GraphSettings graph,
            double clip,
            double averaging,
            ScheduleKind schedule,
            double rate,
            double warmup,
            double decay,
            double floor,
            OptimizerSettings optimizer,
            int validateEvery,
            int validationBatches,
            int patience,
            int checkpointEvery,
            int keep) {

        /** For a run of so many steps. */
        TrainingSettings settings(long all, int sampleEvery) {
            long warm = Math.min(all, counted(warmup, all));
            Schedule chosen = switch (schedule) {
                case COSINE -> new Schedule.Cosine(rate, warm, floor);
                case WSD -> new Schedule.WarmupStableDecay(rate, warm, Math.max(1, counted(decay, all)), floor);
                case CONSTANT -> new Schedule.Constant(rate, warm);
            };
            return new TrainingSettings(
                    all,
                    accumulation,
                    chosen,
                    optimizer,
                    clip,
                    averaging,
                    validateEvery,
                    validationBatches,
                    patience,
                    sampleEvery,
                    checkpointEvery,
                    keep);
        }

        private static long counted(double stepsOrShare, long all) {
            return Math.round(stepsOrShare < 1 ? stepsOrShare * all : stepsOrShare);
        }
    }

    /**
     * @param every steps between samples; 0 for none
     * @param prompts what is to be answered, in a conversation where there is a chat template, else gone on with
     * @param tokens longest answer
     * @param temperature of the draw; 0 for the likeliest token each time
     */
    public record SamplePlan(int every, List<String> prompts, int tokens, double temperature) {
        public SamplePlan {
            prompts = List.copyOf(prompts);
        }
    }

    /**
     * @param folder for everything that a run writes
     * @param gguf types of the GGUF files
     * @param folderType type of the weights in a folder of Hugging Face's form, or null for none
     */
    public record OutputPlan(
            Path folder, List<Quantization> gguf, @Nullable Dtype folderType) {
        public OutputPlan {
            gguf = List.copyOf(gguf);
        }
    }

    /** Whether there is a chat template, of its own or the model's that it goes on from. */
    boolean converses() {
        return template != null || start != null && start.template() != null;
    }

    /**
     * Reads a recipe.
     *
     * @param overrides {@code section.key=value}, which win over the file
     * @param output folder in place of the recipe's, or null
     * @throws DalangException naming file, line and key of whatever is wrong
     */
    public static Recipe read(Path file, List<String> overrides, @Nullable Path output) {
        return RecipeReader.read(file, overrides, output);
    }
}
