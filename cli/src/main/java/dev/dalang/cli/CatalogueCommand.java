package dev.dalang.cli;

import dev.dalang.hub.catalogue.Catalogue;
import dev.dalang.hub.catalogue.CatalogueModel;
import dev.dalang.hub.catalogue.CatalogueModel.Access;
import dev.dalang.hub.catalogue.Catalogues;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code dalang catalogue}: which edition is in use, and from where its facts are. */
@Command(name = "catalogue", description = "Show the catalogue in use; fetch a newer one; sign your own.")
final class CatalogueCommand implements Callable<Integer> {

    @Option(names = "--json", description = "As JSON.")
    boolean json;

    private final Surroundings around;

    CatalogueCommand(Surroundings around) {
        this.around = around;
    }

    @Override
    public Integer call() {
        Catalogues.Loaded loaded = new CatalogueAccess(around).catalogues().current();
        if (json) {
            Map<String, @Nullable Object> tree = CatalogueReport.edition(loaded);
            tree.put("models", loaded.catalogue().models().size());
            around.out().println(Json.pretty(tree));
        } else {
            print(loaded, around);
        }
        return ExitCode.DONE;
    }

    static void print(Catalogues.Loaded loaded, Surroundings around) {
        Catalogue c = loaded.catalogue();
        long open = c.models().stream().filter(m -> m.access() == Access.OPEN).count();
        long facts = 0;
        long verified = 0;
        for (CatalogueModel m : c.models()) {
            for (CatalogueModel.FactSource s : m.sources()) {
                facts += s.facts().size();
                if (s.verified()) verified += s.facts().size();
            }
        }
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("date", c.date().toString()));
        rows.add(List.of("edition", Long.toString(c.serial())));
        rows.add(List.of(
                "models",
                c.models().size() + ": " + open + " downloadable, "
                        + (c.models().size() - open) + " hosted only"));
        rows.add(List.of("facts", facts + ", of which " + verified + " were read at their source"));
        rows.add(List.of("digest", loaded.digest()));
        rows.add(List.of("signed by", "key " + loaded.key()));
        rows.add(List.of("came", loaded.updated() ? "by an update" : "with this build"));
        around.out().print(Text.table(rows));
        around.out().println("\nsources");
        for (Catalogue.Source s : c.sources()) around.out().println("  " + s.title() + ": " + s.url());
    }
}
