package dev.dalang.hub.fit;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The graphics cards that NVIDIA's own tool names, where it is installed. */
public final class Gpus {

    private static final int MAX_ANSWER = 1 << 16;

    private Gpus() {}

    /** Empty where there is no card, no driver, or no answer within five seconds. */
    public static List<Machine.Gpu> find() {
        try {
            Process p = new ProcessBuilder(
                            "nvidia-smi", "--query-gpu=name,memory.total,memory.free", "--format=csv,noheader,nounits")
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            p.getOutputStream().close();
            if (!p.waitFor(5, TimeUnit.SECONDS)) {
                p.destroyForcibly();
                return List.of();
            }
            byte[] answer = p.getInputStream().readNBytes(MAX_ANSWER);
            return p.exitValue() == 0 ? parse(new String(answer, StandardCharsets.UTF_8)) : List.of();
        } catch (IOException e) {
            return List.of();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return List.of();
        }
    }

    /** Lines of {@code name, MiB in all, MiB free}. */
    static List<Machine.Gpu> parse(String answer) {
        List<Machine.Gpu> gpus = new ArrayList<>();
        for (String line : answer.lines().toList()) {
            String[] parts = line.split(",");
            if (parts.length != 3) continue;
            try {
                gpus.add(new Machine.Gpu(
                        parts[0].strip(),
                        Long.parseLong(parts[1].strip()) << 20,
                        Long.parseLong(parts[2].strip()) << 20));
            } catch (NumberFormatException e) {
                // A card in a mode without such numbers is left out.
            }
        }
        return gpus;
    }
}
