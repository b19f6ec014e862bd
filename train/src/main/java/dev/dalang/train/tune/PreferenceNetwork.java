package dev.dalang.train.tune;

import dev.dalang.train.graph.Batch;
import dev.dalang.train.graph.Network;
import dev.dalang.train.graph.Parameter;
import dev.dalang.train.graph.TrainableDecoder;
import java.util.List;

/**
 * Direct preference optimisation (Rafailov et al. 2023, arXiv:2305.18290): of a pair of answers to x, the chosen one y
 * and the rejected one z, the loss is
 *
 * <pre>  −log σ(β·((log π(y|x) − log ρ(y|x)) − (log π(z|x) − log ρ(z|x))))  </pre>
 *
 * with π the model under its adapters and ρ the model without. Batches hold the documents y₀, z₀, y₁, z₁, …, and what
 * they ask is the answers.
 */
final class PreferenceNetwork implements Network {

    private final TrainableDecoder decoder;
    private final double beta;

    /** @param beta how closely to stay with the model that is tuned: smaller lets it go farther */
    PreferenceNetwork(TrainableDecoder decoder, double beta) {
        this.decoder = decoder;
        this.beta = beta;
    }

    @Override
    public List<Parameter> parameters() {
        return decoder.parameters();
    }

    /** Pairs. */
    @Override
    public int terms(Batch batch) {
        return documents(batch) / 2;
    }

    private static int documents(Batch batch) {
        int n = 0;
        for (int i = 0; i < batch.count(); i++) if (batch.starts()[i] == i) n++;
        return n;
    }

    @Override
    public double loss(Batch batch) {
        double sum = 0;
        for (double margin : margins(batch)) sum += softplus(-margin);
        return sum;
    }

    @Override
    public double forwardBackward(Batch batch, float scale) {
        double[] margins = margins(batch);
        float[] weights = new float[2 * margins.length];
        double sum = 0;
        for (int i = 0; i < margins.length; i++) {
            sum += softplus(-margins[i]);
            // d loss / d margin = −σ(−margin), and the margin grows by β with each nat of the chosen answer.
            double slope = -beta * sigmoid(-margins[i]) * scale;
            weights[2 * i] = (float) slope;
            weights[2 * i + 1] = (float) -slope;
        }
        decoder.backwardLogProbabilities(batch, weights);
        return sum;
    }

    /** Pairs of the batch whose chosen answer the adapters have made likelier than the rejected one. */
    int preferred(Batch batch) {
        int n = 0;
        for (double margin : margins(batch)) if (margin > 0) n++;
        return n;
    }

    /** β times how much more the adapters have raised the chosen answer than the rejected one, for each pair. */
    private double[] margins(Batch batch) {
        double[] reference;
        decoder.adapters(false);
        try {
            reference = decoder.logProbabilities(batch);
        } finally {
            decoder.adapters(true);
        }
        double[] policy = decoder.logProbabilities(batch);
        double[] margins = new double[policy.length / 2];
        for (int i = 0; i < margins.length; i++) {
            double chosen = policy[2 * i] - reference[2 * i];
            double rejected = policy[2 * i + 1] - reference[2 * i + 1];
            margins[i] = beta * (chosen - rejected);
        }
        return margins;
    }

    private static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    /** log(1 + eˣ) without overflow. */
    private static double softplus(double x) {
        return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
    }

    @Override
    public void close() {
        decoder.close();
    }
}
