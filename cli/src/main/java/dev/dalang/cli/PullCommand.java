package dev.dalang.cli;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.hub.catalogue.CatalogueModel;
import dev.dalang.hub.fetch.Plan;
import dev.dalang.hub.fetch.Source;
import dev.dalang.hub.store.Library;
import dev.dalang.hub.store.Manifest;
import dev.dalang.ledger.Pull;
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
        Source source = source();
        String wanted = name != null ? name : catalogueName();
        try (HubAccess hub = HubAccess.open(around, net, source)) {
            fetch(hub, source, wanted, model);
        }
        return ExitCode.DONE;
    }

    /** @param asked what the user, or the store, calls it */
    private void fetch(HubAccess hub, Source source, @Nullable String wanted, String asked) {
        PullProgress progress = new PullProgress(around, json);
        progress.status("pulling manifest");
        Plan plan;
        try {
            plan = hub.fetcher().plan(source);
        } finally {
            progress.quiet();
        }
        if (wanted != null) plan = plan.named(wanted);
        for (PullCheck check : checks(hub, asked)) check.check(plan);
        Manifest before = hub.store().find(plan.name()).orElse(null);
        progress.starts(plan);
        Manifest m;
        try (progress) {
            m = hub.fetcher().fetch(plan, progress);
        }
        hub.ledger().pulls().record(pull(around, m));
        boolean same = before != null && before.contentDigest().equals(m.contentDigest());
        progress.done(m, same);
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

    /** A model of the catalogue is called so in the store. */
    private @Nullable String catalogueName() {
        if (Source.parse(model).isPresent()) return null;
        return access().find(model).map(CatalogueModel::name).orElse(null);
    }

    /** A place, or a name of the catalogue, which knows a place. */
    private Source source() {
        if (isHere())
            throw Errors.usage(model + " lies on this disk already; `dalang import` brings it into the store");
        Source place = Source.parse(model).orElse(null);
        if (place != null) return place;
        CatalogueAccess access = access();
        if (access.find(model).isEmpty()) {
            throw new DalangException(new Failure.ModelUnavailable(
                    model + " names no place to fetch a model from, nor a model of the catalogue; such look like"
                            + " hf.co/OWNER/REPO:Q4_K_M, ollama://MODEL:TAG, docker.io/ai/MODEL or https://HOST/FILE.gguf,"
                            + " and `dalang search` lists the catalogue",
                    model));
        }
        CatalogueModel known = access.downloadable(model);
        CatalogueModel.PublishedFile file = CatalogueAccess.file(known, flags.quantisation);
        if (file == null && flags.quantisation != null) {
            throw Errors.usage("the catalogue knows no " + flags.quantisation + " of " + known.name()
                    + "; `dalang show " + known.name() + "` lists what it knows");
        }
        String reference = file != null ? file.reference() : String.valueOf(known.weights());
        around.say(known.name() + " is " + reference);
        return Source.parse(reference)
                .orElseThrow(() -> new IllegalStateException("the catalogue names no place: " + reference));
    }

    private CatalogueAccess access() {
        return new CatalogueAccess(around);
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

    /** In this order, before anything of the model is fetched. */
    private List<PullCheck> checks(HubAccess hub, String asked) {
        CatalogueAccess access = access();
        return List.of(new LicenceCheck(around, hub, access, flags, asked), new FitCheck(around, hub, flags));
    }

    /** What the ledger keeps of it. */
    static Pull pull(Surroundings around, Manifest m) {
        return new Pull(
                HubAccess.user(around),
                m.created(),
                m.name(),
                m.origin().kind(),
                m.origin().location(),
                m.origin().revision(),
                m.files().stream()
                        .map(f -> new Pull.File(f.name().text(), f.digest().toString(), f.bytes()))
                        .toList());
    }
}
