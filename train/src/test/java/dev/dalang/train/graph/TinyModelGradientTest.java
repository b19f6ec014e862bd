package dev.dalang.train.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.dalang.engine.arch.Families;
import dev.dalang.engine.format.Gguf;
import dev.dalang.engine.kernel.Compute;
import dev.dalang.engine.kernel.KernelTier;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whole models: every number of every gradient against central differences of a forward pass in 64-bit floats. The
 * gradients are computed by the scalar kernels in exact mode, so that what differs is the rounding of activations to 32
 * bits; compared is, for each tensor, the length of the difference with the tensor's gradient, or with a thousandth of
 * the whole gradient where that is longer (some gradients are 0 by symmetry).
 */
class TinyModelGradientTest {

    static final double RELATIVE = 1e-5;

    /** Three documents, of which one has a single token; not every token has a target. */
    static final Batch BATCH = new Batch(
            new int[] {3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 17},
            new int[] {1, 4, -1, 5, 9, 2, 6, -1, 3, 5, 8, -1, 2},
            new int[] {0, 0, 0, 0, 0, 0, 0, 7, 7, 7, 7, 7, 12});

    @TempDir
    Path folder;

    static List<TinyForm> forms() {
        return TinyForms.all();
    }

    @ParameterizedTest
    @MethodSource("forms")
    void gradientsOfAllTensors(TinyForm form) {
        ReferenceDecoder reference = new ReferenceDecoder(form);
        try (Gguf file = Gguf.open(form.write(folder));
                Compute compute = new Compute(KernelTier.named("scalar"), 1);
                TrainableDecoder network = TrainableDecoder.of(
                        Families.assemble(file, 0),
                        compute,
                        new Trained.All(),
                        GraphSettings.DEFAULT.withExact(true))) {
            float scale = 0.25f;
            double loss = network.forwardBackward(BATCH, scale);
            assertThat(loss).isCloseTo(reference.loss(BATCH), within(1e-5 * loss));
            assertThat(network.loss(BATCH)).isEqualTo(loss);
            Set<String> names = new HashSet<>();
            network.parameters().forEach(p -> names.add(p.name()));
            assertThat(names).isEqualTo(reference.tensors().keySet());
            Differences differences = new Differences();
            for (Parameter p : network.parameters()) {
                double[] numbers = reference.tensor(p.name());
                differences.add(p.name(), p.gradient().toArray(), numbers, () -> scale * reference.loss(BATCH));
            }
            differences.check(RELATIVE);
        }
    }
}
