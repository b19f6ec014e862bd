package dev.dalang.cli;

import dev.dalang.api.Cancellation;
import dev.dalang.hub.fetch.Source;
import dev.dalang.hub.pull.Place;
import dev.dalang.hub.pull.PullCheck;
import dev.dalang.hub.pull.PullWatch;
import dev.dalang.hub.pull.Pulling;
import dev.dalang.hub.store.Manifest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Pulls for the server's clients: with the same checks as {@code dalang pull}, but nobody to ask at a terminal. */
final class ServerPull implements Pulling {

    private final Surroundings around;
    private final NetFlags net;
    private final @Nullable String licencePolicy;

    ServerPull(Surroundings around, NetFlags net, @Nullable String licencePolicy) {
        this.around = around;
        this.net = net;
        this.licencePolicy = licencePolicy;
    }

    @Override
    public Manifest pull(String model, PullWatch watch, Cancellation stop) {
        Surroundings here = around.unattended(stop);
        CatalogueAccess access = new CatalogueAccess(here);
        // Who speaks Ollama's dialect means its registry by a bare name; the catalogue's names come first here too.
        boolean known = Source.parse(model).isPresent() || access.find(model).isPresent();
        Place place = Place.of(known ? model : "ollama://" + model, null, access.catalogue());
        PullFlags flags = new PullFlags();
        flags.policy = licencePolicy;
        try (HubAccess hub = HubAccess.open(here, net, place.source())) {
            List<PullCheck> checks =
                    List.of(new LicenceCheck(here, hub, access, flags, model, false), new FitCheck(here, hub, flags));
            return hub.puller()
                    .pull(place.source(), place.name(), checks, watch)
                    .manifest();
        }
    }
}
