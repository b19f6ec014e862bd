package dev.dalang.cli;

import dev.dalang.hub.catalogue.CatalogueModel;
import dev.dalang.hub.store.InstalledModel;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code dalang outdated}: installed models that others have taken the place of. */
@Command(
        name = "outdated",
        description = "Show installed models that have a successor, by the catalogue; nothing is fetched for it.")
final class OutdatedCommand implements Callable<Integer> {

    @Option(names = "--json", description = "As JSON.")
    boolean json;

    private final Surroundings around;

    OutdatedCommand(Surroundings around) {
        this.around = around;
    }

    @Override
    public Integer call() {
        CatalogueAccess access = new CatalogueAccess(around);
        InstalledLicences installed = new InstalledLicences(access);
        FitsHere here = new FitsHere(
                new Machine().memoryAvailable(), Machine.diskFree(around.store().folder()));
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("MODEL", "IS", "SUCCESSOR", "WHICH IS FROM", "UNDER", "HERE"));
        List<Object> trees = new ArrayList<>();
        int unknown = 0;
        for (InstalledModel m : around.store().list()) {
            Optional<CatalogueModel> known = installed.known(m);
            if (known.isEmpty()) {
                unknown++;
                continue;
            }
            CatalogueModel latest = access.catalogue().latest(known.get());
            if (latest.name().equals(known.get().name())) continue;
            rows.add(List.of(
                    Text.oneLine(m.name()),
                    known.get().name(),
                    latest.name(),
                    latest.released() == null ? "?" : latest.released().toString(),
                    latest.licence(),
                    here.describe(latest)));
            Map<String, @Nullable Object> tree = new LinkedHashMap<>();
            tree.put("name", m.name());
            tree.put("catalogue_name", known.get().name());
            tree.put("successor", latest.name());
            tree.put(
                    "released",
                    latest.released() == null ? null : latest.released().toString());
            tree.put("licence", latest.licence());
            trees.add(tree);
        }
        if (json) {
            around.out().println(Json.pretty(Map.of("outdated", trees)));
            return ExitCode.DONE;
        }
        if (rows.size() > 1) around.out().print(Text.table(rows));
        else
            around.say("nothing here has a successor in the catalogue of "
                    + access.catalogue().date());
        if (unknown > 0) around.say(Text.plural(unknown, "model") + " here that the catalogue does not know");
        return ExitCode.DONE;
    }
}
