package dev.dalang.cli;

import dev.dalang.ledger.ApiKey;
import dev.dalang.ledger.Ledger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code dalang keys list}. */
@Command(name = "list", aliases = "ls", description = "Show the keys, without the keys themselves.")
final class KeysListCommand implements Callable<Integer> {

    @Option(
            names = {"-a", "--all"},
            description = "Those too that were revoked or have expired.")
    boolean all;

    @Option(names = "--json", description = "As JSON.")
    boolean json;

    private final Surroundings around;

    KeysListCommand(Surroundings around) {
        this.around = around;
    }

    @Override
    public Integer call() {
        List<ApiKey> keys;
        Instant now = Instant.now();
        try (Ledger ledger = LedgerFlags.configured(around)) {
            keys = ledger.apiKeys().all().stream()
                    .filter(k -> all || k.isGood(now))
                    .toList();
        }
        if (json) {
            around.out()
                    .println(Json.pretty(
                            Map.of("keys", keys.stream().map(k -> tree(k, now)).toList())));
            return ExitCode.DONE;
        }
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("ID", "NAME", "SCOPES", "MODELS", "A MINUTE", "EXPIRES", "USED"));
        for (ApiKey k : keys) {
            rows.add(List.of(
                    k.id(),
                    Text.oneLine(k.name()),
                    String.join(",", k.scopes()),
                    k.models() == null ? "all" : Text.oneLine(String.join(",", k.models())),
                    quota(k),
                    k.revoked() != null ? "revoked" : when(k.expires(), "never"),
                    when(k.used(), "never")));
        }
        around.out().print(Text.table(rows));
        return ExitCode.DONE;
    }

    static Map<String, @Nullable Object> tree(ApiKey k, Instant now) {
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        tree.put("id", k.id());
        tree.put("name", k.name());
        tree.put("scopes", k.scopes());
        tree.put("models", k.models());
        tree.put("requests_per_minute", k.requestsPerMinute());
        tree.put("tokens_per_minute", k.tokensPerMinute());
        tree.put("created_at", k.created().toString());
        tree.put("expires_at", text(k.expires()));
        tree.put("revoked_at", text(k.revoked()));
        tree.put("used_at", text(k.used()));
        tree.put("good", k.isGood(now));
        return tree;
    }

    private static @Nullable String text(@Nullable Instant at) {
        return at == null ? null : at.toString();
    }

    private static String when(@Nullable Instant at, String otherwise) {
        return at == null ? otherwise : at.toString().substring(0, 16).replace('T', ' ');
    }

    private static String quota(ApiKey k) {
        List<String> parts = new ArrayList<>();
        if (k.requestsPerMinute() != null) parts.add(Text.plural(k.requestsPerMinute(), "request"));
        if (k.tokensPerMinute() != null) parts.add(Text.plural(k.tokensPerMinute(), "token"));
        return parts.isEmpty() ? "any" : String.join(", ", parts);
    }
}
