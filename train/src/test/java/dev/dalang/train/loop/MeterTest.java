package dev.dalang.train.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Energy from counters laid out as Linux lays them out, and speed from given times. */
class MeterTest {

    @TempDir
    Path powercap;

    private void zone(String name, long energy) throws IOException {
        Path zone = Files.createDirectories(powercap.resolve(name));
        Files.writeString(zone.resolve("energy_uj"), energy + "\n");
        Files.writeString(zone.resolve("max_energy_range_uj"), "10000000\n");
    }

    @Test
    void packagesAreAddedUp() throws IOException {
        zone("intel-rapl:0", 9_000_000);
        zone("intel-rapl:0:0", 0);
        zone("intel-rapl:1", 5);
        Meter meter = new Meter(powercap);
        zone("intel-rapl:0", 9_500_000);
        zone("intel-rapl:0:0", 400_000);
        meter.step(0, 1, 1);
        // Full, and from zero again: half a joule to the top, and one more.
        zone("intel-rapl:0", 1_000_000);
        zone("intel-rapl:1", 2_000_005);
        assertThat(meter.effort().joules().orElseThrow()).isCloseTo(0.5 + 0.5 + 1 + 2, Offset.offset(1e-9));
    }

    @Test
    void whatCannotBeReadIsNotGuessed() throws IOException {
        assertThat(new Meter(powercap).effort().joules()).isEmpty();
        assertThat(new Meter(powercap.resolve("none")).effort().joules()).isEmpty();
        zone("intel-rapl:0", 1);
        Meter meter = new Meter(powercap);
        assertThat(meter.effort().joules()).hasValue(0);
        Files.delete(powercap.resolve("intel-rapl:0/energy_uj"));
        assertThat(meter.effort().joules()).isEmpty();
        assertThat(meter.effort().plus(Effort.NONE).joules()).isEmpty();
    }

    @Test
    void speedIsThatOfTheLastSteps() {
        Meter meter = new Meter(powercap);
        assertThat(meter.tokensPerSecond()).isZero();
        assertThat(meter.timeFor(10)).isZero();
        long second = 1_000_000_000;
        for (long i = 0; i < 30; i++) meter.step(i * second, (i + 1) * second, 1);
        // Each with as long a pause before it.
        for (long i = 30; i < 50; i++) meter.step((2 * i - 29) * second, (2 * i - 28) * second, 200);
        assertThat(meter.tokensPerSecond()).isCloseTo(200, Offset.offset(1e-9));
        // Fifty steps within seventy seconds.
        assertThat(meter.timeFor(10)).hasSeconds(14);
    }
}
