package dev.dalang.engine.kernel;

import dev.dalang.engine.assembler.CpuFeatures;
import dev.dalang.engine.kernel.machine.FloatFactorKernel;
import dev.dalang.engine.kernel.machine.FloatGemmKernel;
import dev.dalang.engine.kernel.machine.Simd;

/** Products in vector registers, all in floats, by machine code. */
final class NativeGemm extends PackedGemm {

    private record ProductName(int rows) {}

    private record FactorName(boolean along, int width) {}

    private static final int WORDS = 8;

    private final boolean wide;
    private final int rows;

    /** By how many rows a group has, less one. */
    private final CodeTable products;

    /** Groups and panels of lines along the sum, groups and panels of lines across it. */
    private final CodeTable factors;

    NativeGemm(NativeKernels kernels) {
        this(kernels, kernels.machine());
    }

    private NativeGemm(NativeKernels kernels, MachineKernels machine) {
        super(
                kernels,
                FloatGemmKernel.rows(machine.cpu()),
                FloatGemmKernel.columns(machine.cpu()),
                depth(machine.cpu()));
        wide = Simd.wide(machine.cpu());
        rows = FloatGemmKernel.rows(machine.cpu());
        products = new CodeTable(
                rows, i -> machine.get(new ProductName(i + 1), cpu -> FloatGemmKernel.assemble(i + 1, cpu)));
        factors = new CodeTable(4, i -> {
            boolean along = i < 2;
            int width = i % 2 > 0 ? FloatGemmKernel.columns(machine.cpu()) : rows;
            return machine.get(
                    new FactorName(along, width),
                    cpu -> along ? FloatFactorKernel.along(width) : FloatFactorKernel.across(width));
        });
    }

    private static int depth(CpuFeatures cpu) {
        return Simd.wide(cpu) ? 256 : 320;
    }

    @Override
    public String description() {
        return "native: F32 in " + (wide ? 512 : 256) + "-bit registers";
    }

    @Override
    void pack(FloatMatrix factor, long target, Scratch scratch) {
        boolean along = !factor.transposed();
        if (along && factor.columns() < FloatFactorKernel.LEAST) {
            scatter(factor, factor.rows(), target);
            return;
        }
        long words = words(scratch);
        Memory.put(words, FloatFactorKernel.Words.SOURCE, factor.address(0, 0));
        Memory.put(words, FloatFactorKernel.Words.STRIDE, 4L * factor.stride());
        Memory.put(words, FloatFactorKernel.Words.DEPTH, factor.columns());
        Memory.put(words, FloatFactorKernel.Words.TARGET, target);
        MachineKernels.call(factors.get((along ? 0 : 2) + (factor.rows() == rows ? 0 : 1)), words);
    }

    @Override
    void product(long first, int count, long panel, int depth, long out, long stride, boolean add, Scratch scratch) {
        long words = words(scratch);
        Memory.put(words, FloatGemmKernel.Words.FIRST, first);
        Memory.put(words, FloatGemmKernel.Words.PANEL, panel);
        Memory.put(words, FloatGemmKernel.Words.DEPTH, depth);
        Memory.put(words, FloatGemmKernel.Words.GROUPS, count / rows);
        Memory.put(words, FloatGemmKernel.Words.OUT, out);
        Memory.put(words, FloatGemmKernel.Words.STRIDE, stride);
        Memory.put(words, FloatGemmKernel.Words.ADD, add ? 1 : 0);
        int whole = count / rows * rows;
        if (whole > 0) MachineKernels.call(products.get(rows - 1), words);
        if (whole == count) return;
        Memory.put(words, FloatGemmKernel.Words.FIRST, first + 4L * whole * depth);
        Memory.put(words, FloatGemmKernel.Words.GROUPS, 1);
        Memory.put(words, FloatGemmKernel.Words.OUT, out + stride * whole);
        MachineKernels.call(products.get(count - whole - 1), words);
    }

    private static long words(Scratch scratch) {
        return scratch.floats(Scratch.Use.ARGUMENTS, 2 * WORDS).address(0);
    }
}
