package dev.dalang.cli;

import dev.dalang.api.ChatModel;
import dev.dalang.gateway.meter.MeteredModel;
import dev.dalang.gateway.meter.Plan;
import dev.dalang.gateway.meter.Target;
import dev.dalang.gateway.provider.Providers;
import dev.dalang.gateway.route.RouteTable;
import dev.dalang.hub.store.InstalledModel;
import dev.dalang.hub.store.Library;
import dev.dalang.ledger.Account;
import dev.dalang.ledger.Ledger;
import dev.dalang.server.guard.Quotas;
import dev.dalang.server.preset.Preset;
import dev.dalang.server.trace.Tracing;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The models that {@code dalang run} asks, with the links that the server has around them. A model of this machine has the
 * bill alone, and is written down when it has answered: it opens no ledger and reads no prices first.
 */
final class RunModels {

    private static final String DIALECT = "cli";

    private final Surroundings around;
    private final NetFlags net;
    private final MeterFlags meter;
    private final LedgerFlags ledgerFlags;
    private final Library store;

    RunModels(Surroundings around, NetFlags net, MeterFlags meter, LedgerFlags ledgerFlags) {
        this.around = around;
        this.net = net;
        this.meter = meter;
        this.ledgerFlags = ledgerFlags;
        this.store = around.store();
    }

    /** Whether the user gave a route this name. */
    boolean isRoute(String name) {
        return routes().find(name).isPresent();
    }

    /**
     * Whether a word begins with a provider that is there: its models may have names that no other has
     * ({@code openai/ft:gpt-4.1:house::abc}, the ARN of a profile of Bedrock's).
     */
    boolean isOfProvider(String word) {
        return word.indexOf('/') > 0
                && word.chars().noneMatch(Character::isWhitespace)
                && HostedModels.providers(around).has(word);
    }

    /** A route first, since the user named it; then what is on this disk; then a provider's model. */
    ModelOpener.Opened open(String model, ModelOpener.Options options) {
        if (isRoute(model)) return linked(model, options);
        Providers providers = HostedModels.providers(around);
        if (!HostedModels.isHosted(model, store, providers)) return local(model, options);
        List<String> flags = options.given();
        if (!flags.isEmpty()) {
            throw Errors.usage(String.join(", ", flags) + (flags.size() == 1 ? " is" : " are")
                    + " for models of this machine, and " + model + " is a provider's");
        }
        return linked(model, options);
    }

    private RouteTable routes() {
        return MeterFlags.routes(around);
    }

    private Account account() {
        return Account.local(HubAccess.user(around));
    }

    private ModelOpener.Opened local(String model, ModelOpener.Options options) {
        ModelOpener.Opened opened = file(model, options);
        Optional<InstalledModel> held = store.find(model);
        String digest = held.flatMap(m -> m.digests().stream().findFirst())
                .map(Object::toString)
                .orElse(null);
        String name = held.isPresent() ? model : opened.chat().name();
        Plan plan = Plan.of(Target.local(name, digest, opened.contextLength()));
        ChatModel metered =
                new MeteredModel(opened.chat(), meter.withoutLedger(around), account(), DIALECT, request -> plan);
        return opened.withChat(metered);
    }

    /** With what the model was made with, as the server applies it too. */
    private ModelOpener.Opened file(String model, ModelOpener.Options options) {
        Path path = ModelArgument.resolve(model, store);
        new FirstUse(around).say(model, path);
        Preset preset = preset(model, path);
        if (preset.isEmpty()) return opened(path, options);
        Set<Path> adapters = new LinkedHashSet<>(preset.adapters());
        adapters.addAll(options.adapters());
        ModelOpener.Options more = options.withAdapters(adapters);
        Integer context = preset.contextLength();
        if (more.context() == null && context != null) more = more.withContext(context);
        ModelOpener.Opened opened = opened(path, more);
        return opened.withChat(preset.around(opened.chat()));
    }

    /** Says what is slower with it than need be, also where a route comes to it only after others. */
    private ModelOpener.Opened opened(Path path, ModelOpener.Options options) {
        ModelOpener.Opened opened = around.models().open(path, options);
        if (opened.slower() != null) around.say(opened.slower());
        return opened;
    }

    /** Nothing for a file that is named by its path. */
    private Preset preset(String model, Path path) {
        return store.find(model)
                .filter(m -> m.path().equals(path))
                .map(InstalledModel::manifest)
                .map(manifest -> Preset.of(store.store(), manifest))
                .orElse(Preset.NONE);
    }

    /** Through the same chain as the server's; nothing is sent, and no model loaded, before the first request. */
    private ModelOpener.Opened linked(String model, ModelOpener.Options options) {
        Map<String, ModelOpener.Opened> here = new LinkedHashMap<>();
        Ledger ledger = ledgerFlags.open(around);
        try {
            Chain chain = new Chain(
                    around,
                    net,
                    meter,
                    ledger,
                    name -> here.computeIfAbsent(name, n -> file(n, options)).chat(),
                    new Quotas(),
                    Tracing.off());
            return new ModelOpener.Opened(
                    chain.chat(model, account(), DIALECT),
                    ModelOpener.Opened.UNKNOWN_CONTEXT,
                    Duration.ZERO,
                    null,
                    () -> {
                        here.values().forEach(ModelOpener.Opened::close);
                        chain.close();
                        ledger.close();
                    });
        } catch (RuntimeException e) {
            ledger.close();
            throw e;
        }
    }
}
