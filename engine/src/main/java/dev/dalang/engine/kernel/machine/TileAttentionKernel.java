package dev.dalang.engine.kernel.machine;

import static dev.dalang.engine.assembler.Gp.R10;
import static dev.dalang.engine.assembler.Gp.R11;
import static dev.dalang.engine.assembler.Gp.R12;
import static dev.dalang.engine.assembler.Gp.R13;
import static dev.dalang.engine.assembler.Gp.R14;
import static dev.dalang.engine.assembler.Gp.R15;
import static dev.dalang.engine.assembler.Gp.R8;
import static dev.dalang.engine.assembler.Gp.R9;
import static dev.dalang.engine.assembler.Gp.RAX;
import static dev.dalang.engine.assembler.Gp.RBP;
import static dev.dalang.engine.assembler.Gp.RBX;
import static dev.dalang.engine.assembler.Gp.RCX;
import static dev.dalang.engine.assembler.Gp.RDI;
import static dev.dalang.engine.assembler.Gp.RDX;
import static dev.dalang.engine.assembler.Gp.RSI;
import static dev.dalang.engine.assembler.Mask.K1;
import static dev.dalang.engine.assembler.Mask.K2;
import static dev.dalang.engine.assembler.Mask.K3;
import static dev.dalang.engine.assembler.Mem.mem;
import static dev.dalang.engine.assembler.Tile.TMM4;
import static dev.dalang.engine.assembler.Tile.TMM5;
import static dev.dalang.engine.assembler.Tile.TMM6;
import static dev.dalang.engine.assembler.Tile.TMM7;
import static dev.dalang.engine.assembler.Vec.zmm;

import dev.dalang.engine.assembler.Assembler;
import dev.dalang.engine.assembler.Cond;
import dev.dalang.engine.assembler.CpuFeature;
import dev.dalang.engine.assembler.CpuFeatures;
import dev.dalang.engine.assembler.Gp;
import dev.dalang.engine.assembler.Label;
import dev.dalang.engine.assembler.Mem;
import dev.dalang.engine.assembler.Tile;
import dev.dalang.engine.assembler.Vec;
import dev.dalang.engine.format.BlockType;
import java.util.List;

/**
 * Attention of many queries to the pages of one key-value head in the tile registers (AMX): keys, values, queries and
 * weights as BF16, sums in F32.
 *
 * <p>Everything is the other way round: scores are {@code [position][query]} and results {@code [element][query]}, so
 * that a lane is a query, a maximum over positions is one of whole registers, and the weights come out in the order
 * that the next product wants. Positions are taken {@link #BLOCK} at a time, counted from 0. The maximum that the
 * exponentials are relative to grows only when it is outdone by {@link #SLACK}, so that results are seldom rescaled.
 */
public final class TileAttentionKernel {

    /** What code is made for; see {@link AttentionKernel.Form}. */
    public record Form(BlockType type, int keyDim, int valueDim, boolean shared, boolean softcap) {}

    /** The words that the kernel takes. */
    public enum Words implements Word {
        /** Pairs of addresses, of the head's keys and of its values in each page; two more pairs than there are pages. */
        PAGES,
        /** How many blocks, of two pages each. */
        BLOCKS,
        /** The first one's first position; changed by the code. */
        BASE,
        /** Address of the queries, scaled for powers of 2 (or as they are, when capped), {@code [queries][keyDim]}. */
        QUERIES,
        /** Address of what each tile's queries see, {@link #BOUNDS_BYTES} for each tile. */
        BOUNDS,
        /** Address of the states: {@link #stateFloats} for each tile. */
        STATES,
        /** How many tiles of queries. */
        TILES,
        /** Address of working memory of {@link #workFloats}. */
        WORK,
        /** The cap, as a float. */
        SOFTCAP,
        /** Address of a factor for each query, for {@link #assembleResults}. */
        FACTORS,
        /** Address of the address of each query's result. */
        RESULTS;

        /** Bytes of all of them. */
        public static final int BYTES = 8 * values().length;
    }

    /** Queries of a tile. */
    public static final int QUERIES = 16;

    /** Positions of a step. */
    public static final int BLOCK = 64;

    /**
     * A tile's bounds: for each query one less than its first position, for each where its positions end, then the
     * largest of the first, the smallest of the second, the smallest of the first, and the largest of the second.
     */
    public static final int BOUNDS_BYTES = 192;

    /** Where the largest first bound is. */
    public static final int BOUNDS_SUMMARY = 128;

    /** Where a tile's values lie in its state, in floats, after its maxima and its sums. */
    public static final int VALUES = 2 * QUERIES;

    /** log2 of how much larger than 1 a weight may be. */
    private static final float SLACK = 8;

    private static final int TILE_BYTES = 1024;
    private static final int LINE = 64;
    private static final Tile[] TILES = Tile.values();
    private static final List<Gp> SAVED = List.of(RBX, RBP, R12, R13, R14, R15);

    private final Form form;
    private final Simd simd;
    private final Assembler a;
    private final Functions functions;
    private final int weights = BLOCK * LINE;
    private final int rows = weights + 2 * TILE_BYTES;
    private final int columns;
    private final int keys;
    private final int values;
    private final int queries;

    private TileAttentionKernel(Form form, CpuFeatures cpu) {
        this.form = form;
        simd = new Simd(new Assembler(), cpu);
        a = simd.assembler();
        functions = new Functions(simd);
        int page = 4 * CacheReader.PAGE;
        columns = rows + page * CacheReader.stride(Math.max(form.keyDim, form.valueDim));
        keys = columns + page * CacheReader.stride(form.valueDim);
        values = keys + 2 * BLOCK * form.keyDim;
        queries = values + 2 * LINE * form.valueDim;
    }

    /** Whether the processor has the tiles, and what rounds to BF16. */
    public static boolean supported(CpuFeatures cpu) {
        return Simd.wide(cpu) && cpu.hasAll(CpuFeature.AMX_TILE, CpuFeature.AMX_BF16, CpuFeature.AVX512_BF16);
    }

    /** Whether there is code for heads of these sizes. */
    public static boolean supports(BlockType type, int keyDim, int valueDim) {
        return type != BlockType.F32 && keyDim % 32 == 0 && valueDim % 16 == 0;
    }

    /** Floats of a tile's state. */
    public static int stateFloats(int valueDim) {
        return VALUES + QUERIES * valueDim;
    }

    /** Floats of working memory for so many tiles of queries. */
    public static int workFloats(int keyDim, int valueDim, int tiles) {
        int page = CacheReader.PAGE * (CacheReader.stride(Math.max(keyDim, valueDim)) + CacheReader.stride(valueDim));
        return BLOCK * QUERIES
                + TILE_BYTES / 2
                + page
                + BLOCK * keyDim / 2
                + 2 * QUERIES * valueDim
                + tiles * QUERIES * keyDim / 2;
    }

    public static Assembler assemble(Form form, CpuFeatures cpu) {
        return new TileAttentionKernel(form, cpu).assemble();
    }

    /*
     * rdi words  rbx pages  rbp working memory  r10 64  r11 bytes of a key  r12 a tile's queries  r13 tiles left
     * r14 its state  r15 its bounds
     */
    private Assembler assemble() {
        SAVED.forEach(a::push);
        a.mov(RBP, Words.WORK.at(RDI));
        turnQueries();
        int[] configuration = new int[16];
        configuration[0] = 1;
        for (int i = 4; i < 8; i++) configuration[i] = LINE << 16 | LINE;
        for (int i = 12; i < 14; i++) configuration[i] = 0x1010_1010;
        a.ldtilecfg(simd.constant(configuration));
        a.mov(R10, LINE);
        a.mov(R11, 2 * form.keyDim);
        a.mov(RBX, Words.PAGES.at(RDI));
        Label block = a.here();
        for (int half = 0; half < 2; half++) page(half);
        a.lea(R12, mem(RBP, queries));
        a.mov(R13, Words.TILES.at(RDI));
        a.mov(R14, Words.STATES.at(RDI));
        a.mov(R15, Words.BOUNDS.at(RDI));
        Label tile = a.here();
        Label next = a.label();
        // Nothing of the block is seen by any query of the tile?
        a.mov(RAX, Words.BASE.at(RDI));
        a.cmp(RAX, mem(R15, BOUNDS_SUMMARY + 24));
        a.jcc(Cond.GE, next);
        a.add(RAX, BLOCK - 1);
        a.cmp(RAX, mem(R15, BOUNDS_SUMMARY + 16));
        a.jcc(Cond.LE, next);
        scores();
        softmax();
        mix();
        a.bind(next);
        a.add(R12, QUERIES * 2 * form.keyDim);
        a.add(R14, 4 * stateFloats(form.valueDim));
        a.add(R15, BOUNDS_BYTES);
        a.dec(R13);
        a.jcc(Cond.NE, tile);
        a.add(RBX, 32);
        a.mov(RAX, BLOCK);
        a.add(Words.BASE.at(RDI), RAX);
        a.mov(RAX, Words.BLOCKS.at(RDI));
        a.dec(RAX);
        a.mov(Words.BLOCKS.at(RDI), RAX);
        a.test(RAX, RAX);
        a.jcc(Cond.NE, block);
        a.tilerelease();
        SAVED.reversed().forEach(a::pop);
        return simd.finish();
    }

    /** All queries as {@code [tile][pair of elements][query][2]} of BF16. */
    private void turnQueries() {
        CacheReader reader = new CacheReader(simd);
        a.mov(RCX, Words.QUERIES.at(RDI));
        a.lea(RDX, mem(RBP, queries));
        a.mov(R13, Words.TILES.at(RDI));
        Label tile = a.here();
        a.mov(R8, form.keyDim / 4);
        Label quad = a.here();
        reader.square(RCX, 0, 4 * form.keyDim);
        for (int pair = 0; pair < 2; pair++) {
            pack(zmm(2 * pair), zmm(2 * pair + 1));
            a.vmovups(mem(RDX, LINE * pair), zmm(2 * pair));
        }
        a.add(RCX, 16);
        a.add(RDX, 2 * LINE);
        a.dec(R8);
        a.jcc(Cond.NE, quad);
        a.add(RCX, 4 * (QUERIES - 1) * form.keyDim);
        a.dec(R13);
        a.jcc(Cond.NE, tile);
    }

    /** {@code low = low | high << 16} of both, rounded to BF16, halves away from zero; {@code high} is overwritten. */
    private void pack(Vec low, Vec high) {
        a.vpaddd(low, low, simd.lanesOf(0x8000));
        a.vpaddd(high, high, simd.lanesOf(0x8000));
        a.vpsrld(low, low, 16);
        // low | high & mask
        a.vpternlogd(low, high, simd.lanesOf(0xFFFF_0000), 0xF8);
    }

    /** One of the block's two pages: keys as rows, values as columns, of BF16. */
    private void page(int half) {
        CacheReader reader = new CacheReader(simd);
        a.mov(RSI, mem(RBX, 16 * half));
        a.mov(R9, mem(RBX, 16 * half + 32));
        a.sub(R9, RSI);
        a.lea(RCX, mem(RBP, rows));
        reader.rows(form.type, form.keyDim, true);
        a.lea(RCX, mem(RBP, rows));
        a.lea(RDX, mem(RBP, keys + half * CacheReader.PAGE * 2 * form.keyDim));
        a.mov(R8, CacheReader.PAGE * form.keyDim / 32);
        narrow();
        if (!form.shared) {
            a.mov(RSI, mem(RBX, 16 * half + 8));
            a.mov(R9, mem(RBX, 16 * half + 40));
            a.sub(R9, RSI);
            a.lea(RCX, mem(RBP, rows));
            reader.rows(form.type, form.valueDim, true);
        }
        a.lea(RCX, mem(RBP, rows));
        a.lea(RDX, mem(RBP, columns));
        reader.transpose(form.valueDim, CacheReader.stride(form.shared ? form.keyDim : form.valueDim));
        a.lea(RCX, mem(RBP, columns));
        a.lea(RDX, mem(RBP, values + half * LINE * form.valueDim));
        a.mov(R8, form.valueDim);
        narrow();
    }

    /** r8 times 32 floats at rcx to BF16 at rdx. */
    private void narrow() {
        Label line = a.here();
        a.vmovups(zmm(0), mem(RCX));
        a.vmovups(zmm(1), mem(RCX, LINE));
        a.vcvtne2ps2bf16(zmm(0), zmm(1), zmm(0));
        a.vmovups(mem(RDX), zmm(0));
        a.add(RCX, 2 * LINE);
        a.add(RDX, LINE);
        a.dec(R8);
        a.jcc(Cond.NE, line);
    }

    /** {@code [position][query]} in working memory. */
    private void scores() {
        a.lea(RCX, mem(RBP, keys));
        for (int t = 0; t < 4; t++) a.tilezero(TILES[t]);
        for (int chunk = 0; chunk < form.keyDim / 32; chunk++) {
            a.tileloadd(TMM4, mem(R12, R10, 1, chunk * TILE_BYTES));
            for (int t = 0; t < 4; t++) {
                Tile key = t % 2 == 0 ? TMM5 : TMM6;
                a.tileloadd(key, mem(RCX, R11, 1, t * 16 * 2 * form.keyDim + chunk * LINE));
                a.tdpbf16ps(TILES[t], key, TMM4);
            }
        }
        for (int t = 0; t < 4; t++) a.tilestored(mem(RBP, R10, 1, t * TILE_BYTES), TILES[t]);
    }

    private void softmax() {
        Label plain = a.label();
        Label grown = a.label();
        Label exponentials = a.label();
        if (!form.softcap) {
            // Everything is seen by all queries?
            a.mov(RAX, Words.BASE.at(RDI));
            a.cmp(RAX, mem(R15, BOUNDS_SUMMARY));
            a.jcc(Cond.LE, grown);
            a.add(RAX, BLOCK);
            a.cmp(RAX, mem(R15, BOUNDS_SUMMARY + 8));
            a.jcc(Cond.LE, plain);
            a.bind(grown);
        }
        prepareScores();
        a.bind(plain);
        for (int i = 0; i < 4; i++) a.vmovups(zmm(i), mem(RBP, i * LINE));
        for (int i = 4; i < BLOCK; i++) a.vmaxps(zmm(i % 4), zmm(i % 4), mem(RBP, i * LINE));
        a.vmaxps(zmm(0), zmm(0), zmm(1));
        a.vmaxps(zmm(2), zmm(2), zmm(3));
        a.vmaxps(zmm(0), zmm(0), zmm(2));
        a.vmovups(zmm(1), mem(R14));
        a.vaddps(zmm(2), zmm(1), functions.constant(SLACK));
        a.vcmpps(K3, zmm(0), zmm(2), 14);
        a.kortestw(K3, K3);
        a.jcc(Cond.E, exponentials);
        rescale();
        a.bind(exponentials);
        exponentials();
    }

    /** Caps the scores, and hides what the queries do not see. */
    private void prepareScores() {
        Vec after = zmm(16);
        Vec end = zmm(17);
        Vec low = zmm(18);
        Vec position = zmm(19);
        Vec one = zmm(20);
        Vec cap = zmm(21);
        Vec s = zmm(0);
        a.vmovups(after, mem(R15));
        a.vmovups(end, mem(R15, LINE));
        simd.load(low, functions.constant(Float.NEGATIVE_INFINITY));
        simd.load(one, simd.lanesOf(1));
        a.vpbroadcastd(position, Words.BASE.at(RDI));
        if (form.softcap) a.vbroadcastss(cap, Words.SOFTCAP.at(RDI));
        a.mov(RCX, RBP);
        a.mov(R8, BLOCK);
        Label row = a.here();
        a.vmovups(s, mem(RCX));
        if (form.softcap) {
            a.vdivps(s, s, cap);
            functions.tanh(s, zmm(1), zmm(2), zmm(3), zmm(4));
            a.vmulps(s, s, cap);
            a.vmulps(s, s, functions.constant((float) (1 / Math.log(2))));
        }
        a.vpcmpgtd(K1, position, after);
        a.vpcmpgtd(K2, end, position);
        a.kandw(K1, K1, K2);
        a.vblendmps(s.merge(K1), low, s);
        a.vmovups(mem(RCX), s);
        a.vpaddd(position, position, one);
        a.add(RCX, LINE);
        a.dec(R8);
        a.jcc(Cond.NE, row);
    }

    /** Where the maximum grew by enough (k3, to the first register), sums and values become relative to the new one. */
    private void rescale() {
        Vec keep = zmm(2);
        Vec max = zmm(1);
        simd.move(zmm(3), max);
        simd.move(max.merge(K3), zmm(0));
        a.vmovups(mem(R14), max);
        a.vsubps(keep, zmm(3), max);
        coefficients();
        powerOf2(keep, zmm(4), zmm(5));
        a.vmulps(zmm(3), keep, mem(R14, LINE));
        a.vmovups(mem(R14, LINE), zmm(3));
        a.lea(RCX, mem(R14, 4 * VALUES));
        a.mov(R8, form.valueDim / 16);
        Label values = a.here();
        for (int i = 0; i < 16; i++) {
            a.vmulps(zmm(3 + i % 4), keep, mem(RCX, i * LINE));
            a.vmovups(mem(RCX, i * LINE), zmm(3 + i % 4));
        }
        a.add(RCX, TILE_BYTES);
        a.dec(R8);
        a.jcc(Cond.NE, values);
    }

    private static final float[] POWER = {0.013426727f, 0.05224238f, 0.24128027f, 0.69304484f, 1};

    private void coefficients() {
        for (int i = 0; i < POWER.length; i++) simd.load(zmm(24 + i), functions.constant(POWER[i]));
    }

    /**
     * {@code x = 2^x}: of its fraction by a polynomial fitted to 3e-6 that is exact at 0, then the whole part to the
     * exponent.
     */
    private void powerOf2(Vec x, Vec f, Vec p) {
        a.vreduceps(f, x, 1);
        simd.move(p, zmm(24));
        for (int i = 1; i < POWER.length; i++) a.vfmadd213ps(p, f, zmm(24 + i));
        a.vscalefps(x, p, x);
    }

    /** Scores to weights, pairs of positions side by side, and their sums. */
    private void exponentials() {
        Vec max = zmm(1);
        coefficients();
        simd.zero(zmm(16));
        simd.zero(zmm(17));
        a.mov(RCX, RBP);
        a.lea(RDX, mem(RBP, weights));
        a.mov(R8, BLOCK / 8);
        a.align(16);
        Label rows = a.here();
        for (int pair = 0; pair < 4; pair++) {
            Vec low = zmm(2 + 6 * (pair % 2));
            Vec high = zmm(5 + 6 * (pair % 2));
            a.vmovups(low, mem(RCX, 2 * pair * LINE));
            a.vmovups(high, mem(RCX, (2 * pair + 1) * LINE));
            a.vsubps(low, low, max);
            a.vsubps(high, high, max);
            powerOf2(low, zmm(low.number() + 1), zmm(low.number() + 2));
            powerOf2(high, zmm(high.number() + 1), zmm(high.number() + 2));
            a.vaddps(zmm(16), zmm(16), low);
            a.vaddps(zmm(17), zmm(17), high);
            pack(low, high);
            a.vmovups(mem(RDX, pair * LINE), low);
        }
        a.add(RCX, 8 * LINE);
        a.add(RDX, 4 * LINE);
        a.dec(R8);
        a.jcc(Cond.NE, rows);
        a.vaddps(zmm(16), zmm(16), zmm(17));
        a.vaddps(zmm(16), zmm(16), mem(R14, LINE));
        a.vmovups(mem(R14, LINE), zmm(16));
    }

    /** Adds the weighted values. */
    private void mix() {
        a.tileloadd(TMM6, mem(RBP, R10, 1, weights));
        a.tileloadd(TMM7, mem(RBP, R10, 1, weights + TILE_BYTES));
        a.lea(RCX, mem(RBP, values));
        for (int t = 0; t < form.valueDim / 16; t++) {
            Tile sum = TILES[t % 4];
            Mem state = mem(R14, R10, 1, 4 * VALUES + t * TILE_BYTES);
            a.tileloadd(sum, state);
            a.tileloadd(TMM4, mem(RCX, R10, 1, t * TILE_BYTES));
            a.tdpbf16ps(sum, TMM4, TMM6);
            a.tileloadd(TMM5, mem(RCX, R10, 1, LINE * form.valueDim + t * TILE_BYTES));
            a.tdpbf16ps(sum, TMM5, TMM7);
            a.tilestored(state, sum);
        }
    }

    /** The code that writes states, each query's times its factor, as results {@code [query][element]}. */
    public static Assembler assembleResults(int valueDim, CpuFeatures cpu) {
        Simd simd = new Simd(new Assembler(), cpu);
        Assembler a = simd.assembler();
        CacheReader reader = new CacheReader(simd);
        a.mov(RCX, Words.STATES.at(RDI));
        a.mov(RDX, Words.FACTORS.at(RDI));
        a.mov(RSI, Words.RESULTS.at(RDI));
        a.mov(R8, Words.TILES.at(RDI));
        Label tile = a.here();
        for (int quad = 0; quad < 4; quad++) {
            a.lea(RAX, mem(RCX, 4 * VALUES + 16 * quad));
            a.xor(R9, R9);
            Label elements = a.here();
            reader.square(RAX, 0, LINE);
            for (int i = 0; i < 4; i++) {
                a.vmulps(zmm(i), zmm(i), mem(RDX, 4 * (4 * quad + i)).broadcast());
                a.mov(R10, mem(RSI, 8 * (4 * quad + i)));
                a.vmovups(mem(R10, R9, 1), zmm(i));
            }
            a.add(RAX, TILE_BYTES);
            a.add(R9, LINE);
            a.cmp(R9, 4 * valueDim);
            a.jcc(Cond.B, elements);
        }
        a.add(RCX, 4 * stateFloats(valueDim));
        a.add(RDX, 4 * QUERIES);
        a.add(RSI, 8 * QUERIES);
        a.dec(R8);
        a.jcc(Cond.NE, tile);
        return simd.finish();
    }
}
