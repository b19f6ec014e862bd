package dev.dalang.engine.kernel.machine;

import static dev.dalang.engine.assembler.Gp.EAX;
import static dev.dalang.engine.assembler.Gp.R10;
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
import static dev.dalang.engine.assembler.Mem.mem;

import dev.dalang.engine.assembler.Assembler;
import dev.dalang.engine.assembler.Cond;
import dev.dalang.engine.assembler.CpuFeatures;
import dev.dalang.engine.assembler.Gp;
import dev.dalang.engine.assembler.Label;
import dev.dalang.engine.assembler.Mem;
import dev.dalang.engine.assembler.Vec;
import dev.dalang.engine.format.BlockType;
import java.util.List;

/**
 * Attention of queries to the pages of one key-value head with a running softmax (Milakov and Gimelshein 2018; Dao et
 * al. 2022), in floats: a page is read once for all queries. Keys are turned so that a lane is a position, and no score
 * is a sum across lanes.
 *
 * <p>A page that a query does not see changes nothing of its state, not a bit.
 */
public final class AttentionKernel {

    /**
     * What code is made for.
     *
     * @param type of keys and values
     * @param shared whether the values are the first elements of the keys
     * @param softcap whether scores are capped
     * @param tile queries that go through together, at most {@link #maxTile}
     */
    public record Form(BlockType type, int keyDim, int valueDim, boolean shared, boolean softcap, int tile) {}

    /** The words that the kernel takes. */
    public enum Words implements Word {
        /** Pairs of addresses, of the head's keys and of its values in each page; one more pair than there are pages. */
        PAGES,
        /** How many pages. */
        COUNT,
        /** The first one's first position; changed by the code. */
        BASE,
        /** Address of the queries, scaled, {@code [queries][keyDim]}. */
        QUERIES,
        /** Address of two integers for each query: one less than the first visible position, and where they end. */
        BOUNDS,
        /** Address of the states: {@link #stateFloats} for each query. */
        STATES,
        /** How many tiles of queries. */
        TILES,
        /** Address of working memory of {@link #workFloats}. */
        WORK,
        /** The cap, as a float. */
        SOFTCAP;

        /** Bytes of all of them. */
        public static final int BYTES = 8 * values().length;
    }

    /** Where a query's sixteen partial sums lie in its state, in floats; its maximum is the first one. */
    public static final int SUMS = 16;

    /** Where a query's values lie in its state, weighted and not yet divided. */
    public static final int VALUES = 32;

    private static final int PAGE = CacheReader.PAGE;

    private final Form form;
    private final Simd simd;
    private final Assembler a;
    private final Lanes lanes;
    private final CacheReader reader;
    private final Functions functions;
    private final int vectors;
    private final int tile;
    private final int stateBytes;
    private final int rows;
    private final int columns;
    private final int values;

    private AttentionKernel(Form form, CpuFeatures cpu) {
        this.form = form;
        simd = new Simd(new Assembler(), cpu);
        a = simd.assembler();
        lanes = new Lanes(simd);
        reader = new CacheReader(simd);
        functions = new Functions(simd);
        vectors = PAGE / simd.lanes();
        tile = form.tile;
        stateBytes = 4 * stateFloats(form.valueDim);
        // Working memory: weights of a tile and what its states are multiplied by, then the page.
        rows = 4 * (PAGE + 1) * 16;
        columns = rows + 4 * PAGE * CacheReader.stride(form.keyDim);
        values = form.shared ? rows : columns + 4 * PAGE * CacheReader.stride(form.keyDim);
    }

    /** Queries that can go through together. */
    public static int maxTile(CpuFeatures cpu) {
        return Simd.wide(cpu) ? 4 : 2;
    }

    /** Floats of a query's state. */
    public static int stateFloats(int valueDim) {
        return VALUES + CacheReader.stride(valueDim);
    }

    /** Floats of working memory. */
    public static int workFloats(int keyDim, int valueDim) {
        return (PAGE + 1) * 16 + PAGE * (2 * CacheReader.stride(keyDim) + CacheReader.stride(valueDim));
    }

    public static Assembler assemble(Form form, CpuFeatures cpu) {
        return new AttentionKernel(form, cpu).assemble();
    }

    private static final List<Gp> SAVED = List.of(RBX, RBP, R12, R13, R14, R15);

    /*
     * rdi words   rbx pages   rbp working memory   r12 a tile's queries   r13 tiles left   r14 its states   r15 its bounds
     */
    private Assembler assemble() {
        SAVED.forEach(a::push);
        a.mov(RBX, Words.PAGES.at(RDI));
        a.mov(RBP, Words.WORK.at(RDI));
        Label page = a.here();
        a.mov(RSI, mem(RBX));
        a.lea(RCX, mem(RBP, rows));
        reader.rows(form.type, form.keyDim, false);
        a.lea(RCX, mem(RBP, rows));
        a.lea(RDX, mem(RBP, columns));
        reader.transpose(form.keyDim, CacheReader.stride(form.keyDim));
        if (!form.shared) {
            a.mov(RSI, mem(RBX, 8));
            a.lea(RCX, mem(RBP, values));
            reader.rows(form.type, form.valueDim, false);
        }
        a.mov(R12, Words.QUERIES.at(RDI));
        a.mov(R13, Words.TILES.at(RDI));
        a.mov(R14, Words.STATES.at(RDI));
        a.mov(R15, Words.BOUNDS.at(RDI));
        Label queries = a.here();
        scores();
        for (int t = 0; t < tile; t++) weights(t);
        mix();
        a.add(R12, 4 * tile * form.keyDim);
        a.add(R14, tile * stateBytes);
        a.add(R15, 8 * tile);
        a.dec(R13);
        a.jcc(Cond.NE, queries);
        a.add(RBX, 16);
        a.mov(EAX, PAGE);
        a.add(Words.BASE.at(RDI), EAX.r64());
        a.mov(RAX, Words.COUNT.at(RDI));
        a.dec(RAX);
        a.mov(Words.COUNT.at(RDI), RAX);
        a.test(RAX, RAX);
        a.jcc(Cond.NE, page);
        SAVED.reversed().forEach(a::pop);
        return simd.finish();
    }

    private Vec score(int query, int vector) {
        return simd.vec(query * vectors + vector);
    }

    /** Scores of a tile with all positions of the page. */
    private void scores() {
        int unroll = form.keyDim % 4 == 0 ? 4 : form.keyDim % 2 == 0 ? 2 : 1;
        for (int i = 0; i < tile * vectors; i++) simd.zero(simd.vec(i));
        a.lea(RCX, mem(RBP, columns));
        a.mov(RDX, R12);
        a.mov(R8, form.keyDim / unroll);
        // The next page is asked for little by little, as only so many lines can be under way.
        a.mov(R10, mem(RBX, 16));
        a.align(16);
        Label element = a.here();
        Vec key = simd.vec(tile * vectors + tile);
        reader.ahead(R10, form.type, form.keyDim, form.keyDim / unroll);
        for (int u = 0; u < unroll; u++) {
            for (int t = 0; t < tile; t++) {
                a.vbroadcastss(simd.vec(tile * vectors + t), mem(RDX, 4 * (t * form.keyDim + u)));
            }
            for (int v = 0; v < vectors; v++) {
                simd.load(key, mem(RCX, 4 * (u * PAGE + v * simd.lanes())));
                for (int t = 0; t < tile; t++) a.vfmadd231ps(score(t, v), simd.vec(tile * vectors + t), key);
            }
        }
        a.add(RCX, 4 * unroll * PAGE);
        a.add(RDX, 4 * unroll);
        a.dec(R8);
        a.jcc(Cond.NE, element);
    }

    /** One query's scores to weights, and its maximum and sums. */
    private void weights(int query) {
        Vec max = simd.vec(8);
        Vec t = simd.vec(9);
        Vec keep = simd.vec(10);
        Vec[] free = {simd.vec(11), simd.vec(12), simd.vec(13)};
        Mem maximum = mem(R14, query * stateBytes);
        Mem sums = mem(R14, query * stateBytes + 4 * SUMS);
        for (int v = 0; v < vectors; v++) {
            Vec s = score(query, v);
            if (form.softcap) {
                divideByCap(s, max);
                functions.tanh(s, t, keep, free[0], free[1]);
                a.vbroadcastss(max, Words.SOFTCAP.at(RDI));
                a.vmulps(s, s, max);
            }
            hide(s, query, v, t, keep, free[0]);
        }
        simd.move(max, score(query, 0));
        for (int v = 1; v < vectors; v++) a.vmaxps(max, max, score(query, v));
        lanes.max(max, t);
        a.vmovss(keep.x(), maximum);
        a.vmaxss(max.x(), max.x(), keep.x());
        a.vmovss(maximum, max.x());
        a.vsubss(keep.x(), keep.x(), max.x());
        a.vbroadcastss(keep, keep.x());
        a.vbroadcastss(max, max.x());
        functions.exp(keep, free[0], free[1], free[2]);
        a.vmovss(mem(RBP, 4 * (16 * PAGE + query)), keep.x());
        for (int v = 0; v < vectors; v++) {
            Vec s = score(query, v);
            a.vsubps(s, s, max);
            functions.exp(s, free[0], free[1], free[2]);
            a.vmovups(mem(RBP, 4 * (query * PAGE + v * simd.lanes())), s);
        }
        simd.load(t, sums);
        a.vmulps(t, t, keep);
        for (int v = 0; v < vectors; v++) a.vaddps(t, t, score(query, v));
        a.vmovups(sums, t);
    }

    private void divideByCap(Vec s, Vec cap) {
        a.vbroadcastss(cap, Words.SOFTCAP.at(RDI));
        a.vdivps(s, s, cap);
    }

    /** Minus infinity for positions that the query does not see. */
    private void hide(Vec s, int query, int vector, Vec position, Vec low, Vec bound) {
        Mem after = mem(R15, 8 * query);
        Mem end = mem(R15, 8 * query + 4);
        int first = vector * simd.lanes();
        a.vpbroadcastd(position, Words.BASE.at(RDI));
        a.vpaddd(position, position, iota(first));
        simd.load(low, functions.constant(Float.NEGATIVE_INFINITY));
        if (simd.wide()) {
            a.vpcmpd(K1, position, after.broadcast(), 6);
            a.vpcmpd(K2, position, end.broadcast(), 1);
            a.kandw(K1, K1, K2);
            a.vblendmps(s.merge(K1), low, s);
        } else {
            a.vpbroadcastd(bound, after);
            a.vpcmpgtd(bound, position, bound);
            a.vblendvps(s, low, s, bound);
            a.vpbroadcastd(bound, end);
            a.vpcmpgtd(bound, bound, position);
            a.vblendvps(s, low, s, bound);
        }
    }

    private Mem iota(int first) {
        int[] numbers = new int[16];
        for (int i = 0; i < numbers.length; i++) numbers[i] = first + i;
        return simd.constant(numbers);
    }

    /** {@code values = keep·values + Σ weight·value} for a tile. */
    private void mix() {
        int stride = 4 * CacheReader.stride(form.shared ? form.keyDim : form.valueDim);
        int block = 2 * simd.bytes();
        int unroll = 4;
        a.lea(RSI, mem(RBP, values));
        a.lea(R9, mem(R14, 4 * VALUES));
        int blocks = (4 * form.valueDim + block - 1) / block;
        a.mov(R8, blocks);
        if (!form.shared) a.mov(R10, mem(RBX, 24));
        Label column = a.here();
        Vec factor = simd.vec(2 * tile);
        for (int t = 0; t < tile; t++) {
            a.vbroadcastss(factor, mem(RBP, 4 * (16 * PAGE + t)));
            for (int half = 0; half < 2; half++) {
                a.vmulps(simd.vec(2 * t + half), factor, mem(R9, t * stateBytes + half * simd.bytes()));
            }
        }
        a.mov(RCX, RSI);
        a.mov(RDX, RBP);
        a.mov(RAX, PAGE / unroll);
        a.align(16);
        Label position = a.here();
        if (!form.shared) reader.ahead(R10, form.type, form.valueDim, blocks * (PAGE / unroll));
        for (int u = 0; u < unroll; u++) {
            Vec low = simd.vec(2 * tile + 1);
            Vec high = simd.vec(2 * tile + 2);
            simd.load(low, mem(RCX));
            simd.load(high, mem(RCX, simd.bytes()));
            for (int t = 0; t < tile; t++) {
                a.vbroadcastss(factor, mem(RDX, 4 * (t * PAGE + u)));
                a.vfmadd231ps(simd.vec(2 * t), factor, low);
                a.vfmadd231ps(simd.vec(2 * t + 1), factor, high);
            }
            a.add(RCX, stride);
        }
        a.add(RDX, 4 * unroll);
        a.dec(RAX);
        a.jcc(Cond.NE, position);
        for (int t = 0; t < tile; t++) {
            for (int half = 0; half < 2; half++) {
                a.vmovups(mem(R9, t * stateBytes + half * simd.bytes()), simd.vec(2 * t + half));
            }
        }
        a.add(RSI, block);
        a.add(R9, block);
        a.dec(R8);
        a.jcc(Cond.NE, column);
    }
}
