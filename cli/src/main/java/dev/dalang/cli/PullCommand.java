package dev.dalang.cli;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.hub.fetch.Source;
import dev.dalang.hub.pull.Place;
import dev.dalang.hub.pull.PullCheck;
import dev.dalang.hub.pull.Puller;
import dev.dalang.hub.store.Library;
import dev.dalang.hub.store.Manifest;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code dalang pull}: a model from a hub into the store. */
@Command(
        name = "pull",
        description = {
            "Fetch a model into the local store.",
            "MODEL is a name of the catalogue, hf.co/OWNER/REPO[@REVISION][:QUANT], ollama://MODEL[:TAG], docker.io/REPO[:TAG] or oci://HOST/REPO[:TAG],"
                    + " or the https address of a .gguf file. An interrupted pull goes on where it was."
        })
final class PullCommand implements Callable<Integer> {

    @Parameters(paramLabel = "MODEL", arity = "0..1", description = "What to fetch.")
    String model = "";

    @Option(names = "--name", paramLabel = "NAME", description = "What to call it in the store.")
    @Nullable
    String name;

    @Option(names = "--json", description = "Progress as JSON lines on standard output.")
    boolean json;

    @Mixin
    NetFlags net = new NetFlags();

    @Mixin
    PullFlags flags = new PullFlags();

    private final Surroundings around;

    PullCommand(Surroundings around) {
        this.around = around;
    }

    @Override
    public Integer call() {
        if (flags.update) return update();
        if (model.isEmpty()) throw Errors.usage("say what to fetch, or --update");
        if (isHere()) {
            throw Errors.usage(model + " lies on this disk already; `dalang import` brings it into the store");
        }
        Place place = Place.of(model, flags.quantisation, new CatalogueAccess(around).catalogue());
        if (place.reference() != null) around.say(place.name() + " is " + place.reference());
        try (HubAccess hub = HubAccess.open(around, net, place.source())) {
            fetch(hub, place.source(), name != null ? name : place.name(), model);
        }
        return ExitCode.DONE;
    }

    /** @param asked what the user, or the store, calls it */
    private void fetch(HubAccess hub, Source source, @Nullable String wanted, String asked) {
        CatalogueAccess access = new CatalogueAccess(around);
        // In this order, before anything of the model is fetched.
        List<PullCheck> checks =
                List.of(new LicenceCheck(around, hub, access, flags, asked), new FitCheck(around, hub, flags));
        PullProgress progress = new PullProgress(around, json);
        Puller.Pulled pulled;
        try (progress) {
            pulled = hub.puller().pull(source, wanted, checks, progress);
        }
        progress.done(pulled.manifest(), pulled.same());
    }

    /** What stands at their places now, for one model or for all. */
    private int update() {
        List<Manifest> all = around.store().store().manifests().stream()
                .filter(m -> model.isEmpty() || m.name().equalsIgnoreCase(model))
                .toList();
        if (all.isEmpty()) {
            String what = model.isEmpty() ? "nothing" : "no model named " + model;
            throw new DalangException(new Failure.ModelUnavailable(what + " in the store came from a hub", model));
        }
        for (Manifest m : all) {
            Source source = Updates.source(m).orElse(null);
            if (source == null) {
                around.say(m.name() + " came from this disk; there is no place to look for a newer one");
                continue;
            }
            try (HubAccess hub = HubAccess.open(around, net, source)) {
                fetch(hub, source, m.name(), m.name());
            }
        }
        return ExitCode.DONE;
    }

    private boolean isHere() {
        if (model.contains("://")) return false;
        try {
            Path path = Path.of(model);
            return Library.isGguf(path) && Files.exists(path) || Library.isModelFolder(path);
        } catch (InvalidPathException e) {
            return false;
        }
    }
}
