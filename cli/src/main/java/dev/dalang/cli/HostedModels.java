package dev.dalang.cli;

import dev.dalang.gateway.provider.ProviderConfig;
import dev.dalang.gateway.provider.Providers;
import dev.dalang.hub.store.Library;
import dev.dalang.net.EgressLog;
import dev.dalang.net.Http;
import dev.dalang.net.NetSettings;
import dev.dalang.server.trace.ModelPlace;
import java.net.URI;

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

    /** Who answers for a hosted model, as traces tell it: by the conventions' names of providers, where they have one. */
    static ModelPlace place(Providers providers, String model) {
        ProviderConfig p = providers.of(model);
        String name = switch (p.kind()) {
            case OPENAI -> "openai";
            case AZURE -> "azure.ai.openai";
            case ANTHROPIC -> "anthropic";
            case GEMINI -> "gcp.gemini";
            case VERTEX -> "gcp.vertex_ai";
            case BEDROCK -> "aws.bedrock";
            case COHERE -> "cohere";
            case OPENAI_COMPATIBLE ->
                switch (p.flavour()) {
                    case "mistral" -> "mistral_ai";
                    case "xai" -> "x_ai";
                    default -> p.name();
                };
        };
        URI address = p.address();
        int port =
                address.getPort() >= 0 ? address.getPort() : address.getScheme().equals("http") ? 80 : 443;
        return new ModelPlace(name, address.getHost(), port);
    }
}
