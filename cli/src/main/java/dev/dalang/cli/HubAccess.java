package dev.dalang.cli;

import dev.dalang.hub.fetch.Fetcher;
import dev.dalang.hub.fetch.KnownHosts;
import dev.dalang.hub.fetch.Source;
import dev.dalang.hub.pull.Puller;
import dev.dalang.hub.store.Store;
import dev.dalang.ledger.Ledger;
import dev.dalang.net.EgressLog;
import dev.dalang.net.HostRules;
import dev.dalang.net.Http;
import dev.dalang.net.NetSettings;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The way out, the store and the ledger, put together for one command, whose interrupt ends at once what is fetched. */
final class HubAccess implements AutoCloseable {
    private final Surroundings around;
    private final Http http;
    private final Store store;
    private final Fetcher fetcher;
    private @Nullable Ledger ledger;

    private HubAccess(Surroundings around, Map<String, String> environment, HostRules hosts) {
        this.around = around;
        try {
            this.http = new Http(NetSettings.of(environment).allowing(hosts), new EgressLog(log(around)));
        } catch (IllegalArgumentException e) {
            throw Errors.usage(String.valueOf(e.getMessage()));
        }
        this.store = around.store().store();
        this.fetcher = new Fetcher(http, around.store(), environment, around.interrupt());
    }

    /** @param source that the user named, whose host is thereby allowed; or null */
    static HubAccess open(Surroundings around, NetFlags flags, @Nullable Source source) {
        Map<String, String> environment = flags.over(around.environment());
        try {
            HostRules hosts = KnownHosts.of(environment);
            return new HubAccess(around, environment, source == null ? hosts : hosts.and(KnownHosts.of(source)));
        } catch (IllegalArgumentException e) {
            throw Errors.usage(String.valueOf(e.getMessage()));
        }
    }

    /** Where connections are written down. */
    static Path log(Surroundings around) {
        return around.home().resolve("egress.jsonl");
    }

    static Path ledgerFile(Surroundings around) {
        return around.home().resolve("ledger.db");
    }

    /** What waits to get into the ledger. */
    static Path journals(Surroundings around) {
        return around.home().resolve("journals");
    }

    Http http() {
        return http;
    }

    Store store() {
        return store;
    }

    Fetcher fetcher() {
        return fetcher;
    }

    Puller puller() {
        return new Puller(fetcher, around.store(), () -> ledger().pulls(), user(around));
    }

    /** Opened at its first use. */
    Ledger ledger() {
        if (ledger == null) ledger = LedgerFlags.configured(around);
        return ledger;
    }

    /** The user's name for the ledger. */
    static String user(Surroundings around) {
        String name = around.variable("USER");
        return name == null ? System.getProperty("user.name", "unknown") : name;
    }

    @Override
    public void close() {
        http.close();
        if (ledger != null) ledger.close();
    }
}
