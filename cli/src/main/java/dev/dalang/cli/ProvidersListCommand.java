package dev.dalang.cli;

import dev.dalang.gateway.provider.ProviderConfig;
import dev.dalang.gateway.provider.ProviderKind;
import dev.dalang.gateway.provider.Providers;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code dalang providers list}. */
@Command(name = "list", description = "Show the providers that are there.")
final class ProvidersListCommand implements Callable<Integer> {

    @Option(names = "--json", description = "As JSON.")
    boolean json;

    private final Surroundings around;

    ProvidersListCommand(Surroundings around) {
        this.around = around;
    }

    @Override
    public Integer call() {
        Providers providers = HostedModels.providers(around);
        List<ProviderConfig> all = providers.list();
        if (json) {
            around.out()
                    .println(Json.pretty(Map.of(
                            "providers",
                            all.stream().map(p -> object(providers, p)).toList())));
            return ExitCode.DONE;
        }
        if (all.isEmpty()) {
            around.say("there are no providers; `dalang providers add NAME` adds one of "
                    + String.join(", ", Providers.known()) + ", or one by its address");
            return ExitCode.DONE;
        }
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("NAME", "KIND", "ADDRESS", "KEY"));
        for (ProviderConfig p : all) {
            rows.add(List.of(p.name(), kind(p), p.address().toString(), key(providers, p)));
        }
        around.out().print(Text.table(rows));
        return ExitCode.DONE;
    }

    private static String kind(ProviderConfig p) {
        return p.kind() == ProviderKind.OPENAI_COMPATIBLE
                ? p.flavour()
                : p.kind().word();
    }

    private static String key(Providers providers, ProviderConfig p) {
        return p.key().word() + (providers.hasKey(p) ? "" : " (missing)");
    }

    private static Map<String, @Nullable Object> object(Providers providers, ProviderConfig p) {
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        object.put("name", p.name());
        object.put("kind", p.kind().word());
        if (p.kind() == ProviderKind.OPENAI_COMPATIBLE) object.put("flavour", p.flavour());
        object.put("address", p.address().toString());
        object.put("key", p.key().word());
        object.put("has_key", providers.hasKey(p));
        object.put("added", providers.isAdded(p.name()));
        object.put("options", p.options());
        return object;
    }
}
