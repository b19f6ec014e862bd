package dev.dalang.cli;

import dev.dalang.gateway.provider.ProviderConfig;
import dev.dalang.net.EgressLog;
import dev.dalang.net.Http;
import dev.dalang.net.NetSettings;
import dev.dalang.server.trace.Tracing;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Whether and where the server sends traces. */
final class OtlpFlags {

    private static final Pattern HEADER_NAME = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]+");

    @Option(
            names = "--otlp-endpoint",
            paramLabel = "URL",
            description = "Send traces to this OpenTelemetry collector (OTLP over HTTP), like http://localhost:4318.")
    @Nullable
    String endpoint;

    @Option(
            names = "--otlp-headers",
            paramLabel = "NAME=VALUE",
            description = "Headers for the collector; several with commas. Secrets belong into DALANG_OTLP_HEADERS.")
    @Nullable
    String headers;

    @Option(names = "--otlp-content", description = "Put prompts and answers into traces.")
    boolean content;

    /** @param http for the collector alone; null where nothing is traced */
    record Traces(Tracing tracing, @Nullable Http http) implements AutoCloseable {
        @Override
        public void close() {
            tracing.close();
            if (http != null) http.close();
        }
    }

    /** @throws dev.dalang.api.DalangException naming what is wrong */
    void check() {
        if (isOff()) {
            if (content) throw Errors.usage("--otlp-content needs --otlp-endpoint");
            return;
        }
        var _ = address();
        var _ = headers();
    }

    /** The way to the collector, which the user has named: so it may be reached. */
    Traces open(Surroundings around, NetFlags net) {
        if (isOff()) return new Traces(Tracing.off(), null);
        URI address = address();
        try {
            NetSettings settings =
                    NetSettings.of(net.over(around.environment())).allowing(NetSettings.hostOf(address));
            if (ProviderConfig.isPrivate(address)) settings = settings.allowingPrivate(NetSettings.hostOf(address));
            Http http = new Http(settings, new EgressLog(HubAccess.log(around)));
            Tracing.Settings where = new Tracing.Settings(address, headers(), content, Dalang.Version.number());
            return new Traces(Tracing.to(where, http), http);
        } catch (IllegalArgumentException e) {
            throw Errors.usage(String.valueOf(e.getMessage()));
        }
    }

    private boolean isOff() {
        return endpoint == null || endpoint.isBlank();
    }

    private URI address() {
        String text = endpoint == null ? "" : endpoint.strip();
        URI address;
        try {
            address = URI.create(text);
        } catch (IllegalArgumentException e) {
            throw wrong(text);
        }
        String scheme = String.valueOf(address.getScheme());
        boolean web = scheme.equals("http") || scheme.equals("https");
        if (!web
                || address.getHost() == null
                || address.getRawUserInfo() != null
                || address.getRawQuery() != null
                || address.getRawFragment() != null) throw wrong(text);
        if (scheme.equals("http") && !ProviderConfig.isPrivate(address)) {
            throw Errors.usage("--otlp-endpoint: plain http to " + address.getHost()
                    + " would show traces to everybody on the way; it is for this machine and its network");
        }
        return address;
    }

    private static RuntimeException wrong(String text) {
        return Errors.usage("--otlp-endpoint is like http://localhost:4318, not " + Text.oneLine(text));
    }

    private Map<String, String> headers() {
        Map<String, String> all = new LinkedHashMap<>();
        if (headers == null || headers.isBlank()) return all;
        for (String pair : headers.split(",")) {
            int equals = pair.indexOf('=');
            String name = equals < 0 ? "" : pair.substring(0, equals).strip();
            String value = pair.substring(equals + 1).strip();
            // Not shown: it may be a secret.
            if (!HEADER_NAME.matcher(name).matches() || !value.matches("[\\x20-\\x7e]+")) {
                throw Errors.usage("--otlp-headers is like api-key=SECRET, several with commas");
            }
            all.put(name, value);
        }
        return all;
    }
}
