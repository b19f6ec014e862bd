package dev.dalang.train.loop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.train.graph.Batch;
import dev.dalang.train.graph.Parameter;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/** The derivatives that the other tests rely on, against differences. */
class TwoLayersTest {

    @Test
    void derivativesAreRight() {
        Batch batch = new Batch(new int[] {1, 2, 3, 0}, new int[] {2, 3, Batch.IGNORED, 4}, new int[] {0, 0, 0, 3});
        try (TwoLayers network = new TwoLayers(5, 3, 1)) {
            network.forwardBackward(batch, 0.5f);
            for (Parameter p : network.parameters()) {
                for (int i = 0; i < p.count(); i++) {
                    float was = p.value().get(i);
                    p.value().set(i, was + 0.01f);
                    double up = network.loss(batch);
                    p.value().set(i, was - 0.01f);
                    double down = network.loss(batch);
                    p.value().set(i, was);
                    assertThat((double) p.gradient().get(i))
                            .as("%s %d", p.name(), i)
                            .isCloseTo(0.5 * (up - down) / 0.02, Offset.offset(1e-4));
                }
            }
        }
    }
}
