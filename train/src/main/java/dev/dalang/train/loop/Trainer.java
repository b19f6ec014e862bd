package dev.dalang.train.loop;

import dev.dalang.api.Cancellation;
import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.engine.kernel.Compute;
import dev.dalang.train.data.DataSource;
import dev.dalang.train.graph.Batch;
import dev.dalang.train.graph.Network;
import dev.dalang.train.graph.Parameter;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Trains a network: one sitting of a run, from its beginning or from a checkpoint.
 *
 * <p>A step takes some batches, gives each of their targets the same weight, however they are spread over the batches, clips the sum of the gradients and lets AdamW change the weights. Between
 * steps it validates, samples and saves. What the weights become depends on the network, the data source and the settings
 * only: a run that was killed and goes on from a checkpoint ends with the same bits.
 *
 * <p>Needs memory for four floats per parameter beside the network's activations: value, gradient and two moments; one
 * more where weights are averaged. For one thread; {@link #run} once.
 */
public final class Trainer implements AutoCloseable {

    /** How many of the last losses the final one is a mean of. */
    private static final int LAST = 20;

    private final Network network;
    private final DataSource train;
    private final @Nullable DataSource validation;
    private final TrainingSettings settings;
    private final TrainingListener listener;
    private final Arena arena = Arena.ofShared();
    private final AdamW optimizer;
    private final @Nullable WeightAverage average;
    private final Checkpoints.Tensors tensors;
    private final Map<String, String> identity;
    private final @Nullable Path folder;
    private @Nullable LongFunction<String> sampler;

    private RunState start = RunState.BEGINNING;
    private @Nullable Path saved;
    private long savedStep = -1;
    private boolean used;

    // Where the run is; see RunState.
    private long step;
    private long batch;
    private long tokens;
    private double best;
    private long bestStep;
    private double lastValidation;
    private long validated;
    private int worse;
    private DivergenceWatch watch = new DivergenceWatch(List.of(), 0);
    private Meter meter = new Meter(Meter.POWERCAP);

    /**
     * @param network what learns; stays the caller's
     * @param compute what the optimizer runs on, best the network's own; stays the caller's
     * @param validation what is measured and not learned; null for nothing
     * @param checkpoints folder for this run's checkpoints, made if missing; null to keep none
     * @throws DalangException (invalid request) if the settings need what is not there
     */
    public Trainer(
            Network network,
            Compute compute,
            DataSource train,
            @Nullable DataSource validation,
            TrainingSettings settings,
            TrainingListener listener,
            @Nullable Path checkpoints) {
        if (settings.patience() > 0 && (validation == null || checkpoints == null)) {
            throw DalangException.invalidRequest(
                    "patience needs validation data, and a folder for checkpoints to go back to the best one",
                    "patience");
        }
        this.network = network;
        this.train = train;
        this.validation = validation;
        this.settings = settings;
        this.listener = listener;
        this.folder = checkpoints;
        List<Parameter> parameters = network.parameters();
        optimizer = new AdamW(compute, parameters, settings.optimizer(), arena);
        average =
                settings.averaging() == 0 ? null : new WeightAverage(compute, parameters, settings.averaging(), arena);
        tensors = new Checkpoints.Tensors(
                parameters, optimizer.means(), optimizer.squares(), average == null ? null : average.averages());
        identity = new LinkedHashMap<>(settings.identity());
        identity.put("data", train.digest());
        identity.put("parameters", Long.toString(count()));
    }

    /** Something more that makes the run what it is: a checkpoint with another value under this name is refused. */
    public Trainer identity(String name, String value) {
        identity.put(name, value);
        return this;
    }

    /** Who lets the network write something, asked with the number of steps that are done. */
    public Trainer sampler(LongFunction<String> sampler) {
        this.sampler = sampler;
        return this;
    }

    /** Bytes that the values, gradients, moments and averages of {@code parameters} numbers take. */
    public static long stateBytes(long parameters, TrainingSettings settings) {
        return parameters * 4 * (settings.averaging() == 0 ? 4 : 5);
    }

    /** Bytes of a checkpoint. */
    public static long checkpointBytes(long parameters, TrainingSettings settings) {
        return parameters * 4 * (settings.averaging() == 0 ? 3 : 4) + (1 << 20);
    }

    /**
     * Goes on from a checkpoint ({@link Checkpoints#latest}).
     *
     * @throws DalangException (invalid request) if it is of another run, (bad model file, storage) if it cannot be read
     */
    public void resume(Path checkpoint) {
        start = Checkpoints.load(checkpoint, tensors, settings, identity);
        saved = checkpoint;
        savedStep = start.step();
    }

    /**
     * Trains until the end, or until told to stop: then, as at the end, the weights are saved first.
     *
     * @return the last event that the listener heard
     * @throws DalangException (storage, does not fit) if the folder cannot hold checkpoints, (invalid request) if it holds
     *     some and none was resumed
     */
    public TrainingEvent.Ended run(Cancellation cancellation) {
        if (used) throw new IllegalStateException("a trainer runs once");
        used = true;
        if (folder == null) return run(cancellation, null);
        try (Checkpoints checkpoints = Checkpoints.open(folder, checkpointBytes(count(), settings))) {
            Path there = Checkpoints.latest(folder);
            if (there != null && saved == null) {
                throw DalangException.invalidRequest(
                        folder + " holds checkpoints of an earlier run, up to " + there.getFileName()
                                + ": resume it, or name another folder",
                        "checkpoints");
            }
            return run(cancellation, checkpoints);
        }
    }

    private TrainingEvent.Ended run(Cancellation cancellation, @Nullable Checkpoints checkpoints) {
        step = start.step();
        batch = start.batch();
        tokens = start.tokens();
        best = start.best();
        bestStep = start.bestStep();
        lastValidation = start.validation();
        validated = start.validated();
        worse = start.worse();
        watch = new DivergenceWatch(start.losses(), start.high());
        meter = new Meter(Meter.POWERCAP);
        long sampled = step;
        listener.on(new TrainingEvent.Started(step, settings.steps(), count(), saved));
        while (true) {
            if (due(settings.validateEvery()) && validation != null && validated != step) {
                if (!validate(validation, cancellation)) return end(TrainingEvent.Ending.CANCELLED, checkpoints);
            }
            if (due(settings.sampleEvery()) && sampler != null && sampled != step) {
                sampled = step;
                sample(sampler);
            }
            boolean early = settings.patience() > 0 && worse >= settings.patience();
            if (step == settings.steps() || early) {
                return end(early ? TrainingEvent.Ending.EARLY : TrainingEvent.Ending.FINISHED, checkpoints);
            }
            boolean toKeep = step > 0 && settings.checkpointEvery() > 0 && step % settings.checkpointEvery() == 0;
            boolean toReturnTo = settings.patience() > 0 && bestStep == step && validated == step;
            if ((toKeep || toReturnTo) && watch.high() == 0) save(checkpoints);
            if (cancellation.isCancelled()) return end(TrainingEvent.Ending.CANCELLED, checkpoints);
            switch (step(cancellation)) {
                case DONE -> {}
                case CANCELLED -> {
                    return end(TrainingEvent.Ending.CANCELLED, checkpoints);
                }
                case DIVERGED -> {
                    return end(TrainingEvent.Ending.DIVERGED, checkpoints);
                }
            }
        }
    }

    /** Whether something that happens every so many steps, and at the end, happens now. */
    private boolean due(int every) {
        return every > 0 && (step % every == 0 || step == settings.steps());
    }

    private enum StepResult {
        DONE,
        CANCELLED,
        DIVERGED
    }

    private StepResult step(Cancellation cancellation) {
        long began = System.nanoTime();
        List<Batch> batches = new ArrayList<>();
        long targets = 0;
        long positions = 0;
        for (int i = 0; i < settings.accumulation(); i++) {
            Batch b = train.batch(batch + i);
            batches.add(b);
            targets += network.terms(b);
            positions += b.count();
        }
        double sum = 0;
        float scale = 1f / Math.max(1, targets);
        for (Batch b : batches) {
            if (cancellation.isCancelled()) {
                forgetGradients();
                return StepResult.CANCELLED;
            }
            sum += network.forwardBackward(b, scale);
        }
        double loss = sum / Math.max(1, targets);
        double norm = optimizer.gradientNorm();
        double rate = settings.schedule().rate(step, settings.steps());
        if (watch.diverged(loss) || !Double.isFinite(norm)) {
            forgetGradients();
            listener.on(new TrainingEvent.Diverged(step, loss, advice(loss, norm, rate)));
            return StepResult.DIVERGED;
        }
        double factor = settings.clip() > 0 && norm > settings.clip() ? settings.clip() / norm : 1;
        optimizer.step(step + 1, rate, factor);
        step++;
        if (average != null) average.add(step);
        batch += batches.size();
        tokens += positions;
        meter.step(began, System.nanoTime(), positions);
        listener.on(new TrainingEvent.Step(
                step,
                settings.steps(),
                loss,
                rate,
                norm,
                tokens,
                train.rounds(batch),
                meter.tokensPerSecond(),
                start.effort().time().plus(meter.effort().time()),
                meter.timeFor(settings.steps() - step)));
        return StepResult.DONE;
    }

    private void forgetGradients() {
        for (Parameter p : tensors.parameters()) p.gradient().fill(0);
    }

    private String advice(double loss, double norm, double rate) {
        String what = Double.isFinite(loss) && Double.isFinite(norm)
                ? "the loss has stayed far above %.2f, where it was".formatted(watch.median())
                : "the loss or its gradient is no finite number";
        return "%s: begin anew with a lower learning rate (it was %.2g), or a longer warm-up (%d steps)%s; %s"
                .formatted(
                        what,
                        rate,
                        settings.schedule().warmup(),
                        settings.clip() == 0 ? ", or clip the gradients" : "",
                        saved == null ? "no checkpoint was kept" : "the last good checkpoint is " + saved);
    }

    /** @return false if it was told to stop before it was over */
    private boolean validate(DataSource data, Cancellation cancellation) {
        long batches = data.round();
        if (settings.validationBatches() > 0) batches = Math.min(batches, settings.validationBatches());
        double sum = 0;
        long targets = 0;
        if (average != null) average.swap();
        try {
            for (long i = 0; i < batches; i++) {
                if (cancellation.isCancelled()) return false;
                Batch b = data.batch(i);
                sum += network.loss(b);
                targets += network.terms(b);
            }
        } finally {
            if (average != null) average.swap();
        }
        lastValidation = sum / Math.max(1, targets);
        validated = step;
        boolean better = lastValidation < best;
        if (better) {
            best = lastValidation;
            bestStep = step;
        }
        worse = better ? 0 : worse + 1;
        listener.on(new TrainingEvent.Validated(step, lastValidation, targets, better));
        return true;
    }

    private void sample(LongFunction<String> writer) {
        if (average != null) average.swap();
        String text;
        try {
            text = writer.apply(step);
        } finally {
            if (average != null) average.swap();
        }
        listener.on(new TrainingEvent.Sampled(step, text));
    }

    private void save(@Nullable Checkpoints checkpoints) {
        if (checkpoints == null || savedStep == step) return;
        RunState state = new RunState(
                step,
                batch,
                tokens,
                best,
                bestStep,
                lastValidation,
                validated,
                worse,
                watch.normal(),
                watch.high(),
                start.effort().plus(meter.effort()));
        try {
            Path path = checkpoints.save(tensors, state, identity);
            saved = path;
            savedStep = step;
            listener.on(new TrainingEvent.Saved(step, path));
            // What was saved while the loss is high does not drive out what was saved before.
            if (watch.high() == 0) checkpoints.prune(settings.keep(), settings.patience() > 0 ? bestStep : -1);
        } catch (DalangException e) {
            if (!(e.failure() instanceof Failure.Storage)) throw e;
            listener.on(new TrainingEvent.NotSaved(step, e.failure().message(), saved));
        }
    }

    private TrainingEvent.Ended end(TrainingEvent.Ending ending, @Nullable Checkpoints checkpoints) {
        Path back = null;
        long has = step;
        double measured = lastValidation;
        switch (ending) {
            case FINISHED, EARLY -> {
                save(checkpoints);
                if (settings.patience() > 0 && folder != null && bestStep != step) {
                    back = Checkpoints.of(folder, bestStep);
                    if (back != null) {
                        has = bestStep;
                        measured = best;
                    }
                }
            }
            case DIVERGED -> {
                back = saved;
                if (back != null) has = savedStep;
            }
            case CANCELLED -> save(checkpoints);
        }
        if (back != null) Checkpoints.loadWeights(back, tensors.parameters());
        else if (average != null) average.swap();
        List<Double> losses = watch.normal();
        TrainingEvent.Ended ended = new TrainingEvent.Ended(
                ending,
                has,
                losses.stream()
                        .skip(Math.max(0, losses.size() - LAST))
                        .mapToDouble(d -> d)
                        .average()
                        .orElse(Double.NaN),
                measured,
                tokens,
                start.effort().plus(meter.effort()),
                back == null ? saved : back);
        listener.on(ended);
        return ended;
    }

    private long count() {
        return tensors.parameters().stream().mapToLong(Parameter::count).sum();
    }

    @Override
    public void close() {
        arena.close();
    }
}
