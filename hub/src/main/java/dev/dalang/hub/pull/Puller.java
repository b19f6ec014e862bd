package dev.dalang.hub.pull;

import dev.dalang.hub.fetch.Fetcher;
import dev.dalang.hub.fetch.Plan;
import dev.dalang.hub.fetch.Source;
import dev.dalang.hub.store.Library;
import dev.dalang.hub.store.Manifest;
import dev.dalang.ledger.Pull;
import dev.dalang.ledger.Pulls;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Brings a model into the store: plan, checks, files, and a record in the ledger. */
public final class Puller {

    private final Fetcher fetcher;
    private final Library library;
    private final Supplier<Pulls> pulls;
    private final String user;

    /**
     * @param pulls the ledger's record of them, asked for when there is something to record
     * @param user whom the record names
     */
    public Puller(Fetcher fetcher, Library library, Supplier<Pulls> pulls, String user) {
        this.fetcher = fetcher;
        this.library = library;
        this.pulls = pulls;
        this.user = user;
    }

    /**
     * What came of a pull.
     *
     * @param same the model was here already, with the same bytes
     */
    public record Pulled(Manifest manifest, boolean same) {}

    /**
     * @param name in the store, or null for the source's own
     * @param checks in this order, before anything of the model is fetched
     * @throws dev.dalang.api.DalangException what the checks or the fetch throw
     */
    public Pulled pull(Source source, @Nullable String name, List<? extends PullCheck> checks, PullWatch watch) {
        watch.status(PullWatch.PLANS);
        Plan plan;
        try {
            plan = fetcher.plan(source);
        } finally {
            watch.planned();
        }
        plan = plan.named(library.named(name == null ? plan.name() : name));
        for (PullCheck check : checks) check.check(plan);
        Manifest before = library.store().find(plan.name()).orElse(null);
        watch.starts(plan);
        Manifest m = fetcher.fetch(plan, watch);
        pulls.get().record(record(user, m));
        return new Pulled(m, before != null && before.contentDigest().equals(m.contentDigest()));
    }

    /** What the ledger keeps of it. */
    public static Pull record(String user, Manifest m) {
        return new Pull(
                user,
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
