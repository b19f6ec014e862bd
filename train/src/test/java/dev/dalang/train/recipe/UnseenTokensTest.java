package dev.dalang.train.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.dalang.engine.kernel.Floats;
import dev.dalang.train.data.Document;
import dev.dalang.train.data.Documents;
import dev.dalang.train.graph.Parameter;
import java.lang.foreign.Arena;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class UnseenTokensTest {

    private static final int ROWS = 400;
    private static final int WIDTH = 8;

    private static Parameter matrix(String name) {
        Random random = new Random(4);
        Floats values = Floats.allocate(Arena.ofAuto(), ROWS * WIDTH);
        for (int i = 0; i < ROWS * WIDTH; i++) values.set(i, (float) (3 + 2 * random.nextGaussian()));
        // What a run makes of those that it never sees.
        for (int id = 200; id < ROWS; id++) for (int i = 0; i < WIDTH; i++) values.set(id * WIDTH + i, -50);
        return new Parameter(name, List.of(ROWS, WIDTH), values, Floats.allocate(Arena.ofAuto(), ROWS * WIDTH), true);
    }

    private static BitSet firstHalf() {
        BitSet seen = new BitSet();
        seen.set(0, 200);
        return seen;
    }

    @Test
    void theyAreLikeTheOthersAndDifferFromEachOther() {
        Parameter p = matrix("token_embd.weight");
        float[] before = p.value().toArray();
        assertThat(UnseenTokens.settle(List.of(p), firstHalf(), id -> id == 300, 1))
                .isEqualTo(199);
        float[] after = p.value().toArray();
        double sum = 0;
        double squares = 0;
        for (int i = 0; i < after.length; i++) {
            int id = i / WIDTH;
            if (id < 200 || id == 300) {
                assertThat(after[i]).isEqualTo(before[i]);
            } else {
                sum += after[i];
                squares += after[i] * after[i];
            }
        }
        double n = 199.0 * WIDTH;
        assertThat(sum / n).isCloseTo(3, within(0.3));
        assertThat(Math.sqrt(squares / n - Math.pow(sum / n, 2))).isCloseTo(2, within(0.3));
        assertThat(after[210 * WIDTH]).isNotEqualTo(after[211 * WIDTH]);
    }

    @Test
    void doneTwiceItIsTheSame() {
        Parameter p = matrix("output.weight");
        UnseenTokens.settle(List.of(p), firstHalf(), id -> false, 9);
        float[] once = p.value().toArray();
        UnseenTokens.settle(List.of(p), firstHalf(), id -> false, 9);
        assertThat(p.value().toArray()).isEqualTo(once);
    }

    @Test
    void otherMatricesStay() {
        Parameter p = matrix("blk.0.attn_q.weight");
        float[] before = p.value().toArray();
        assertThat(UnseenTokens.settle(List.of(p), firstHalf(), id -> false, 9)).isZero();
        assertThat(p.value().toArray()).isEqualTo(before);
    }

    @Test
    void whatOccursIsSeen() {
        Documents documents = Documents.of(List.of(Document.of(1, 5), Document.of(5, 7)));
        assertThat(UnseenTokens.seen(List.of(documents)).stream()).containsExactly(1, 5, 7);
    }
}
