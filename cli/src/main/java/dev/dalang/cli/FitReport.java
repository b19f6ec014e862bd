package dev.dalang.cli;

import dev.dalang.engine.format.BlockType;
import dev.dalang.hub.catalogue.CatalogueModel;
import dev.dalang.hub.catalogue.CatalogueModel.PublishedFile;
import dev.dalang.hub.fit.FitTable;
import dev.dalang.hub.fit.FitTable.Row;
import dev.dalang.hub.fit.Machine;
import dev.dalang.hub.fit.Memory;
import dev.dalang.hub.fit.Speed;
import dev.dalang.hub.pull.Place;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** A fit as a table for people, or as a tree for programs. */
final class FitReport {

    private final Surroundings around;
    private final String model;
    private final @Nullable CatalogueModel known;
    private final Machine machine;
    private final BlockType cacheType;
    private final FitTable table;

    /**
     * @param known null for a file that is here
     * @param cacheType of keys and values in the rows
     */
    FitReport(
            Surroundings around,
            String model,
            @Nullable CatalogueModel known,
            Machine machine,
            BlockType cacheType,
            FitTable table) {
        this.cacheType = cacheType;
        this.around = around;
        this.model = model;
        this.known = known;
        this.machine = machine;
        this.table = table;
    }

    void print() {
        around.out().println(Text.oneLine(known == null ? model : known.title() + "  (" + known.name() + ")"));
        around.out().println(machineLine());
        for (Machine.Gpu g : machine.gpus()) {
            around.out()
                    .println("GPU " + Text.oneLine(g.name())
                            + (g.memoryTotal() == null ? "" : " with " + Text.bytes(g.memoryTotal()))
                            + ": not used by this engine");
        }
        around.out().println();
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of(
                "QUANT",
                "CONTEXT",
                "REQUESTS",
                "WEIGHTS",
                "KV " + cacheType,
                "KV Q8_0",
                "WORKING",
                "TOTAL",
                "READ t/s",
                "WRITE t/s",
                "VERDICT"));
        for (Row r : table.rows()) rows.add(row(r));
        around.out().print(Text.table(informative(rows), TerminalSize.width(around)));
        around.out().println();
        conclusion();
        if (known != null) notes(known);
    }

    /** Without columns that say nothing or the same in each row, and narrower where it must be. */
    private List<List<String>> informative(List<List<String>> rows) {
        List<Integer> gone = new ArrayList<>();
        if (table.rows().stream().mapToInt(Row::parallel).distinct().count() == 1
                && table.rows().size() > 1) gone.add(2);
        for (int speed : new int[] {8, 9}) {
            if (rows.stream().skip(1).allMatch(r -> r.get(speed).isEmpty())) gone.add(speed);
        }
        return rows.stream()
                .map(row -> IntStream.range(0, row.size())
                        .filter(i -> !gone.contains(i))
                        .mapToObj(row::get)
                        .toList())
                .toList();
    }

    private String machineLine() {
        StringBuilder line = new StringBuilder();
        line.append(machine.cores()).append(" cores");
        if (machine.cpu() != null)
            line.append(" (").append(Text.oneLine(machine.cpu())).append(")");
        line.append(", memory ").append(Text.bytes(machine.memoryAvailable())).append(" free of ");
        line.append(Text.bytes(machine.memoryTotal()));
        if (machine.bandwidth() > 0)
            line.append(" at ").append(Text.bytes((long) machine.bandwidth())).append("/s");
        if (machine.diskFree() != null)
            line.append(", disk ").append(Text.bytes(machine.diskFree())).append(" free");
        return line.toString();
    }

    private List<String> row(Row r) {
        Memory m = r.memory();
        boolean unknown = cacheUnknown(r);
        Speed speed = r.speed();
        return List.of(
                Text.oneLine(r.shape().quantisation()) + (r.shape().exact() ? "" : "~"),
                Integer.toString(r.context()),
                Integer.toString(r.parallel()),
                Text.bytes(m.weights()),
                unknown ? "?" : Text.bytes(m.cache()),
                unknown ? "?" : Text.bytes(r.cacheQ8()),
                Text.bytes(m.working() + m.copies() + m.runtime()),
                (unknown ? ">" : "") + Text.bytes(m.total()),
                speed == null ? "" : speed(speed.prefill()),
                speed == null ? "" : speed(speed.decode()),
                r.verdict().word() + (r.diskFits() ? "" : " (disk)"));
    }

    private static boolean cacheUnknown(Row r) {
        return r.shape().cache().isEmpty() && r.shape().stateBytes() == 0;
    }

    private static String speed(double tokens) {
        return Text.format(tokens >= 10 ? "%.0f" : "%.1f", tokens);
    }

    private void conclusion() {
        Row best = table.recommended();
        if (best == null) {
            around.out().println("Nothing of it fits here. What would make it fit: " + table.remedy() + ".");
            return;
        }
        PublishedFile f = known == null ? null : Place.file(known, best.shape().quantisation());
        around.out()
                .println("Recommended: " + best.shape().quantisation() + " with a context of " + best.context() + ", "
                        + Text.bytes(best.memory().total()) + " in all, "
                        + best.verdict().word() + ".");
        if (known != null && f != null) {
            String quant = f.equals(Place.file(known, null)) ? "" : " --quant " + f.quantisation();
            around.out().println("Fetch it with: dalang pull " + known.name() + quant);
        }
        Speed speed = best.speed();
        if (speed != null) {
            around.out()
                    .println("Speeds are for a context half full, measured on this machine, ±"
                            + Math.round(100 * speed.uncertainty()) + " %.");
        }
    }

    private void notes(CatalogueModel m) {
        around.out().println("~ sizes of the catalogue, within about 5 %; the file's header is exact.");
        if (table.rows().stream().anyMatch(FitReport::cacheUnknown)) {
            around.out().println("? the catalogue does not know its attention, so that the cache is not counted.");
        }
        if (!CatalogueAccess.runs(m)) {
            around.out().println("This build does not run the architecture " + m.architecture() + " yet.");
        }
        if (m.note() != null) around.out().println("Note: " + m.note() + ".");
    }

    Map<String, @Nullable Object> tree() {
        Map<String, @Nullable Object> here = new LinkedHashMap<>();
        here.put("cpu", machine.cpu());
        here.put("cores", machine.cores());
        here.put("features", machine.features());
        here.put("memory_total_bytes", machine.memoryTotal());
        here.put("memory_available_bytes", machine.memoryAvailable());
        here.put("memory_bandwidth_bytes_per_second", machine.bandwidth() == 0 ? null : machine.bandwidth());
        here.put("disk_free_bytes", machine.diskFree());
        List<Object> gpus = new ArrayList<>();
        for (Machine.Gpu g : machine.gpus()) {
            Map<String, @Nullable Object> gpu = new LinkedHashMap<>();
            gpu.put("name", g.name());
            gpu.put("memory_total_bytes", g.memoryTotal());
            gpu.put("memory_free_bytes", g.memoryFree());
            gpus.add(gpu);
        }
        here.put("gpus", gpus);
        List<Object> rows = new ArrayList<>();
        for (Row r : table.rows()) rows.add(tree(r));
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        tree.put("model", known == null ? model : known.name());
        tree.put("machine", here);
        tree.put("rows", rows);
        tree.put("recommended", table.recommended() == null ? null : tree(table.recommended()));
        tree.put("remedy", table.remedy().isEmpty() ? null : table.remedy());
        return tree;
    }

    private static Map<String, @Nullable Object> tree(Row r) {
        Map<String, @Nullable Object> row = new LinkedHashMap<>();
        row.put("quantisation", r.shape().quantisation());
        row.put("exact", r.shape().exact());
        row.put("context", r.context());
        row.put("requests", r.parallel());
        row.put("weights_bytes", r.memory().weights());
        row.put("cache_bytes", cacheUnknown(r) ? null : r.memory().cache());
        row.put("cache_q8_0_bytes", cacheUnknown(r) ? null : r.cacheQ8());
        row.put("copies_bytes", r.memory().copies());
        row.put("working_bytes", r.memory().working());
        row.put("runtime_bytes", r.memory().runtime());
        row.put("total_bytes", r.memory().total());
        row.put("disk_bytes", r.shape().fileBytes());
        row.put("disk_fits", r.diskFits());
        Speed speed = r.speed();
        row.put("prefill_tokens_per_second", speed == null ? null : speed.prefill());
        row.put("decode_tokens_per_second", speed == null ? null : speed.decode());
        row.put("speed_uncertainty", speed == null ? null : speed.uncertainty());
        row.put("verdict", r.verdict().word());
        return row;
    }
}
