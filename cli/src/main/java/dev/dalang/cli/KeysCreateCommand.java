package dev.dalang.cli;

import dev.dalang.gateway.provider.Providers;
import dev.dalang.ledger.ApiKey;
import dev.dalang.ledger.Ledger;
import dev.dalang.server.guard.Caller;
import dev.dalang.server.guard.Scope;
import dev.dalang.server.guard.Secrets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code dalang keys create}: a new key, shown once. */
@Command(
        name = "create",
        description = "Make a key and print it; it is not shown again.",
        footer = {
            "",
            "Examples: dalang keys create laptop",
            "          dalang keys create ci --model dalang-mini --expires 30d --requests-per-minute 60",
            "          dalang keys create ops --scope read,admin"
        })
final class KeysCreateCommand implements Callable<Integer> {

    private static final Pattern SPAN = Pattern.compile("(\\d{1,6})([mhdw])");

    @Parameters(paramLabel = "NAME", description = "What it is for; shown in lists and logs.")
    @SuppressWarnings("NullAway.Init") // picocli's
    String name;

    @Option(
            names = "--scope",
            split = ",",
            paramLabel = "SCOPE",
            description =
                    "inference (ask models), read (see models and metrics), admin (change things). Default: inference,read.")
    List<String> scopes = new ArrayList<>();

    @Option(
            names = "--model",
            split = ",",
            paramLabel = "MODEL",
            description = "A model that it may use, * at the end for any that begins so. Default: all.")
    List<String> models = new ArrayList<>();

    @Option(names = "--expires", paramLabel = "TIME", description = "From now on: 90m, 12h, 30d or 8w. Default: never.")
    @Nullable
    String expires;

    @Option(names = "--requests-per-minute", paramLabel = "N", description = "Requests at most. Default: any number.")
    @Nullable
    Integer requests;

    @Option(
            names = "--tokens-per-minute",
            paramLabel = "N",
            description = "Tokens, read and written. Default: any number.")
    @Nullable
    Integer tokens;

    @Option(names = "--json", description = "As JSON.")
    boolean json;

    private final Surroundings around;

    KeysCreateCommand(Surroundings around) {
        this.around = around;
    }

    @Override
    public Integer call() {
        if (name.isBlank() || name.length() > 200 || !Text.oneLine(name).equals(name)) {
            throw Errors.usage("a key's name is one line of 1 to 200 characters");
        }
        List<String> wanted = scopes.isEmpty() ? List.of(Scope.INFERENCE.word(), Scope.READ.word()) : scopes;
        for (String s : wanted) {
            if (Scope.of(s) == null) throw Errors.usage("--scope is inference, read or admin, not " + s);
        }
        positive("--requests-per-minute", requests);
        positive("--tokens-per-minute", tokens);
        for (String m : models) if (m.isBlank()) throw Errors.usage("--model is empty");
        Instant now = Instant.ofEpochMilli(System.currentTimeMillis());
        String secret = Secrets.newKey();
        ApiKey key = new ApiKey(
                Secrets.newId(),
                name,
                Secrets.hash(secret),
                wanted.stream().distinct().toList(),
                models.isEmpty() ? null : models,
                requests,
                tokens,
                now,
                expires == null ? null : now.plus(span(expires)),
                null,
                null);
        try (Ledger ledger = LedgerFlags.configured(around)) {
            ledger.apiKeys().all().stream()
                    .filter(k -> k.name().equals(name) && k.isGood(now))
                    .findFirst()
                    .ifPresent(k -> {
                        throw Errors.usage("there is a key named " + name + " already, " + k.id()
                                + "; take another name, or `dalang keys revoke " + k.id() + "` first");
                    });
            ledger.apiKeys().add(key);
        }
        warnOfUnknown();
        if (json) {
            Map<String, @Nullable Object> tree = new LinkedHashMap<>();
            tree.put("key", secret);
            tree.putAll(KeysListCommand.tree(key, now));
            around.out().println(Json.pretty(tree));
        } else {
            around.out().println(secret);
            around.say("key " + key.id() + " (" + name + ") may " + String.join(", ", key.scopes())
                    + "; it is not shown again");
        }
        return ExitCode.DONE;
    }

    /** A model may come later; but most often its name is not quite as it is written here. */
    private void warnOfUnknown() {
        if (models.isEmpty()) return;
        Set<String> known = new HashSet<>(MeterFlags.routes(around).routes().keySet());
        around.store().list().forEach(m -> known.add(m.name()));
        Providers providers = HostedModels.providers(around);
        for (String model : models) {
            Caller one = new Caller("", "", Set.of(), Set.of(model));
            if (known.stream().anyMatch(one::mayUse) || providers.has(model)) continue;
            around.say("no model is called " + Text.oneLine(model)
                    + " here so far; `dalang list` shows how they are called");
        }
    }

    private static void positive(String flag, @Nullable Integer value) {
        if (value != null && value < 1) throw Errors.usage(flag + " must be at least 1, not " + value);
    }

    static Duration span(String text) {
        Matcher m = SPAN.matcher(text);
        if (!m.matches()) throw Errors.usage("--expires is like 90m, 12h, 30d or 8w, not " + text);
        long n = Long.parseLong(m.group(1));
        if (n == 0) throw Errors.usage("--expires must be later than now");
        return switch (m.group(2)) {
            case "m" -> Duration.ofMinutes(n);
            case "h" -> Duration.ofHours(n);
            case "d" -> Duration.ofDays(n);
            default -> Duration.ofDays(7 * n);
        };
    }
}
