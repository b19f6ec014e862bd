package dev.dalang.hub.fit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Graphics cards by what tools and drivers say; that of the H200 was recorded (driver 580.159.04). */
class GpusTest {

    private static final String H200 = "NVIDIA H200, 143771, 143156\n";

    private static final String H200_INFORMATION = """
            Model: \t\t NVIDIA H200
            IRQ:   \t\t 41
            GPU UUID: \t GPU-00000000-0000-0000-0000-000000000000
            Video BIOS: \t 96.00.a5.00.1a
            Bus Type: \t PCIe
            DMA Size: \t 52 bits
            DMA Mask: \t 0xfffffffffffff
            Bus Location: \t 0000:00:06.0
            Device Minor: \t 0
            GPU Firmware: \t 580.159.04
            GPU Excluded:\t No
            """;

    @TempDir
    Path root;

    private void file(String name, String text) throws IOException {
        Path file = root.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    @Test
    void nvidiasToolIsRead() throws IOException {
        file("proc/driver/nvidia/gpus/0000:00:06.0/information", H200_INFORMATION);
        assertThat(Gpus.find(root, H200))
                .as("once, though the driver names it too")
                .containsExactly(new Machine.Gpu("NVIDIA H200", 143_771L << 20, 143_156L << 20));
        assertThat(Gpus.find(root, H200 + H200)).hasSize(2);
    }

    @Test
    void aCardThatSharesTheMachinesMemoryHasNoneOfItsOwn() {
        assertThat(Gpus.find(root, "NVIDIA GB10, [N/A], [N/A]\n"))
                .containsExactly(new Machine.Gpu("NVIDIA GB10", null, null));
    }

    @Test
    void withoutTheToolTheDriverNamesTheCard() throws IOException {
        file("proc/driver/nvidia/gpus/0000:00:06.0/information", H200_INFORMATION);
        Machine.Gpu named = new Machine.Gpu("NVIDIA H200", null, null);
        assertThat(Gpus.ofSystem(root)).containsExactly(named);
        // What the tool says on standard output when it finds no driver.
        String failed =
                "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that the"
                        + " latest NVIDIA driver is installed and running.\n";
        assertThat(Gpus.find(root, failed)).containsExactly(named);
    }

    @Test
    void amdsCardsAreFoundByTheSystem() throws IOException {
        file("sys/class/drm/card0/device/vendor", "0x1002\n");
        file("sys/class/drm/card0/device/device", "0x744c\n");
        file("sys/class/drm/card0/device/mem_info_vram_total", "25753026560\n");
        file("sys/class/drm/card0/device/mem_info_vram_used", "753026560\n");
        file("sys/class/drm/card0-DP-1/device/vendor", "0x1002\n");
        file("sys/class/drm/card1/device/vendor", "0x1002\n");
        file("sys/class/drm/card1/device/product_name", "AMD Instinct MI300X\n");
        file("sys/class/drm/card2/device/vendor", "0x8086\n");
        file("sys/class/drm/version", "drm 1.1.0 20060810\n");
        assertThat(Gpus.ofSystem(root))
                .containsExactly(
                        new Machine.Gpu("AMD 0x744c", 25_753_026_560L, 25_000_000_000L),
                        new Machine.Gpu("AMD Instinct MI300X", null, null));
    }

    @Test
    void withoutACardThereIsNone() {
        assertThat(Gpus.find(root, "")).isEmpty();
        assertThat(Gpus.find(root, "No devices were found\n")).isEmpty();
    }
}
