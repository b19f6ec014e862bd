package dev.dalang.cli;

import dev.dalang.engine.arch.Families;
import dev.dalang.engine.kernel.KernelTier;
import dev.dalang.engine.kernel.Kernels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code dalang doctor}: this machine and this installation. */
@Command(name = "doctor", description = "Describe this machine and this installation.")
final class DoctorCommand implements Callable<Integer> {

    @Option(names = "--json", description = "As JSON.")
    boolean json;

    @Option(names = "--config", description = "Print the configuration file, every key explained.")
    boolean config;

    @Mixin
    LinkFlags link = new LinkFlags();

    private final Surroundings around;

    DoctorCommand(Surroundings around) {
        this.around = around;
    }

    @Override
    public Integer call() {
        if (config) {
            around.out().print(Configuration.read(around).commented());
            return ExitCode.DONE;
        }
        Map<String, @Nullable Object> report = report(new Machine());
        if (json) {
            around.out().println(Json.pretty(report));
        } else {
            print(report);
        }
        return ExitCode.DONE;
    }

    /** All findings, as a tree. */
    Map<String, @Nullable Object> report(Machine machine) {
        Map<String, @Nullable Object> dalang = new LinkedHashMap<>();
        dalang.put("version", Dalang.Version.number());
        dalang.put("home", around.home().toString());
        Path config = Configuration.file(around);
        dalang.put("config", config.toString());
        dalang.put("config_exists", Files.isRegularFile(config));
        dalang.put("store", around.store().folder().toString());
        dalang.put("models", around.store().list().size());

        Map<String, @Nullable Object> java = new LinkedHashMap<>();
        java.put("version", System.getProperty("java.version"));
        java.put("vendor", System.getProperty("java.vendor"));
        java.put("vm", System.getProperty("java.vm.name"));
        java.put("home", System.getProperty("java.home"));
        java.put("max_heap_bytes", Runtime.getRuntime().maxMemory());

        Map<String, @Nullable Object> os = new LinkedHashMap<>();
        os.put("name", System.getProperty("os.name"));
        os.put("version", System.getProperty("os.version"));
        os.put("arch", System.getProperty("os.arch"));
        os.put("transparent_huge_pages", machine.hugePages());

        Map<String, @Nullable Object> cpu = new LinkedHashMap<>();
        cpu.put("model", machine.cpuModel());
        cpu.put("cores_available", machine.availableCores());
        cpu.put("cores_physical", machine.physicalCores());
        cpu.put("features", machine.kernelFeatures());

        Kernels kernels = KernelTier.best();
        Map<String, @Nullable Object> engine = new LinkedHashMap<>();
        engine.put("kernels", kernels.name());
        engine.put("kernels_detail", kernels.description());
        engine.put("kernels_refused", kernels.refusals() == null ? "none" : kernels.refusals());
        engine.put("kernels_cpu_features", KernelTier.processorFeatures());
        kernels.close();
        List<String> families = new ArrayList<>();
        Families.names().forEach(families::add);
        engine.put("architectures", families);

        Map<String, @Nullable Object> memory = new LinkedHashMap<>();
        memory.put("total_bytes", machine.memoryTotal());
        memory.put("available_bytes", machine.memoryAvailable());

        Map<String, @Nullable Object> report = new LinkedHashMap<>();
        report.put("dalang", dalang);
        report.put("java", java);
        report.put("os", os);
        report.put("cpu", cpu);
        report.put("engine", engine);
        report.put("memory", memory);
        report.put("disk_free_bytes", Machine.diskFree(around.store().folder()));
        report.put("gpus", machine.gpus());
        report.put("server", new ServerReport(around, link).tree());
        return report;
    }

    private void print(Map<String, @Nullable Object> report) {
        List<List<String>> rows = new ArrayList<>();
        report.forEach((section, value) -> {
            if (value instanceof Map<?, ?> fields) {
                rows.add(List.of(section, ""));
                fields.forEach((name, v) -> rows.add(List.of("  " + label(name), shown(name, v))));
            } else {
                rows.add(List.of(label(section), shown(section, value)));
            }
        });
        around.out().print(Text.table(rows));
    }

    private static String label(Object name) {
        return String.valueOf(name).replace("_bytes", "").replace('_', ' ');
    }

    private static String shown(Object name, @Nullable Object value) {
        return switch (value) {
            case null -> "unknown";
            case Long n when name.toString().endsWith("bytes") -> Text.bytes(n);
            case List<?> list when list.isEmpty() -> "none";
            case List<?> list ->
                String.join(" ", list.stream().map(String::valueOf).toList());
            case Boolean b -> b ? "yes" : "no";
            default -> Text.oneLine(String.valueOf(value));
        };
    }
}
