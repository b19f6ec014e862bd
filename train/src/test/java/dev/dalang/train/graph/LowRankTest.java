package dev.dalang.train.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.dalang.api.DalangException;
import dev.dalang.engine.arch.Families;
import dev.dalang.engine.format.Gguf;
import dev.dalang.engine.kernel.Compute;
import dev.dalang.engine.kernel.Floats;
import dev.dalang.engine.kernel.KernelTier;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Adapters on a frozen model. */
class LowRankTest {

    private static final Trained.Lora ALL = new Trained.Lora(t -> true, 3, 6, 0, 11);

    @TempDir
    Path folder;

    static Stream<TinyForm> forms() {
        return Stream.concat(
                Stream.of(TinyForms.llama(true)),
                TinyForms.all().stream()
                        .filter(f -> List.of("gptneox", "phi3", "gemma3").contains(f.family)));
    }

    private interface Use {
        void of(TrainableDecoder network);
    }

    private void with(TinyForm form, Trained trained, Use use) {
        try (Gguf file = Gguf.open(form.write(folder));
                Compute compute = new Compute(KernelTier.named("scalar"), 2);
                TrainableDecoder network = TrainableDecoder.of(
                        Families.assemble(file, 0), compute, trained, GraphSettings.DEFAULT.withExact(true))) {
            use.of(network);
        }
    }

    /** B begins at 0, where A has no gradient. */
    private static void disturb(TrainableDecoder network) {
        Random random = new Random(3);
        for (Parameter p : network.parameters()) {
            if (p.name().endsWith(".lora_b")) {
                for (int i = 0; i < p.count(); i++) p.value().set(i, (float) (0.2 * random.nextGaussian()));
            }
        }
    }

    private static double[] wide(Floats values) {
        double[] wide = new double[values.length()];
        for (int i = 0; i < wide.length; i++) wide[i] = values.get(i);
        return wide;
    }

    @ParameterizedTest
    @MethodSource("forms")
    void gradientsAgreeWithDifferences(TinyForm form) {
        with(form, ALL, network -> {
            disturb(network);
            network.forwardBackward(TinyModelGradientTest.BATCH, 1);
            Differences differences = new Differences();
            List<Parameter> parameters = network.parameters();
            for (int i = 0; i < parameters.size(); i += 2) {
                Parameter a = parameters.get(i);
                Parameter b = parameters.get(i + 1);
                String tensor = a.name().replace(".lora_a", "");
                assertThat(b.name()).isEqualTo(tensor + ".lora_b");
                ReferenceDecoder base = merged(form, network, tensor);
                double[] weight = base.tensor(tensor);
                double[] plain = weight.clone();
                double[] aNumbers = wide(a.value());
                double[] bNumbers = wide(b.value());
                java.util.function.DoubleSupplier loss = () -> {
                    System.arraycopy(plain, 0, weight, 0, plain.length);
                    base.merge(tensor, aNumbers, bNumbers, 3, 2);
                    return base.loss(TinyModelGradientTest.BATCH);
                };
                differences.add(a.name(), a.gradient().toArray(), aNumbers, loss);
                differences.add(b.name(), b.gradient().toArray(), bNumbers, loss);
            }
            differences.check(TinyModelGradientTest.RELATIVE);
        });
    }

    /** The base with all additions but one tensor's. */
    private static ReferenceDecoder merged(TinyForm form, TrainableDecoder network, String except) {
        ReferenceDecoder base = new ReferenceDecoder(form);
        // An adapter of a tied output leaves the embeddings alone.
        base.untie();
        List<Parameter> parameters = network.parameters();
        for (int i = 0; i < parameters.size(); i += 2) {
            String tensor = parameters.get(i).name().replace(".lora_a", "");
            if (tensor.equals(except)) continue;
            base.merge(
                    tensor,
                    wide(parameters.get(i).value()),
                    wide(parameters.get(i + 1).value()),
                    3,
                    2);
        }
        return base;
    }

    @Test
    void beginsAsTheBaseBitForBit() {
        TinyForm form = TinyForms.llama(false);
        float[][] logits = new float[3][];
        with(form, new Trained.All(), network -> logits[0] = logits(network));
        with(form, ALL, network -> {
            logits[1] = logits(network);
            disturb(network);
            assertThat(logits(network)).isNotEqualTo(logits[1]);
            network.adapters(false);
            logits[2] = logits(network);
        });
        assertThat(logits[2]).isEqualTo(logits[1]);
        for (int i = 0; i < logits[0].length; i++) {
            assertThat((double) logits[1][i]).isCloseTo(logits[0][i], within(1e-5));
        }
    }

    private static float[] logits(TrainableDecoder network) {
        Floats out = Floats.allocate(Arena.ofAuto(), TinyModelGradientTest.BATCH.count() * TinyForm.VOCABULARY);
        network.logits(TinyModelGradientTest.BATCH, out);
        return out.toArray();
    }

    @Test
    void logProbabilitiesAndTheirDerivatives() {
        TinyForm form = TinyForms.llama(false);
        ReferenceDecoder reference = new ReferenceDecoder(form);
        float[] weights = {0.7f, -1.3f, 0.4f};
        with(form, new Trained.All(), network -> {
            double[] p = network.logProbabilities(TinyModelGradientTest.BATCH);
            assertThat(p).hasSize(3);
            assertThat(p[0] + p[1] + p[2]).isCloseTo(-reference.loss(TinyModelGradientTest.BATCH), within(1e-4));
            network.backwardLogProbabilities(TinyModelGradientTest.BATCH, weights);
            double[] factors = new double[TinyModelGradientTest.BATCH.count()];
            for (int t = 0; t < factors.length; t++) factors[t] = -weights[t < 7 ? 0 : t < 12 ? 1 : 2];
            Differences differences = new Differences();
            for (Parameter q : network.parameters()) {
                differences.add(
                        q.name(),
                        q.gradient().toArray(),
                        reference.tensor(q.name()),
                        () -> reference.loss(TinyModelGradientTest.BATCH, factors));
            }
            differences.check(TinyModelGradientTest.RELATIVE);
        });
    }

    @Test
    void dropsByStepInTrainingOnly() {
        Trained.Lora dropping = new Trained.Lora(t -> true, 3, 6, 0.4, 11);
        with(TinyForms.llama(false), dropping, network -> {
            disturb(network);
            Batch batch = TinyModelGradientTest.BATCH;
            double whole = network.loss(batch);
            network.atStep(1);
            double first = network.forwardBackward(batch, 1);
            float[] gradient = network.parameters().getFirst().gradient().toArray();
            network.atStep(2);
            assertThat(network.forwardBackward(batch, 1)).isNotEqualTo(first);
            assertThat(first).isNotEqualTo(whole);
            network.atStep(1);
            network.parameters().forEach(p -> p.gradient().fill(0));
            assertThat(network.forwardBackward(batch, 1)).isEqualTo(first);
            assertThat(network.parameters().getFirst().gradient().toArray()).isEqualTo(gradient);
            assertThat(network.loss(batch)).isEqualTo(whole);
            // Along the gradient itself the loss of the same step grows by its squared length.
            double squares = 0;
            for (Parameter p : network.parameters()) {
                for (float g : p.gradient().toArray()) squares += (double) g * g;
            }
            double step = 2e-3 / Math.sqrt(squares);
            List<float[]> gradients = network.parameters().stream()
                    .map(p -> p.gradient().toArray())
                    .toList();
            double above = movedLoss(network, gradients, step);
            double below = movedLoss(network, gradients, -2 * step);
            assertThat((above - below) / (2 * step)).isCloseTo(squares, within(0.01 * squares));
        });
    }

    private static double movedLoss(TrainableDecoder network, List<float[]> along, double by) {
        for (int i = 0; i < along.size(); i++) {
            Floats value = network.parameters().get(i).value();
            float[] g = along.get(i);
            for (int j = 0; j < g.length; j++) value.set(j, (float) (value.get(j) + by * g[j]));
        }
        return network.forwardBackward(TinyModelGradientTest.BATCH, 1);
    }

    @Test
    void refusesTargetsThatAreNotThere() {
        assertThatThrownBy(() -> with(
                        TinyForms.llama(false), new Trained.Lora(t -> t.contains("conv"), 3, 6, 0, 1), network -> {}))
                .isInstanceOf(DalangException.class)
                .hasMessageContaining("blk.0.attn_k.weight");
    }

    @Test
    void refusesPartsWithoutDerivativeByName() {
        assertThatThrownBy(() -> with(TinyForms.llama(false).withExperts(), ALL, network -> {}))
                .isInstanceOf(DalangException.class)
                .hasMessageContaining("'llama'")
                .hasMessageContaining("Experts");
    }
}
