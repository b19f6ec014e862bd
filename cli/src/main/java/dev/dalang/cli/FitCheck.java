package dev.dalang.cli;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.engine.format.BlockType;
import dev.dalang.engine.generate.LoadOptions;
import dev.dalang.hub.fetch.Plan;
import dev.dalang.hub.fit.Memory;
import dev.dalang.hub.fit.ModelShape;
import dev.dalang.hub.fit.Verdict;
import dev.dalang.hub.pull.PullCheck;
import dev.dalang.hub.store.Role;
import java.util.Optional;

/** Says before a pull whether the model will fit, from its header, and refuses what cannot. */
final class FitCheck implements PullCheck {

    private static final int CONTEXT = 4096;

    private final Surroundings around;
    private final HubAccess hub;
    private final PullFlags flags;

    FitCheck(Surroundings around, HubAccess hub, PullFlags flags) {
        this.around = around;
        this.hub = hub;
        this.flags = flags;
    }

    @Override
    public void check(Plan plan) {
        Optional<ModelShape> shape;
        try {
            shape = RemoteHeader.shape(hub.fetcher(), plan);
        } catch (DalangException e) {
            // What is wrong with it is for whoever opens it; a pull may be for another program.
            boolean file = e.failure() instanceof Failure.Unsupported || e.failure() instanceof Failure.BadModelFile;
            if (!file) throw e;
            around.say("whether it fits cannot be judged: " + e.failure().message());
            return;
        }
        long available = new Machine().memoryAvailable();
        long needed;
        String what;
        if (shape.isPresent()) {
            ModelShape s = shape.get();
            int context = Math.min(CONTEXT, s.contextMax());
            needed = Memory.of(s, context, 1, BlockType.F16, LoadOptions.DEFAULT.batch(), 0)
                    .total();
            what = s.quantisation() + " with a context of " + context;
        } else {
            needed = plan.files().stream()
                    .filter(f -> f.role() == Role.WEIGHTS)
                    .mapToLong(Plan.PlannedFile::bytes)
                    .sum();
            what = "its weights alone";
        }
        Verdict verdict = Verdict.of(needed, available);
        String line = what + " takes " + Text.bytes(needed) + " of " + Text.bytes(available) + " free memory";
        if (verdict == Verdict.NO && !flags.anyway) {
            throw new DalangException(new Failure.DoesNotFit(
                    plan.name() + " does not fit this machine: " + line + "; a smaller quantisation or model does"
                            + " (`dalang search --fits`), and --anyway fetches it all the same",
                    needed,
                    available));
        }
        around.say("fit: " + line + ": " + (verdict == Verdict.NO ? "it does not fit" : verdict.word()));
    }
}
