package dev.dalang.engine.assembler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class CpuFeaturesTest {

    private static final CpuFeatures EVERYTHING =
            new CpuFeatures(EnumSet.allOf(CpuFeature.class), "imagined", 1, 2, 3, false, List.of());

    private static void requireX86() {
        String arch = System.getProperty("os.arch");
        Assumptions.assumeTrue(arch.equals("amd64") || arch.equals("x86_64"), "not an x86-64 processor: " + arch);
    }

    /** Linux reads the same leaves, so it must come to the same result, but for tiles, which it may forbid a process. */
    @Test
    void linuxSaysTheSame() throws IOException {
        requireX86();
        Path file = Path.of("/proc/cpuinfo");
        Assumptions.assumeTrue(Files.exists(file), "no " + file);
        List<String> lines = Files.readAllLines(file);
        // Some systems leave gaps where they hide a feature.
        Set<String> flags = Set.of(value(lines, "flags").split(" +"));
        CpuFeatures here = CpuFeatures.detect();
        Set<CpuFeature> expected = Arrays.stream(CpuFeature.values())
                .filter(f -> flags.contains(f.linuxName()))
                .collect(Collectors.toCollection(() -> EnumSet.noneOf(CpuFeature.class)));
        if (here.notes().stream().anyMatch(n -> n.startsWith("amx_tile:"))) {
            expected.removeIf(f -> f.name().startsWith("AMX"));
        }
        EnumSet<CpuFeature> found = EnumSet.noneOf(CpuFeature.class);
        found.addAll(here.features());
        found.remove(CpuFeature.AMX_FP16); // which Linux does not print
        expected.remove(CpuFeature.AMX_FP16);
        assertThat(found).isEqualTo(expected);
        // Its name may differ: a virtual machine's kernel can have been told another one than programs are now.
        assertThat(here.brand()).matches("[!-~]([ -~]{0,46}[!-~])?").doesNotContain("  ");
    }

    private static String value(List<String> lines, String key) {
        return lines.stream()
                .filter(l -> l.startsWith(key + "\t"))
                .map(l -> l.substring(l.indexOf(':') + 1).strip())
                .findFirst()
                .orElseThrow();
    }

    @Test
    void cacheSizesAreThoseThatTheSystemShows() throws IOException {
        requireX86();
        CpuFeatures here = CpuFeatures.detect();
        Path caches = Path.of("/sys/devices/system/cpu/cpu0/cache");
        Assumptions.assumeTrue(Files.isDirectory(caches), "no " + caches);
        long[] found = {0, here.l1dBytes(), here.l2Bytes(), here.l3Bytes()};
        try (var entries = Files.newDirectoryStream(caches, "index*")) {
            for (Path entry : entries) {
                if (Files.readString(entry.resolve("type")).strip().equals("Instruction")) continue;
                int level = Integer.parseInt(
                        Files.readString(entry.resolve("level")).strip());
                String size = Files.readString(entry.resolve("size")).strip();
                if (level > 3) continue;
                assertThat(size).as("unit").endsWith("K");
                assertThat(found[level])
                        .as("level %d", level)
                        .isEqualTo(1024L * Long.parseLong(size.substring(0, size.length() - 1)));
            }
        }
    }

    @Test
    void masksTakeAwayWhatBuildsOnThem() {
        assertThat(EVERYTHING.masked("-avx2").names())
                .contains("avx", "fma", "amx_bf16")
                .noneMatch(n -> n.startsWith("avx512") || n.equals("avx2") || n.equals("avx_vnni"));
        assertThat(EVERYTHING.masked("-avx512f, -amx_tile").names())
                .containsExactly("sse4_1", "sse4_2", "popcnt", "bmi2", "avx", "f16c", "fma", "avx2", "avx_vnni");
        assertThat(EVERYTHING.masked("-avx512_vnni").features())
                .isEqualTo(EnumSet.complementOf(EnumSet.of(CpuFeature.AVX512_VNNI)));
        assertThat(EVERYTHING.masked("-sse4_1,-amx_tile").names()).containsExactly("popcnt", "bmi2");
    }

    @Test
    void wrongMasksAreRefused() {
        for (String wrong : List.of("avx2", "+avx2", "", "-", "-avx1024", "-avx2,", "-AVX2")) {
            assertThatThrownBy(() -> EVERYTHING.masked(wrong))
                    .as(wrong)
                    .isInstanceOfSatisfying(
                            DalangException.class,
                            e -> assertThat(e.failure()).isInstanceOf(Failure.InvalidRequest.class))
                    .hasMessageNotContaining("\n");
        }
        assertThatThrownBy(() -> EVERYTHING.masked("-avx1024"))
                .hasMessageContaining("avx1024")
                .hasMessageContaining("avx512_vnni");
    }

    /** With any mask: nothing masked is left, nothing stands without what it builds on, and nothing else is gone. */
    @Property
    void everyMaskLeavesASoundSet(@ForAll Set<CpuFeature> masked) {
        CpuFeatures left =
                EVERYTHING.without(masked.stream().map(CpuFeature::linuxName).collect(Collectors.toSet()));
        for (CpuFeature f : CpuFeature.values()) {
            boolean expected = !masked.contains(f) && left.features().containsAll(f.needs());
            assertThat(left.has(f)).as(f.linuxName()).isEqualTo(expected);
        }
    }

    /** A processor that announces a feature without its base, as hypervisors can make it, does not have it for us. */
    @Property
    void everySetIsClosed(@ForAll Set<CpuFeature> announced) {
        CpuFeatures f = new CpuFeatures(announced, "", 0, 0, 0, false, List.of());
        assertThat(announced).containsAll(f.features());
        for (CpuFeature feature : f.features()) assertThat(f.features()).containsAll(feature.needs());
    }

    @Test
    void namesAreFoundAgain() {
        for (CpuFeature f : CpuFeature.values())
            assertThat(CpuFeature.named(f.linuxName())).contains(f);
        assertThat(CpuFeature.named("mmx")).isEmpty();
        for (CpuFeature f : CpuFeature.values()) {
            for (CpuFeature need : f.needs())
                assertThat(need.ordinal()).as("%s", f).isLessThan(f.ordinal());
        }
    }
}
