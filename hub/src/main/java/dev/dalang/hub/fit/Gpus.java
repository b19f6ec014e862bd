package dev.dalang.hub.fit;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The graphics cards: as NVIDIA's own tool names them, else its driver; and AMD's by what Linux says of them. */
public final class Gpus {

    private static final int MAX_ANSWER = 1 << 16;
    private static final String AMD = "0x1002";

    private Gpus() {}

    /** With what NVIDIA's tool says, which is started for it; empty where there is no card. */
    public static List<Machine.Gpu> find() {
        return find(Path.of("/"), nvidiaSmi());
    }

    /** Without starting a program: of NVIDIA's cards the names alone are known then. */
    public static List<Machine.Gpu> ofSystem(Path root) {
        return find(root, "");
    }

    static List<Machine.Gpu> find(Path root, String nvidiaSmi) {
        List<Machine.Gpu> gpus = new ArrayList<>(parse(nvidiaSmi));
        if (gpus.isEmpty()) gpus.addAll(nvidiaDriver(root));
        gpus.addAll(amd(root));
        return gpus;
    }

    /** Empty where it is not installed, fails, or does not answer within five seconds. */
    private static String nvidiaSmi() {
        try {
            Process p = new ProcessBuilder(
                            "nvidia-smi", "--query-gpu=name,memory.total,memory.free", "--format=csv,noheader,nounits")
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            p.getOutputStream().close();
            if (!p.waitFor(5, TimeUnit.SECONDS)) {
                p.destroyForcibly();
                return "";
            }
            byte[] answer = p.getInputStream().readNBytes(MAX_ANSWER);
            return p.exitValue() == 0 ? new String(answer, StandardCharsets.UTF_8) : "";
        } catch (IOException e) {
            return "";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "";
        }
    }

    /** Lines of {@code name, MiB in all, MiB free}; cards that share the machine's memory have no such numbers. */
    static List<Machine.Gpu> parse(String answer) {
        List<Machine.Gpu> gpus = new ArrayList<>();
        for (String line : answer.lines().toList()) {
            String[] parts = line.split(",");
            if (parts.length == 3)
                gpus.add(new Machine.Gpu(parts[0].strip(), mebibytes(parts[1]), mebibytes(parts[2])));
        }
        return gpus;
    }

    private static @Nullable Long mebibytes(String number) {
        Long n = number(number);
        return n == null ? null : n << 20;
    }

    /** NVIDIA's driver names its cards in /proc. */
    private static List<Machine.Gpu> nvidiaDriver(Path root) {
        List<Machine.Gpu> gpus = new ArrayList<>();
        for (Path card : entries(root.resolve("proc/driver/nvidia/gpus"))) {
            for (String line : text(card.resolve("information")).lines().toList()) {
                if (!line.startsWith("Model:")) continue;
                gpus.add(new Machine.Gpu(line.substring("Model:".length()).strip(), null, null));
            }
        }
        return gpus;
    }

    /** Linux's driver of AMD's cards says how much memory they have. */
    private static List<Machine.Gpu> amd(Path root) {
        List<Machine.Gpu> gpus = new ArrayList<>();
        for (Path card : entries(root.resolve("sys/class/drm"))) {
            // card0 is a card, card0-HDMI-A-1 one of its sockets.
            if (!card.getFileName().toString().matches("card\\d+")) continue;
            Path device = card.resolve("device");
            if (!text(device.resolve("vendor")).strip().equals(AMD)) continue;
            String name = text(device.resolve("product_name")).strip();
            Long total = number(text(device.resolve("mem_info_vram_total")));
            Long used = number(text(device.resolve("mem_info_vram_used")));
            gpus.add(new Machine.Gpu(
                    name.isEmpty() ? "AMD " + text(device.resolve("device")).strip() : name,
                    total,
                    total == null || used == null ? null : total - used));
        }
        return gpus;
    }

    private static @Nullable Long number(String text) {
        try {
            return Long.valueOf(text.strip());
        } catch (NumberFormatException e) {
            return null;
        }
    }

    private static List<Path> entries(Path folder) {
        if (!Files.isDirectory(folder)) return List.of();
        try (var list = Files.list(folder)) {
            return list.sorted().toList();
        } catch (IOException e) {
            return List.of();
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return "";
        }
    }
}
