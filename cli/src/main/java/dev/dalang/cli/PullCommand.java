package dev.dalang.cli;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.hub.fetch.Plan;
import dev.dalang.hub.fetch.Source;
import dev.dalang.hub.store.Manifest;
import dev.dalang.ledger.Pull;
import java.nio.file.Files;
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
            "MODEL is hf.co/OWNER/REPO[@REVISION][:QUANT], ollama://MODEL[:TAG], docker.io/REPO[:TAG] or oci://HOST/REPO[:TAG],"
                    + " or the https address of a .gguf file. An interrupted pull goes on where it was."
        })
final class PullCommand implements Callable<Integer> {

    @Parameters(paramLabel = "MODEL", description = "What to fetch.")
    @SuppressWarnings("NullAway.Init") // picocli's
    String model;

    @Option(names = "--name", paramLabel = "NAME", description = "What to call it in the store.")
    @Nullable
    String name;

    @Option(names = "--json", description = "Progress as JSON lines on standard output.")
    boolean json;

    @Mixin
    NetFlags net = new NetFlags();

    private final Surroundings around;

    PullCommand(Surroundings around) {
        this.around = around;
    }

    @Override
    public Integer call() {
        Source source = source();
        try (HubAccess hub = HubAccess.open(around, net, source)) {
            PullProgress progress = new PullProgress(around, json);
            progress.status("pulling manifest");
            Plan plan = hub.fetcher().plan(source);
            if (name != null) plan = plan.named(name);
            for (PullCheck check : checks()) check.check(plan);
            Manifest before = hub.store().find(plan.name()).orElse(null);
            progress.starts(plan);
            Manifest m;
            try (progress) {
                m = hub.fetcher().fetch(plan, progress);
            }
            hub.ledger().pulls().record(pull(around, m));
            boolean same = before != null && before.contentDigest().equals(m.contentDigest());
            progress.done(m, same);
            return ExitCode.DONE;
        }
    }

    private Source source() {
        if (!model.contains("://") && Files.exists(Path.of(model))) {
            throw Errors.usage(model + " lies on this disk already; `dalang import` brings it into the store");
        }
        return Source.parse(model)
                .orElseThrow(() -> new DalangException(new Failure.ModelUnavailable(
                        model + " names no place to fetch a model from; such look like hf.co/OWNER/REPO:Q4_K_M,"
                                + " ollama://MODEL:TAG, docker.io/ai/MODEL or https://HOST/FILE.gguf",
                        model)));
    }

    /** In this order, before anything of the model is fetched. */
    private List<PullCheck> checks() {
        return List.of();
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
