package dev.dalang.cli;

import dev.dalang.train.tune.TuneSettings;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How {@code dalang tune} learns. */
final class TuneFlags {

    private static final TuneSettings USUAL = TuneSettings.DEFAULT;

    @Option(
            names = {"-r", "--rank"},
            paramLabel = "N",
            description = "Rank of the additions. Default: ${DEFAULT-VALUE}.")
    int rank = USUAL.rank();

    @Option(names = "--alpha", paramLabel = "X", description = "Additions count alpha / rank. Default: twice the rank.")
    @Nullable
    Double alpha;

    @Option(names = "--dropout", paramLabel = "P", description = "Share of inputs left out. Default: ${DEFAULT-VALUE}.")
    double dropout = USUAL.dropout();

    @Option(
            names = "--targets",
            split = ",",
            paramLabel = "NAME",
            description =
                    "Matrices that learn: q_proj or attn_q and so on. Default: all of attention and feed-forward.")
    List<String> targets = USUAL.targets();

    @Option(
            names = {"--learning-rate", "--lr"},
            paramLabel = "X",
            description = "The highest rate. Default: by the width of the model, up to 2e-3, with preferences 5e-4.")
    @Nullable
    Double rate;

    @Option(
            names = "--epochs",
            paramLabel = "X",
            description = "Rounds through the data. Default: 3 to 15, so that there are some 300 steps.")
    @Nullable
    Double epochs;

    @Option(names = "--batch", paramLabel = "N", description = "Examples in a step, about. Default: ${DEFAULT-VALUE}.")
    int batch = USUAL.batch();

    @Option(
            names = "--patience",
            paramLabel = "N",
            description = "Stop after N validations without a better one; 0 for never. Default: ${DEFAULT-VALUE}.")
    int patience = USUAL.patience();

    @Option(names = "--beta", paramLabel = "X", description = "DPO: how closely to stay. Default: ${DEFAULT-VALUE}.")
    double beta = USUAL.beta();

    @Option(names = "--seed", paramLabel = "N", description = "Decides all that is random. Default: ${DEFAULT-VALUE}.")
    long seed = USUAL.seed();

    TuneSettings settings(boolean exact) {
        return new TuneSettings(
                rank,
                alpha == null ? 2.0 * rank : alpha,
                dropout,
                targets,
                rate,
                epochs,
                batch,
                patience,
                beta,
                seed,
                exact);
    }
}
