package dev.dalang.cli;

import dev.dalang.hub.store.InstalledModel;
import dev.dalang.hub.store.Library;
import dev.dalang.hub.store.Store;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code dalang du}: what models take on the disk. */
@Command(name = "du", description = "Show what models take on the disk.")
final class DuCommand implements Callable<Integer> {

    @Option(names = "--json", description = "As JSON.")
    boolean json;

    private final Surroundings around;

    DuCommand(Surroundings around) {
        this.around = around;
    }

    @Override
    public Integer call() {
        Library library = around.store();
        Store.Usage usage = library.store().usage();
        Map<String, Long> others = new LinkedHashMap<>();
        for (InstalledModel m : library.list()) {
            if (m.manifest() == null) others.merge(m.holder().word(), m.bytes(), Long::sum);
        }
        if (json) {
            Map<String, Object> report = new LinkedHashMap<>();
            report.put("folder", library.folder().toString());
            report.put("models", usage.models());
            report.put("blobs", usage.blobs());
            report.put("partial", usage.partial());
            report.put("others", others);
            around.out().println(Json.pretty(report));
            return ExitCode.DONE;
        }
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("WHAT", "SIZE"));
        usage.models().forEach((name, bytes) -> rows.add(List.of(name, Text.bytes(bytes))));
        rows.add(List.of("(all of the store, shared files once)", Text.bytes(usage.blobs())));
        if (usage.partial() > 0) rows.add(List.of("(pulls under way or interrupted)", Text.bytes(usage.partial())));
        others.forEach((holder, bytes) -> rows.add(List.of("(in place: " + holder + ")", Text.bytes(bytes))));
        around.out().print(Text.table(rows));
        return ExitCode.DONE;
    }
}
