package dev.dalang.cli;

import dev.dalang.engine.format.BlockType;
import dev.dalang.engine.generate.LoadOptions;
import dev.dalang.engine.kernel.KernelTier;
import dev.dalang.engine.kernel.MemoryBandwidth;
import dev.dalang.hub.fit.Bandwidth;
import dev.dalang.hub.fit.Gpus;
import dev.dalang.hub.fit.Machine;
import dev.dalang.hub.fit.ModelShape;
import dev.dalang.hub.fit.Rates;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What this machine was measured to reach, remembered in {@code $DALANG_HOME/machine.json}. Another processor, number of
 * threads or kernel tier measures anew, and so does {@code --measure}.
 */
final class MachineMemory {

    private static final Duration BANDWIDTH_TIME = Duration.ofMillis(500);
    private static final long BANDWIDTH_BYTES = 512L << 20;
    private static final int BANDWIDTH_READINGS = 8;

    /** What was measured in another way before is measured again. */
    private static final int METHOD = 3;

    /** A fit leaves out scheduling, caches and the weather; less than this would be boasting. */
    private static final double LEAST_UNCERTAINTY = 0.2;

    /** On a quiet machine the trials differ by a few percent. */
    private static final double BUSY = 0.4;

    /** Of the elements that a token goes through. */
    private static final double LEAST_SHARE = 0.02;

    private final Surroundings around;
    private final LoadOptions options;
    private final Path file;
    private final String key;
    private final Map<String, Double> numbers = new LinkedHashMap<>();

    MachineMemory(Surroundings around, LoadOptions options, boolean forget) {
        this.around = around;
        this.options = options;
        this.file = around.home().resolve("machine.json");
        var machine = new dev.dalang.cli.Machine();
        this.key = machine.cpuModel() + "; " + options.effectiveThreads() + " threads; "
                + KernelTier.named(options.kernels()).description() + "; method " + METHOD;
        if (!forget) read();
    }

    /** This machine, its bandwidth measured when it is not remembered. */
    Machine machine(Path store) {
        var here = new dev.dalang.cli.Machine();
        return new Machine(
                here.cpuModel(),
                here.availableCores(),
                here.kernelFeatures(),
                here.memoryTotal(),
                here.memoryAvailable(),
                dev.dalang.cli.Machine.diskFree(store),
                numbers.getOrDefault("bandwidth", 0.0),
                Gpus.find());
    }

    /** The engine's rates for these types of blocks, measured where they are not remembered. */
    Rates rates(Set<BlockType> types) {
        boolean news = false;
        if (!numbers.containsKey("bandwidth")) {
            around.say("measuring this machine, once ...");
            numbers.put("bandwidth", bandwidth());
            news = true;
        }
        if (!numbers.containsKey("attention")) {
            EngineProbe.Attention a = EngineProbe.attention(options);
            numbers.put("attention", a.perSecond());
            numbers.put("attention.prompt", a.ofPrompt());
            numbers.put("attention.spread", a.spread());
            news = true;
        }
        for (BlockType type : types) {
            if (!EngineProbe.can(type) || numbers.containsKey(type + ".read")) continue;
            EngineProbe.Measured m = EngineProbe.type(type, options);
            numbers.put(type + ".read", m.rate().readBytesPerSecond());
            numbers.put(type + ".multiply", m.rate().multiplyAddsPerSecond());
            numbers.put(type + ".spread", m.spread());
            news = true;
        }
        if (news) write();
        Map<BlockType, Rates.Rate> byType = new EnumMap<>(BlockType.class);
        double spread = 0;
        for (BlockType type : BlockType.values()) {
            Double read = numbers.get(type + ".read");
            Double multiply = numbers.get(type + ".multiply");
            if (read == null || multiply == null) continue;
            byType.put(type, new Rates.Rate(read, multiply));
            if (types.contains(type)) spread = Math.max(spread, numbers.getOrDefault(type + ".spread", 0.0));
        }
        if (spread > BUSY) {
            around.say("the measurements scatter by " + Math.round(100 * spread)
                    + " %: other programs were running; --measure measures again");
        }
        return new Rates(
                byType, number("attention"), number("attention.prompt"), Math.clamp(spread, LEAST_UNCERTAINTY, 0.9));
    }

    /** In machine code where it runs, as the engine's kernels read; a loop in Java does not reach the roof. */
    private double bandwidth() {
        int threads = options.effectiveThreads();
        return MemoryBandwidth.read(BANDWIDTH_BYTES, threads, BANDWIDTH_READINGS)
                .orElseGet(() -> Bandwidth.measure(threads, BANDWIDTH_TIME));
    }

    private double number(String name) {
        Double value = numbers.get(name);
        return value == null ? 1 : value;
    }

    private void read() {
        try {
            if (!Files.isRegularFile(file)) return;
            Object tree = Json.parse(Files.readString(file), file.toString());
            if (!(tree instanceof Map<?, ?> map) || !key.equals(map.get("machine"))) return;
            if (!(map.get("measured") instanceof Map<?, ?> measured)) return;
            measured.forEach((name, value) -> {
                if (value instanceof Number n && n.doubleValue() >= 0) {
                    numbers.put(String.valueOf(name), n.doubleValue());
                }
            });
        } catch (IOException | RuntimeException e) {
            // What cannot be read is measured again.
            numbers.clear();
        }
    }

    private void write() {
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        tree.put("machine", key);
        tree.put("measured", new LinkedHashMap<>(numbers));
        try {
            Private.write(file, Json.pretty(tree) + "\n");
        } catch (IOException e) {
            around.say("the measurements are not remembered: " + Errors.describe(e));
        }
    }

    /** The types that cost something in a set of shapes: a few small tensors are not worth a measurement. */
    static Set<BlockType> types(List<ModelShape> shapes) {
        Set<BlockType> types = EnumSet.noneOf(BlockType.class);
        for (ModelShape s : shapes) {
            long all = s.elementsPerToken().values().stream()
                    .mapToLong(Long::longValue)
                    .sum();
            s.elementsPerToken().forEach((type, n) -> {
                if (n >= all * LEAST_SHARE) types.add(type);
            });
        }
        return types;
    }
}
