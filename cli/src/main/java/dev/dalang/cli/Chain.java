package dev.dalang.cli;

import dev.dalang.api.Cancellation;
import dev.dalang.api.ChatEvent;
import dev.dalang.api.ChatModel;
import dev.dalang.api.ChatRequest;
import dev.dalang.api.EmbeddingModel;
import dev.dalang.gateway.meter.Meter;
import dev.dalang.gateway.meter.MeteredModel;
import dev.dalang.gateway.meter.Plan;
import dev.dalang.gateway.meter.Target;
import dev.dalang.gateway.meter.Teams;
import dev.dalang.gateway.price.ModelPrice;
import dev.dalang.gateway.provider.ProviderConfig;
import dev.dalang.gateway.provider.Providers;
import dev.dalang.gateway.route.RouteTable;
import dev.dalang.gateway.route.Router;
import dev.dalang.ledger.Account;
import dev.dalang.ledger.Books;
import dev.dalang.ledger.Ledger;
import dev.dalang.net.Http;
import dev.dalang.server.Links;
import dev.dalang.server.ServedModel;
import dev.dalang.server.guard.Caller;
import dev.dalang.server.guard.Quotas;
import dev.dalang.server.trace.ModelPlace;
import dev.dalang.server.trace.Tracing;
import dev.dalang.trust.policy.Policy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What stands between asking and giving, put together here and nowhere else, from the outside in: the key's token quota, the
 * bill, the route, the rules on what may leave with redaction, the trace, and at the end a provider or a model of this machine. A
 * model of this machine that is asked by its own name has the quota, the bill and the trace alone: nothing leaves.
 */
final class Chain implements Links, AutoCloseable {

    /** Opens a model of this machine. */
    interface Local {
        ChatModel open(String name);
    }

    private final Providers providers;
    private final Http http;
    private final Books books;
    private final Meter meter;
    private final Teams teams;
    private final RouteTable routes;
    private final Router router;
    private final Policy policy;
    private final Quotas quotas;
    private final Tracing tracing;

    /**
     * @param local opens the models of this machine for routes
     * @param quotas of the keys; those of models on this machine see to them themselves
     * @param tracing open for as long as this
     */
    Chain(
            Surroundings around,
            NetFlags net,
            MeterFlags flags,
            Ledger ledger,
            Local local,
            Quotas quotas,
            Tracing tracing) {
        this.providers = HostedModels.providers(around);
        this.policy = PolicyCommand.read(PolicyCommand.file(around), false);
        this.routes = MeterFlags.routes(around);
        this.quotas = quotas;
        this.tracing = tracing;
        this.http = HostedModels.http(around, providers, net);
        this.books = flags.books(around, ledger);
        this.meter = flags.meter(around, ledger, books);
        this.teams = new Teams(ledger.budgets()::members, System::nanoTime);
        this.router = new Router(
                routes,
                new KnownModels(around, providers, (name, connect) -> open(name, connect, local)),
                meter.tariff(),
                System::nanoTime,
                RandomGenerator.getDefault(),
                policy.localModel());
    }

    private ChatModel open(String name, Duration connect, Local local) {
        if (!providers.has(name)) return tracing.around(local.open(name), ModelPlace.HERE);
        // Traces see what leaves, so after the rules have taken out of it what must not.
        ChatModel hosted = providers.chat(name, http, connect);
        return new PolicedModel(tracing.around(hosted, HostedModels.place(providers, name)), policy);
    }

    /** Makes ready what the first request to a hosted model would wait for, without waiting for it. */
    void prepare() {
        if (!providers.list().isEmpty()) http.prepare();
    }

    @Override
    public boolean knows(String name) {
        return router.isRoute(name) || providers.has(name);
    }

    @Override
    public ChatModel chat(String name, @Nullable Duration keepAlive, Caller caller, String dialect) {
        return new Asked(
                metered(name, account(caller), dialect), caller.name(), tokens -> quotas.spend(caller, tokens));
    }

    /** For whoever sits at this machine: no key asks, so no rule about keys applies, and no quota. */
    ChatModel chat(String name, Account account, String dialect) {
        return new Asked(metered(name, account, dialect), null, tokens -> {});
    }

    private ChatModel metered(String name, Account account, String dialect) {
        return new MeteredModel(router.model(name), meter, account, dialect, router::plan);
    }

    @Override
    public ChatModel around(ChatModel local, ServedModel model, Caller caller, String dialect) {
        Plan plan = Plan.of(Target.local(model.name(), model.digest(), model.context()));
        ChatModel traced = tracing.around(local, ModelPlace.HERE);
        return new MeteredModel(traced, meter, account(caller), dialect, request -> plan);
    }

    @Override
    public EmbeddingModel embedding(String name, Caller caller) {
        EmbeddingModel hosted = providers.embedding(name, http);
        return new PolicedEmbeddings(tracing.around(hosted, HostedModels.place(providers, name)), policy, caller);
    }

    @Override
    public EmbeddingModel around(EmbeddingModel local) {
        return tracing.around(local, ModelPlace.HERE);
    }

    @Override
    public ServedModel find(String name) {
        boolean route = router.isRoute(name);
        String owner = route ? "route" : name.substring(0, name.indexOf('/'));
        Integer context = meter.tariff().context(Target.hosted(name));
        return new ServedModel(
                name,
                ServedModel.Kind.HOSTED,
                0,
                null,
                Instant.EPOCH,
                null,
                null,
                null,
                null,
                route ? null : context,
                Set.of("completion", "tools"),
                owner);
    }

    /** Of a provider's models those that the price list knows, where the provider has its key. */
    @Override
    public List<ServedModel> list() {
        List<ServedModel> all = new ArrayList<>();
        for (String route : routes.routes().keySet()) all.add(find(route));
        for (ProviderConfig p : providers.list()) {
            if (!providers.hasKey(p)) continue;
            for (ModelPrice price : meter.tariff().prices().models()) {
                if (price.model().startsWith(p.name() + "/")) all.add(find(price.model()));
            }
        }
        return all;
    }

    private Account account(Caller caller) {
        return new Account(caller.name(), caller.id(), teams.of(caller.id()));
    }

    @Override
    public void close() {
        books.close();
        http.close();
    }

    /** A hosted model as one caller sees it: the rules know who asks, and its tokens count against the key's quota. */
    private static final class Asked implements ChatModel {
        private final ChatModel model;
        private final @Nullable String key;
        private final IntConsumer quota;

        Asked(ChatModel model, @Nullable String key, IntConsumer quota) {
            this.model = model;
            this.key = key;
            this.quota = quota;
        }

        @Override
        public String name() {
            return model.name();
        }

        @Override
        public int countTokens(ChatRequest request) {
            return PolicedModel.askedBy(key, request.model(), () -> model.countTokens(request));
        }

        @Override
        public void chat(ChatRequest request, Cancellation cancellation, Consumer<? super ChatEvent> events) {
            PolicedModel.askedBy(key, request.model(), () -> {
                model.chat(request, cancellation, e -> {
                    if (e instanceof ChatEvent.Finished f)
                        quota.accept(f.usage().totalTokens());
                    events.accept(e);
                });
                return null;
            });
        }
    }
}
