package dev.dalang.cli;

import dev.dalang.hub.store.InstalledModel;
import dev.dalang.hub.store.Manifest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code dalang list}: the models on this disk. */
@Command(
        name = "list",
        aliases = "ls",
        description = "Show the models on this disk: our own and those that other tools hold.")
final class ListCommand implements Callable<Integer> {

    @Option(names = "--json", description = "As JSON.")
    boolean json;

    private final Surroundings around;

    ListCommand(Surroundings around) {
        this.around = around;
    }

    @Override
    public Integer call() {
        List<InstalledModel> entries = around.store().list();
        if (json) {
            List<Map<String, Object>> models = new ArrayList<>();
            for (InstalledModel e : entries) {
                Map<String, Object> model = new LinkedHashMap<>();
                model.put("name", e.name());
                model.put("path", e.path().toString());
                model.put("size", e.bytes());
                model.put("modified_at", e.modified().toString());
                model.put("holder", e.holder().word());
                Manifest m = e.manifest();
                if (m != null) model.put("digest", m.contentDigest().toString());
                models.add(model);
            }
            around.out().println(Json.pretty(Map.of("models", models)));
            return ExitCode.DONE;
        }
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("NAME", "SIZE", "MODIFIED", "IN"));
        Instant now = Instant.now();
        for (InstalledModel e : entries) {
            rows.add(List.of(
                    Text.oneLine(e.name()),
                    Text.bytes(e.bytes()),
                    ago(Duration.between(e.modified(), now)),
                    e.holder().word()));
        }
        around.out().print(Text.table(rows));
        if (entries.isEmpty()) around.say("no models in " + around.store().folder());
        return ExitCode.DONE;
    }

    private static String ago(Duration d) {
        if (d.toDays() >= 14) return Text.plural(d.toDays() / 7, "week") + " ago";
        if (d.toDays() >= 1) return Text.plural(d.toDays(), "day") + " ago";
        if (d.toHours() >= 1) return Text.plural(d.toHours(), "hour") + " ago";
        if (d.toMinutes() >= 1) return Text.plural(d.toMinutes(), "minute") + " ago";
        return "just now";
    }
}
