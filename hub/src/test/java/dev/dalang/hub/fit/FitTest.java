package dev.dalang.hub.fit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.dalang.engine.format.BlockType;
import dev.dalang.hub.catalogue.CatalogueModel;
import dev.dalang.hub.catalogue.Catalogues;
import dev.dalang.hub.catalogue.Signatures;
import dev.dalang.hub.fit.ModelShape.CacheGroup;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The arithmetic, against figures worked out by hand. */
class FitTest {

    private static final long GB = 1_000_000_000;

    /** Llama 3.1 8B in Q8_0. */
    private static final ModelShape LLAMA = new ModelShape(
            "llama",
            "Q8_0",
            8_540_000_000L,
            Map.of(BlockType.Q8_0, 8_000_000_000L),
            Map.of(BlockType.Q8_0, 7_500_000_000L),
            List.of(new CacheGroup(32, 8, 128, 128)),
            0,
            32,
            Quantisations.widths(4096, 14_336),
            128_256,
            131_072,
            true);

    private static Machine machine(long free, Long disk) {
        return new Machine("cpu", 8, List.of(), 64 * GB, free, disk, 50e9, List.of());
    }

    private static FitTable.Wish wish(List<Integer> contexts, Integer... parallel) {
        return new FitTable.Wish(contexts, List.of(parallel), BlockType.F16, 256, false);
    }

    @Test
    void keysAndValuesTakeWhatTheyTake() {
        // 32 layers, keys and values, 8 heads of 128 numbers of 2 bytes: 128 KiB a position.
        assertThat(Memory.cacheBytes(LLAMA, 8192, BlockType.F16)).isEqualTo(8192L * 128 * 1024);
        assertThat(Memory.cacheBytes(LLAMA, 8192, BlockType.Q8_0)).isEqualTo(8192L * 32 * 2 * 8 * (128 / 32 * 34));
        assertThat(Memory.cacheBytes(LLAMA, 8191, BlockType.F16))
                .as("whole pages")
                .isEqualTo(8192L * 128 * 1024);
    }

    @Test
    void statesCountOnceForEachRequest() {
        ModelShape hybrid =
                new ModelShape("h", "Q8_0", GB, Map.of(), Map.of(), List.of(), 1_000_000, 1, 100, 1000, 4096, true);
        assertThat(Memory.of(hybrid, 4096, 3, BlockType.F16, 1, 0).cache()).isEqualTo(3_000_000);
    }

    @Test
    void rowsThatAreNoWholeBlocksStayInHalfPrecision() {
        ModelShape odd = new ModelShape(
                "o", "Q8_0", GB, Map.of(), Map.of(), List.of(new CacheGroup(1, 1, 80, 80)), 0, 1, 1, 1, 4096, true);
        assertThat(Memory.cacheBytes(odd, 256, BlockType.Q8_0)).isEqualTo(256 * 2 * 2 * 80);
    }

    @Test
    void theVerdictKnowsThreeWords() {
        assertThat(Verdict.of(8, 10)).isEqualTo(Verdict.COMFORTABLE);
        assertThat(Verdict.of(9, 10)).isEqualTo(Verdict.TIGHT);
        assertThat(Verdict.of(11, 10)).isEqualTo(Verdict.NO);
    }

    @Test
    void theLongestContextThatFitsIsFound() {
        long available = 12 * GB;
        int context = Memory.contextThatFits(LLAMA, available, 131_072, 1, BlockType.F16, 256, 0);
        assertThat(Memory.of(LLAMA, context, 1, BlockType.F16, 256, 0).total()).isLessThanOrEqualTo(available);
        assertThat(Memory.of(LLAMA, context + Memory.PAGE, 1, BlockType.F16, 256, 0)
                        .total())
                .isGreaterThan(available);
        assertThat(Memory.contextThatFits(LLAMA, GB, 131_072, 1, BlockType.F16, 256, 0))
                .isZero();
    }

    @Test
    void whatFitsIsRecommendedWithTheLongestComfortableContext() {
        FitTable table = FitTable.of(
                List.of(LLAMA), wish(List.of(4096, 16_384, 131_072), 1, 4), machine(16 * GB, 100 * GB), null);
        assertThat(table.rows()).hasSize(6);
        assertThat(table.recommended()).isNotNull();
        assertThat(table.recommended().context()).isEqualTo(16_384);
        assertThat(table.recommended().parallel()).isEqualTo(1);
        assertThat(table.remedy()).isEmpty();
    }

    @Test
    void whatDoesNotFitSaysWhatWouldMakeIt() {
        FitTable none = FitTable.of(List.of(LLAMA), wish(List.of(4096), 1), machine(4 * GB, 100 * GB), null);
        assertThat(none.recommended()).isNull();
        assertThat(none.remedy()).contains("more free memory for Q8_0").contains("other programs hold it");
        FitTable shorter =
                FitTable.of(List.of(LLAMA), wish(List.of(131_072), 1), machine(9_100_000_000L, 100 * GB), null);
        assertThat(shorter.recommended()).isNull();
        assertThat(shorter.remedy()).containsPattern("Q8_0 with a context of \\d+ fits");
        FitTable disk = FitTable.of(List.of(LLAMA), wish(List.of(4096), 1), machine(32 * GB, GB), null);
        assertThat(disk.remedy()).contains("more free disk");
    }

    @Test
    void contextsBeyondTheModelAreCutToIt() {
        FitTable table =
                FitTable.of(List.of(LLAMA), wish(List.of(131_072, Integer.MAX_VALUE), 1), machine(64 * GB, null), null);
        assertThat(table.rows()).hasSize(1);
    }

    @Test
    void speedComesFromBytesAndMultiplyAdds() {
        Rates rates = new Rates(Map.of(BlockType.Q8_0, new Rates.Rate(100e9, 500e9)), 1e15, 1e15, 0.2);
        Speed s = Speed.of(LLAMA, 2, rates, 40e9);
        assertThat(s.decode()).as("bandwidth is the roof").isCloseTo(5, within(0.01));
        assertThat(s.prefill()).isCloseTo(500e9 / 7.5e9, within(0.1));
        // With attention at 1e9 multiply-adds a second, 32 layers x 32 heads x 256 x 1024 positions take 0.268 s more.
        Rates slow = new Rates(rates.byType(), 1e9, 2e9, 0.2);
        assertThat(1 / Speed.of(LLAMA, 2048, slow, 40e9).decode()).isCloseTo(0.2 + 0.268, within(0.001));
        // A prompt of 1024 tokens looks back at half as many, and together that is twice as fast.
        assertThat(1 / Speed.of(LLAMA, 2048, slow, 40e9).prefill()).isCloseTo(7.5 / 500 + 0.268 / 4, within(0.001));
    }

    @Test
    void aTypeThatWasNotMeasuredGoesByTheOneMostLikeIt() {
        Rates rates =
                new Rates(Map.of(BlockType.Q4_K, new Rates.Rate(1, 1), BlockType.F16, new Rates.Rate(2, 2)), 1, 1, 0.2);
        assertThat(rates.of(BlockType.IQ4_XS).readBytesPerSecond()).isEqualTo(1);
        assertThat(rates.of(BlockType.BF16).readBytesPerSecond()).isEqualTo(2);
    }

    @Test
    void bandwidthIsMeasured() {
        assertThat(Bandwidth.measure(1, java.time.Duration.ofMillis(20)))
                .isPositive()
                .isFinite();
    }

    /** Sizes computed from parameters against sizes that Docker publishes for real files. */
    @Test
    void estimatedSizesAreWithinFivePercentOfPublishedOnes(@TempDir Path home) {
        int compared = 0;
        for (CatalogueModel m : new Catalogues(home, Signatures.ofProject())
                .current()
                .catalogue()
                .models()) {
            for (CatalogueModel.PublishedFile f : m.files()) {
                if (f.aboutBytes() == null
                        || !List.of("F16", "BF16", "Q4_K_M", "Q8_0").contains(f.quantisation())) continue;
                // Small models are mostly embeddings, which the mixtures treat otherwise.
                if (m.parameters() == null || m.parameters() < 3e9) continue;
                // The parts that see are counted as parameters, and published as files of their own.
                if (m.capabilities().contains("vision")) continue;
                // Its experts are in MXFP4 whatever the file is called.
                if (m.family().equals("gpt-oss")) continue;
                double estimate = m.parameters()
                        * switch (f.quantisation()) {
                            case "Q4_K_M" -> 4.89;
                            case "Q8_0" -> 8.5;
                            default -> 16;
                        }
                        / 8;
                assertThat(estimate / f.aboutBytes()).as(m.name() + " " + f).isBetween(0.94, 1.06);
                compared++;
            }
        }
        assertThat(compared).isGreaterThan(10);
    }
}
