package dev.dalang.cli;

import dev.dalang.gateway.provider.Providers;
import dev.dalang.hub.store.Library;
import dev.dalang.net.EgressLog;
import dev.dalang.net.Http;
import dev.dalang.net.NetSettings;

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
}
