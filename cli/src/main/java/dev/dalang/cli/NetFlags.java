package dev.dalang.cli;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Flags of every verb that may go out into the network. */
final class NetFlags {
    @Option(names = "--offline", description = "Make no connections at all.")
    boolean offline;

    @Option(
            names = "--allow-hosts",
            paramLabel = "HOSTS",
            description = "Hosts to allow besides the model hubs, with commas between.")
    @Nullable
    String allowHosts;

    @Option(
            names = "--allow-private",
            paramLabel = "HOSTS",
            description = "Hosts of this machine or its network that may be reached.")
    @Nullable
    String allowPrivate;

    @Option(
            names = "--ca-file",
            paramLabel = "FILE",
            description = "Certificates (PEM) to trust besides the usual ones.")
    @Nullable
    String caFile;

    @Option(
            names = {"--bandwidth", "--limit-rate"},
            paramLabel = "RATE",
            description = "Most bytes a second to fetch, like 500k or 10M.")
    @Nullable
    String bandwidth;

    /** The environment with what the flags, and behind them the configuration, say. */
    Map<String, String> over(Map<String, String> environment) {
        Map<String, String> all = new HashMap<>(environment);
        if (offline) all.put("DALANG_OFFLINE", "1");
        put(all, "DALANG_ALLOW_HOSTS", allowHosts);
        put(all, "DALANG_ALLOW_PRIVATE", allowPrivate);
        put(all, "DALANG_CA_FILE", caFile);
        put(all, "DALANG_BANDWIDTH", bandwidth);
        return all;
    }

    private static void put(Map<String, String> all, String key, @Nullable String value) {
        if (value != null) all.put(key, value);
    }
}
