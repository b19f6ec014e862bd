package dev.dalang.cli;

import dev.dalang.api.ChatRequest;
import dev.dalang.gateway.provider.Providers;
import dev.dalang.gateway.route.Decision;
import dev.dalang.gateway.route.Router;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code dalang route explain}: a dry run. */
@Command(
        name = "explain",
        description = "Say which model would answer a request, and why; nothing is sent.",
        footer = {
            "",
            "The request is one of OpenAI's chat completions. Routes are in routes.toml in Dalang's folder",
            "(docs/ROUTING.md)."
        })
final class RouteExplainCommand implements Callable<Integer> {

    @Parameters(paramLabel = "REQUEST.json")
    Path file = Path.of("");

    @Option(names = "--json", description = "As JSON.")
    boolean json;

    @Mixin
    LocalRateFlags local = new LocalRateFlags();

    private final Surroundings around;

    RouteExplainCommand(Surroundings around) {
        this.around = around;
    }

    @Override
    public Integer call() {
        String text;
        try {
            text = Files.readString(file);
        } catch (IOException e) {
            throw Errors.storage(e, file);
        }
        ChatRequest request = RequestFile.read(text, file.toString(), null);
        Providers providers = Providers.of(around.home(), around.environment());
        Router router = new Router(
                MeterFlags.routes(around),
                new KnownModels(around, providers, (name, connect) -> {
                    throw new IllegalStateException("a dry run opens no model");
                }),
                local.tariff(around),
                System::nanoTime,
                RandomGenerator.getDefault(),
                PolicyCommand.read(PolicyCommand.file(around), false).localModel());
        Decision d = router.explain(request);
        if (json) around.out().println(Json.pretty(tree(d)));
        else print(d);
        return d.fitting().isEmpty() ? ExitCode.MODEL_UNAVAILABLE : ExitCode.DONE;
    }

    private void print(Decision d) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("", "MODEL", "WHERE", "WHY"));
        int place = 0;
        for (Decision.Verdict v : d.verdicts()) {
            String where = v.candidate()
                    .map(c -> c.target().local() ? "here" : "hosted")
                    .orElse("");
            rows.add(List.of(v.fits() ? ++place + "." : "no", v.model(), where, v.why()));
        }
        if (d.keeper() != null) {
            rows.add(List.of("kept", d.keeper().model(), "here", d.keeper().why()));
        }
        around.out().print(Text.table(rows));
        if (d.fitting().isEmpty()) around.say("no model can answer this request");
    }

    private static Map<String, @Nullable Object> tree(Decision d) {
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        tree.put("asked", d.route().name());
        tree.put(
                "answers", d.fitting().isEmpty() ? null : d.fitting().getFirst().model());
        List<Object> all = new ArrayList<>();
        for (Decision.Verdict v : d.verdicts()) {
            Map<String, @Nullable Object> one = new LinkedHashMap<>();
            one.put("model", v.model());
            one.put("fits", v.fits());
            one.put("local", v.candidate().map(c -> c.target().local()).orElse(null));
            one.put("why", v.why());
            all.add(one);
        }
        tree.put("models", all);
        tree.put("keeper", d.keeper() == null ? null : d.keeper().model());
        return tree;
    }
}
