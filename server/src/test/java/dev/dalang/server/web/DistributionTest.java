package dev.dalang.server.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class DistributionTest {

    @Test
    void probabilitiesOfAKnownRow() {
        Distribution d = new Distribution(new float[] {(float) Math.log(1), (float) Math.log(3), 0, 99}, 3);
        assertThat(d.size()).isEqualTo(3);
        assertThat(d.probability(1)).isCloseTo(0.6, within(1e-6));
        assertThat(d.rank(1)).isEqualTo(1);
        assertThat(d.rank(2)).isEqualTo(2);
        assertThat(d.likeliest(2)).containsExactly(1, 0);
        assertThat(d.entropyBits()).isCloseTo(1.370951, within(1e-5));
    }

    /** What a page computes of the named ones and the buckets is close to the truth at any temperature. */
    @Test
    void theRestIsToldClosely() {
        Random random = new Random(7);
        float[] row = new float[50_000];
        for (int i = 0; i < row.length; i++) row[i] = (float) random.nextGaussian() * 3;
        Distribution d = new Distribution(row, row.length);
        for (double temperature : new double[] {0.5, 1, 2}) {
            double truth = 0;
            for (float l : row) truth += Math.exp(l / temperature);
            double told = 0;
            for (int id : d.likeliest(Distribution.SHOWN)) told += Math.exp(d.logit(id) / temperature);
            for (Distribution.Bucket b : d.rest()) told += b.count() * Math.exp(b.logit() / temperature);
            assertThat(told / truth).isCloseTo(1, within(0.02));
        }
        assertThat(new Distribution(new float[10], 10).rest()).isEmpty();
    }
}
