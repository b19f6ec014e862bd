package dev.dalang.cli;

import dev.dalang.gateway.provider.Providers;
import dev.dalang.hub.store.Library;
import dev.dalang.net.EgressLog;
import dev.dalang.net.Http;
import dev.dalang.net.NetSettings;
import java.time.Duration;
import java.util.Optional;

/** Models of providers, for the verbs that answer. */
final class HostedModels {
    private HostedModels() {}

    static Providers providers(Surroundings around) {
        return Providers.of(around.home(), around.environment());
    }

    /** Whether a name is {@code provider/model} of a provider that is there, and nothing on this disk has that name. */
    static boolean isHosted(String model, Library store, Providers providers) {
        return providers.has(model) && ModelArgument.find(model, store).isEmpty();
    }

    /** The way out, which may reach the providers' hosts; to be closed. */
    static Http http(Surroundings around, Providers providers, NetFlags flags) {
        try {
            NetSettings settings = NetSettings.of(flags.over(around.environment()));
            return new Http(providers.allow(settings), new EgressLog(HubAccess.log(around)));
        } catch (IllegalArgumentException e) {
            throw Errors.usage(String.valueOf(e.getMessage()));
        }
    }

    /** Opens a hosted model: nothing is sent before the first request. */
    static Optional<ModelOpener.Opened> open(String model, Surroundings around, NetFlags flags) {
        Providers providers = providers(around);
        if (!isHosted(model, around.store(), providers)) return Optional.empty();
        Http http = http(around, providers, flags);
        try {
            return Optional.of(new ModelOpener.Opened(
                    providers.chat(model, http), ModelOpener.Opened.UNKNOWN_CONTEXT, Duration.ZERO, null, http::close));
        } catch (RuntimeException e) {
            http.close();
            throw e;
        }
    }
}
