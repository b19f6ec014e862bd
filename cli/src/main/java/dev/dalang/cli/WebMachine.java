package dev.dalang.cli;

import dev.dalang.engine.generate.LocalModel;
import dev.dalang.engine.generate.SchedulerStats;
import dev.dalang.engine.manage.LoadedModel;
import dev.dalang.engine.manage.ModelManager;
import dev.dalang.server.http.Json;
import dev.dalang.server.web.MachineRoom;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** The page's machine: what {@code doctor}, {@code ps} and {@code egress} show. */
final class WebMachine implements MachineRoom {

    private final Surroundings around;
    private final ModelManager manager;

    /** Sums of models as they were seen last, so that they do not shrink when a model goes. */
    private final Map<String, long[]> seen = new HashMap<>();

    private long goneRead;
    private long goneWritten;

    WebMachine(Surroundings around, ModelManager manager) {
        this.around = around;
        this.manager = manager;
    }

    @Override
    public synchronized Counters counters() {
        Map<String, Optional<SchedulerStats>> work = manager.each(
                m -> m instanceof LocalModel local ? Optional.of(local.stats()) : Optional.<SchedulerStats>empty());
        long read = 0;
        long written = 0;
        int running = 0;
        int waiting = 0;
        long cache = 0;
        Map<String, long[]> now = new HashMap<>();
        for (var entry : work.entrySet()) {
            SchedulerStats s = entry.getValue().orElse(null);
            if (s == null) continue;
            now.put(entry.getKey(), new long[] {s.promptTokens(), s.answerTokens()});
            read += s.promptTokens();
            written += s.answerTokens();
            running += s.running();
            waiting += s.waiting();
            cache += s.usedBytes();
        }
        seen.forEach((name, before) -> {
            long[] after = now.get(name);
            // Unloaded, or loaded anew: it counts from 0 again.
            if (after == null || after[0] < before[0] || after[1] < before[1]) {
                goneRead += before[0];
                goneWritten += before[1];
            }
        });
        seen.clear();
        seen.putAll(now);
        long bytes = manager.list().stream().mapToLong(LoadedModel::bytes).sum();
        return new Counters(
                goneRead + read, goneWritten + written, running, waiting, cache, Math.max(0, bytes - cache));
    }

    @Override
    public JsonNode doctor() {
        return Json.parse(dev.dalang.cli.Json.pretty(new DoctorCommand(around).report(new Machine())));
    }

    @Override
    public List<JsonNode> egress(int most) {
        Path file = HubAccess.log(around);
        if (!Files.exists(file)) return List.of();
        ArrayDeque<JsonNode> lines = new ArrayDeque<>();
        try (BufferedReader in = Files.newBufferedReader(file)) {
            for (String line; (line = in.readLine()) != null; ) {
                // A line that a kill cut short is no news.
                if (!line.endsWith("}")) continue;
                lines.add(Json.parse(line));
                if (lines.size() > most) lines.remove();
            }
        } catch (IOException e) {
            throw Errors.storage(e, file);
        }
        return List.copyOf(lines);
    }
}
