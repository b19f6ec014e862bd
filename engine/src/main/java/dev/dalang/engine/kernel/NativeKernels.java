package dev.dalang.engine.kernel;

import dev.dalang.api.DalangException;
import dev.dalang.engine.assembler.CpuFeatures;
import dev.dalang.engine.format.BlockType;
import dev.dalang.engine.kernel.machine.Activations;
import dev.dalang.engine.kernel.machine.Arguments;
import dev.dalang.engine.kernel.machine.DotKernel;
import dev.dalang.engine.kernel.machine.FloatDotKernel;
import dev.dalang.engine.kernel.machine.Interleaving;
import dev.dalang.engine.kernel.machine.PanelDotKernel;
import dev.dalang.engine.kernel.machine.QuantizeKernel;
import dev.dalang.engine.kernel.machine.Simd;
import dev.dalang.engine.kernel.machine.TileDotKernel;
import dev.dalang.engine.kernel.machine.TileKernel;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Machine code that the engine assembles for the processor at hand (see {@link dev.dalang.engine.kernel.machine}).
 *
 * <p>Weights are packed when a matrix is first used, by all threads, into memory of their own; what the file mapped for
 * them is given back to the system, so that a model is in memory once. Quantised weights meet activations rounded to 8
 * bits in blocks of 32; floats meet floats.
 */
final class NativeKernels extends NativeElements {

    /** A chunk of a product: enough weights to be worth handing out, in bytes. */
    private static final long CHUNK = 128 << 10;

    private final MachineKernels machine;

    /** Bytes of a core's second cache. */
    private final long cache;

    private final PromptProducts prompts;
    private final DecodedProducts decoded;
    private final PanelProducts panels;
    private final WeightMemory memory = new WeightMemory();

    /** Whether a group's rows take two registers. */
    private final boolean halves;

    private final DotCodes dots;
    private final CodeTable quantizing;
    private final Product product = new Product();
    private final Map<Matrix, PackedMatrix> packed = new ConcurrentHashMap<>();

    NativeKernels(CpuFeatures cpu) {
        super(cpu);
        this.machine = machine();
        this.cache = machine.cpu().l2Bytes();
        this.halves = !Simd.wide(cpu);
        this.prompts = new PromptProducts(machine);
        this.decoded = new DecodedProducts(machine);
        this.panels = new PanelProducts(machine);
        this.dots = new DotCodes(machine);
        this.quantizing = new CodeTable(1, i -> machine.get(QuantizeKernel.class, QuantizeKernel::assemble));
    }

    /** @throws DalangException saying what is missing, where this processor, system or JVM cannot run machine code */
    static NativeKernels create(CpuFeatures cpu) {
        if (!Simd.supported(cpu)) {
            String why = cpu.features().isEmpty() && !cpu.notes().isEmpty()
                    ? String.join("; ", cpu.notes())
                    : "they need AVX2, FMA and F16C, and there is no " + String.join(" and no ", Simd.missing(cpu));
            throw DalangException.unsupported("the native kernels cannot run here: " + why, "kernels");
        }
        try {
            NativeKernels kernels = new NativeKernels(cpu);
            SelfTest.run(kernels);
            return kernels;
        } catch (IllegalStateException | LinkageError e) {
            throw DalangException.unsupported("the native kernels cannot run here: " + e.getMessage(), "kernels");
        }
    }

    @Override
    public String name() {
        return "native";
    }

    @Override
    public String description() {
        return "native: machine code, " + Simd.description(machine.cpu());
    }

    @Override
    public boolean phasesAgree(BlockType type) {
        // With tiles a prompt's attention is computed in them too, whatever the weights are.
        return !TileKernel.supported(machine.cpu()) && !prompts.supports(type);
    }

    private static boolean supports(Matrix w) {
        return DotKernel.supports(w.type()) || FloatDotKernel.supports(w.type());
    }

    @Override
    public void multiply(Matrix w, Floats x, int tokens, int prompt, Floats out, Compute compute) {
        if (prompt > 0 && prompts.supports(w.type())) {
            prompts.multiply(w, supports(w) ? packed(w, compute) : null, x, prompt, out, compute);
            if (prompt < tokens) {
                Floats rest = x.slice(prompt * w.columns(), (tokens - prompt) * w.columns());
                Floats results = out.slice(prompt * w.rows(), (tokens - prompt) * w.rows());
                multiply(w, rest, tokens - prompt, 0, results, compute);
            }
            return;
        }
        if (!supports(w)) {
            super.multiply(w, x, tokens, prompt, out, compute);
            return;
        }
        product.begin(w, x, tokens, compute);
        product.add(w, out);
        product.run();
    }

    @Override
    public void multiply(Matrix[] ws, Floats x, int tokens, int prompt, Floats[] outs, Compute compute) {
        if (ws.length > Product.MOST || !readAlike(ws, tokens, prompt)) {
            super.multiply(ws, x, tokens, prompt, outs, compute);
            return;
        }
        product.begin(ws[0], x, tokens, compute);
        for (int i = 0; i < ws.length; i++) product.add(ws[i], outs[i]);
        product.run();
    }

    /** Whether all of them read the same form of so many tokens: as they are, or rounded and in passes of one size. */
    private boolean readAlike(Matrix[] ws, int tokens, int prompt) {
        boolean floats = FloatDotKernel.supports(ws[0].type());
        for (Matrix w : ws) {
            if (prompt > 0 && prompts.supports(w.type())) return false;
            if (!supports(w) || FloatDotKernel.supports(w.type()) != floats) return false;
            if (!floats && tokens > 1 && w.type() != ws[0].type()) return false;
        }
        return true;
    }

    /**
     * Products of one input that a team shares out among its threads. Kept for the next ones, so that the hundreds of
     * products of a token make no object each; a caller has one under way at a time.
     */
    @SuppressWarnings("NullAway.Init") // Set before each run.
    private final class Product implements Team.Task {
        private static final int MOST = 4;

        private final Matrix[] matrices = new Matrix[MOST];
        private final PackedMatrix[] packed = new PackedMatrix[MOST];
        private final Floats[] outs = new Floats[MOST];
        private final int[] chunks = new int[MOST];
        private int count;
        private Floats x;
        private long quantised;
        private int tokens;
        private Compute compute;

        /** @param first of those that are added then */
        void begin(Matrix first, Floats x, int tokens, Compute compute) {
            this.count = 0;
            this.x = x;
            this.tokens = tokens;
            this.compute = compute;
            this.quantised = FloatDotKernel.supports(first.type()) ? 0 : quantize(first, x, tokens, compute);
        }

        void add(Matrix w, Floats out) {
            PackedMatrix p = packed(w, compute);
            int n = Math.clamp(p.bytes() / CHUNK, 1, compute.chunks(p.groups()));
            // What several passes go over stays in the second cache from the first to the last.
            if (tokens > tokensOfPass(w.type(), tokens, tokens))
                n = Math.clamp(p.bytes() / Math.max(CHUNK, cache / 2), n, p.groups());
            matrices[count] = w;
            packed[count] = p;
            outs[count] = out;
            chunks[count++] = n;
        }

        void run() {
            int all = 0;
            for (int i = 0; i < count; i++) all += chunks[i];
            compute.forEach(all, this);
        }

        @Override
        public void run(int chunk, int worker) {
            int i = 0;
            while (chunk >= chunks[i]) chunk -= chunks[i++];
            int from = border(packed[i].groups(), chunk, chunks[i]);
            int to = border(packed[i].groups(), chunk + 1, chunks[i]);
            groups(matrices[i], packed[i], from, to, x, quantised, tokens, outs[i], compute.scratch(worker));
        }
    }

    /** Where a chunk begins: at an even group, as panels go through in pairs. */
    private static int border(int groups, int chunk, int chunks) {
        if (chunk == chunks) return groups;
        return (int) ((long) groups * chunk / chunks) / PanelDotKernel.GROUPS * PanelDotKernel.GROUPS;
    }

    /** By the kernels for answers, whatever the tokens are: who calls this shares out work by itself. */
    @Override
    public void multiply(Matrix w, int from, int to, Floats x, int tokens, Floats out, Scratch scratch) {
        if (!supports(w)) {
            decoded.multiply(w, from, to, x, tokens, out, scratch);
            return;
        }
        if (from >= to) return;
        PackedMatrix p = packed(w, scratch);
        long quantised = FloatDotKernel.supports(w.type()) ? 0 : quantize(w, x, tokens, scratch);
        int first = (from + Interleaving.ROWS - 1) / Interleaving.ROWS;
        int last = to / Interleaving.ROWS;
        if (first < last) groups(w, p, first, last, x, quantised, tokens, out, scratch);
        if (from < first * Interleaving.ROWS) {
            partial(w, p, first - 1, from, Math.min(to, first * Interleaving.ROWS), x, quantised, tokens, out, scratch);
        }
        if (last >= first && last * Interleaving.ROWS < to) {
            partial(w, p, last, last * Interleaving.ROWS, to, x, quantised, tokens, out, scratch);
        }
    }

    /** How many of {@code left} tokens, of {@code tokens} in all, the next pass over the weights takes. */
    private int tokensOfPass(BlockType type, int tokens, int left) {
        if (panels.worthIt(type, tokens)) return Math.min(left, panels.tile(type, tokens));
        int limit = dots.most(type, left);
        if (halves) {
            // Shares as even as can be: with one token alone weights are taken apart as often as with many.
            int passes = (left + limit - 1) / limit;
            return (left + passes - 1) / passes;
        }
        return Math.min(left, limit);
    }

    /** Whole groups; the last one of the matrix may have fewer rows. */
    private void groups(
            Matrix w,
            PackedMatrix p,
            int from,
            int to,
            Floats x,
            long quantised,
            int tokens,
            Floats out,
            Scratch scratch) {
        int whole = Math.min(to, w.rows() / Interleaving.ROWS);
        long result = out.address(0) + 4L * from * Interleaving.ROWS;
        if (from < whole) run(w, p, from, whole, x, quantised, tokens, result, w.rows(), scratch);
        if (whole < to) {
            int row = Math.max(from, whole) * Interleaving.ROWS;
            partial(w, p, Math.max(from, whole), row, w.rows(), x, quantised, tokens, out, scratch);
        }
    }

    /** Rows {@code from .. to-1} of one group. */
    private void partial(
            Matrix w,
            PackedMatrix p,
            int group,
            int from,
            int to,
            Floats x,
            long quantised,
            int tokens,
            Floats out,
            Scratch scratch) {
        Floats results = scratch.floats(Scratch.Use.RESULTS, tokens * Interleaving.ROWS);
        run(w, p, group, group + 1, x, quantised, tokens, results.address(0), Interleaving.ROWS, scratch);
        int skip = from - group * Interleaving.ROWS;
        for (int t = 0; t < tokens; t++) {
            out.copy(t * w.rows() + from, results, t * Interleaving.ROWS + skip, to - from);
        }
    }

    private void run(
            Matrix w,
            PackedMatrix p,
            int from,
            int to,
            Floats x,
            long quantised,
            int tokens,
            long result,
            int resultStride,
            Scratch scratch) {
        if (panels.worthIt(w.type(), tokens)) {
            int groups = panels.groups(to - from);
            panels.multiply(w, p, from, groups, quantised, tokens, result, resultStride, scratch);
            from += groups;
            result += 4L * Interleaving.ROWS * groups;
            if (from == to) return;
        }
        long arguments =
                scratch.floats(Scratch.Use.ARGUMENTS, Arguments.BYTES / 4).address(0);
        put(arguments, Arguments.WEIGHTS, p.weights(from));
        put(arguments, Arguments.WEIGHTS_STEP, p.weightsStep());
        put(arguments, Arguments.ODD, p.odd(from));
        put(arguments, Arguments.ODD_STEP, p.oddStep());
        put(arguments, Arguments.ACTIVATION_STRIDE, 4L * w.columns());
        put(arguments, Arguments.RESULT_STRIDE, 4L * resultStride);
        put(arguments, Arguments.BLOCKS, p.blocks());
        put(arguments, Arguments.GROUPS, to - from);
        boolean floats = FloatDotKernel.supports(w.type());
        for (int t = 0, n; t < tokens; t += n) {
            n = tokensOfPass(w.type(), tokens, tokens - t);
            long activations = floats ? x.address(t * w.columns()) : quantised + quantisedBytes(w, t);
            put(arguments, Arguments.ACTIVATIONS, activations);
            put(arguments, Arguments.RESULTS, result + 4L * t * resultStride);
            if (dots.inTiles(w.type(), n)) configure(w.type(), n, arguments, scratch);
            MachineKernels.call(dots.get(w.type(), n), arguments);
        }
    }

    /** What code that uses tiles finds in its working memory: their configuration. */
    private static void configure(BlockType type, int tokens, long arguments, Scratch scratch) {
        long working = scratch.floats(Scratch.Use.TILES, TileDotKernel.WORKING_BYTES / 4)
                .address(0);
        for (int i = 0; i < TileDotKernel.CONFIGURATION_BYTES; i++) {
            Memory.i8(working + i, (byte) TileDotKernel.configuration(type, i, tokens));
        }
        put(arguments, Arguments.TILES, working);
    }

    private static void put(long arguments, Arguments which, long value) {
        Memory.i64(arguments + which.offset(), value);
    }

    static long quantisedBytes(Matrix w, int tokens) {
        return (long) w.columns() / Activations.ELEMENTS * Activations.BYTES * tokens;
    }

    /** All tokens as activations in the order of the passes; returns their address. */
    private long quantize(Matrix w, Floats x, int tokens, Scratch scratch) {
        long target = quantised(w, x, tokens, scratch);
        for (int t = 0, n; t < tokens; t += n) {
            n = tokensOfPass(w.type(), tokens, tokens - t);
            for (int i = 0; i < n; i++) quantize(w, x, t, n, i, target, scratch);
        }
        return target;
    }

    /** The same by the whole team; one token is not worth waking anybody for. */
    private long quantize(Matrix w, Floats x, int tokens, Compute compute) {
        if (tokens == 1) return quantize(w, x, tokens, compute.scratch(0));
        long target = quantised(w, x, tokens, compute.scratch(0));
        for (int t = 0, n; t < tokens; t += n) {
            n = tokensOfPass(w.type(), tokens, tokens - t);
            int first = t;
            int count = n;
            compute.forEach(count, (i, worker) -> quantize(w, x, first, count, i, target, compute.scratch(worker)));
        }
        return target;
    }

    private static long quantised(Matrix w, Floats x, int tokens, Scratch scratch) {
        x.address(tokens * w.columns());
        int bytes = Math.toIntExact(quantisedBytes(w, tokens));
        return scratch.floats(Scratch.Use.ACTIVATIONS, bytes / 4).address(0);
    }

    /** Token {@code i} of the {@code n} of a pass. */
    private void quantize(Matrix w, Floats x, int first, int n, int i, long target, Scratch scratch) {
        long words = scratch.floats(Scratch.Use.ARGUMENTS, Arguments.BYTES / 4).address(0);
        Memory.put(words, QuantizeKernel.Words.SOURCE, x.address((first + i) * w.columns()));
        Memory.i64(
                words + QuantizeKernel.Words.TARGET.offset(),
                target + quantisedBytes(w, first) + (long) i * Activations.BYTES);
        Memory.put(words, QuantizeKernel.Words.TARGET_STEP, (long) n * Activations.BYTES);
        Memory.put(words, QuantizeKernel.Words.BLOCKS, w.columns() / Activations.ELEMENTS);
        MachineKernels.call(quantizing.get(0), words);
    }

    /** Where panels of a matrix come from. */
    PanelSource panels(Matrix w, Compute compute) {
        return new PanelSource(w, supports(w) ? packed(w, compute) : null);
    }

    private PackedMatrix packed(Matrix w, Scratch scratch) {
        return packed.computeIfAbsent(w, m -> {
            PackedMatrix p = new PackedMatrix(m, memory.allocate(PackedMatrix.bytes(m)));
            p.pack(0, p.groups(), machine, scratch);
            WeightMemory.forget(m.data());
            return p;
        });
    }

    private PackedMatrix packed(Matrix w, Compute compute) {
        PackedMatrix known = packed.get(w);
        if (known != null) return known;
        PackedMatrix p = new PackedMatrix(w, memory.allocate(PackedMatrix.bytes(w)));
        int chunks = Math.clamp(PackedMatrix.bytes(w) / CHUNK, 1, p.groups());
        compute.forEach(chunks, (chunk, worker) -> {
            int from = (int) ((long) p.groups() * chunk / chunks);
            int to = (int) ((long) p.groups() * (chunk + 1) / chunks);
            p.pack(from, to, machine, compute.scratch(worker));
            // At once, so that not even one large matrix is in memory twice.
            WeightMemory.forget(p.source(from, to));
        });
        packed.put(w, p);
        return p;
    }

    @Override
    public void close() {
        packed.clear();
        memory.close();
    }
}
