package dev.dalang.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MachineTest {

    @TempDir
    Path root;

    private void file(String name, String text) throws IOException {
        Path file = root.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    @Test
    void readsX86() throws IOException {
        String core =
                "model name\t: AMD EPYC\nphysical id\t: %d\ncore id\t\t: %d\nflags\t\t: fpu avx avx2 fma f16c mmx\n\n";
        file("proc/cpuinfo", core.formatted(0, 0) + core.formatted(0, 0) + core.formatted(0, 1) + core.formatted(1, 0));
        file("sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n");
        file("proc/driver/nvidia/gpus/0000:01:00.0/information", "Model: \t\t NVIDIA H200\nIRQ:   1\n");
        Machine machine = new Machine(root);
        assertThat(machine.cpuModel()).isEqualTo("AMD EPYC");
        assertThat(machine.physicalCores()).isEqualTo(3);
        assertThat(machine.kernelFeatures()).containsExactly("avx", "f16c", "fma", "avx2");
        assertThat(machine.hugePages()).isEqualTo("madvise");
        assertThat(machine.gpus()).containsExactly("NVIDIA H200");
    }

    @Test
    void readsAarch64() throws IOException {
        file("proc/cpuinfo", "processor\t: 0\nFeatures\t: fp asimd asimddp i8mm sve\nCPU part\t: 0xd40\n");
        assertThat(new Machine(root).kernelFeatures()).containsExactly("asimd", "asimddp", "i8mm", "sve");
    }

    @Test
    void nothingThereIsNoFailure() throws IOException {
        file("proc/meminfo", "MemAvailable: plenty\n");
        Machine machine = new Machine(root);
        assertThat(machine.cpuModel()).isNull();
        assertThat(machine.physicalCores()).isNull();
        assertThat(machine.kernelFeatures()).isEmpty();
        assertThat(machine.hugePages()).isNull();
        assertThat(machine.gpus()).isEmpty();
        assertThat(machine.memoryAvailable()).isPositive();
        assertThat(Machine.diskFree(root.resolve("not/yet/there"))).isPositive();
    }
}
