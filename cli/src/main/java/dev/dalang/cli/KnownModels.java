package dev.dalang.cli;

import dev.dalang.api.ChatModel;
import dev.dalang.gateway.meter.Target;
import dev.dalang.gateway.provider.Providers;
import dev.dalang.gateway.route.Candidate;
import dev.dalang.gateway.route.Models;
import dev.dalang.hub.store.InstalledModel;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The models of this disk and of the user's providers. */
final class KnownModels implements Models {

    /** Opens a model; see {@link Models#open}. */
    interface Opener {
        ChatModel open(String name, Duration connect);
    }

    private final Surroundings around;
    private final Providers providers;
    private final Opener opener;

    /** @param opener opens the one that is chosen */
    KnownModels(Surroundings around, Providers providers, Opener opener) {
        this.around = around;
        this.providers = providers;
        this.opener = opener;
    }

    @Override
    public Optional<Candidate> find(String name) {
        if (providers.has(name)) return Optional.of(new Candidate(Target.hosted(name), null));
        return around.store().find(name).map(m -> new Candidate(Target.local(name, digest(m), null), null));
    }

    private static @Nullable String digest(InstalledModel m) {
        return m.digests().stream().findFirst().map(Object::toString).orElse(null);
    }

    @Override
    public ChatModel open(String name, Duration connect) {
        return opener.open(name, connect);
    }
}
