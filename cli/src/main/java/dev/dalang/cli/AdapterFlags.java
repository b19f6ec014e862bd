package dev.dalang.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Option;

/** The flag of verbs that evaluate a model under LoRA adapters. */
final class AdapterFlags {
    @Option(
            names = "--lora",
            paramLabel = "PATH[=SCALE]",
            description = "A LoRA adapter to apply: a GGUF file or a PEFT folder. Can be given several times.")
    List<String> adapters = new ArrayList<>();

    /** Paths with their factors, 1 where none is given. */
    Map<Path, Float> scales() {
        Map<Path, Float> scales = new LinkedHashMap<>();
        for (String adapter : adapters) {
            Path path = Path.of(adapter);
            float scale = 1;
            int at = adapter.lastIndexOf('=');
            if (at > 0) {
                try {
                    scale = Float.parseFloat(adapter.substring(at + 1));
                    path = Path.of(adapter.substring(0, at));
                } catch (NumberFormatException e) {
                    throw Errors.usage("--lora " + adapter + ": what follows the last = must be a number");
                }
            }
            if (!Float.isFinite(scale)) throw Errors.usage("--lora " + adapter + ": the scale must be finite");
            if (scales.put(path, scale) != null) throw Errors.usage("--lora names " + path + " twice");
        }
        return scales;
    }

    /** As {@link #scales}, by the names under which the engine loads them. */
    Map<String, Float> byName() {
        Map<String, Float> named = new LinkedHashMap<>();
        scales().forEach((path, scale) -> named.put(path.toString(), scale));
        return named;
    }
}
