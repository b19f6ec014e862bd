package dev.dalang.engine.adapter;

import dev.dalang.api.DalangException;
import dev.dalang.engine.format.BlockType;
import dev.dalang.engine.format.ModelSource;
import dev.dalang.engine.kernel.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Collects an adapter's pairs of matrices and checks each against the tensor that it changes. */
final class AdapterBuilder {

    /** A matrix in an adapter's file; read a row at a time. */
    record Operand(String name, long rows, long columns, Rows reader) {}

    @FunctionalInterface
    interface Rows {
        void read(int row, float[] to);
    }

    static final int MAX_RANK = 1 << 16;
    private static final int MAX_PROBLEM = 400;

    private final String file;
    private final ModelSource base;
    private final Map<String, AdapterTarget> targets;
    private final Map<String, @Nullable LowRank[]> additions = new HashMap<>();

    AdapterBuilder(String file, ModelSource base, Map<String, AdapterTarget> targets) {
        this.file = file;
        this.base = base;
        this.targets = targets;
    }

    /** The tensor of this name. */
    AdapterTarget target(String tensor, String source) {
        AdapterTarget target = targets.get(tensor);
        if (target != null) return target;
        if (tensor.startsWith("token_embd.")) {
            throw unsupported(source, "changes the token embeddings, which adapters cannot do here; merge it first");
        }
        if (base.tensors().containsKey(tensor)) {
            throw unsupported(source, "changes " + tensor + ", which is not a matrix that adapters can change");
        }
        throw bad(
                source,
                "is for " + tensor + ", which " + base.name() + " does not have: the adapter is for another model");
    }

    /**
     * Adds a pair.
     *
     * @param part index of the matrix in a tensor that stacks several
     * @param alpha finite and positive
     * @param rankStabilised α / √rank in place of α / rank
     */
    void add(String tensor, int part, Operand a, Operand b, double alpha, boolean rankStabilised) {
        AdapterTarget target = target(tensor, a.name);
        if (part >= target.count()) {
            throw bad(a.name, "is for part " + part + " of " + tensor + ", which has " + target.count());
        }
        if (a.rows < 1 || a.rows > MAX_RANK) {
            throw bad(a.name, "has rank " + a.rows + "; a rank is 1 to " + MAX_RANK);
        }
        if (a.rows != b.columns) throw bad(b.name, "has rank " + b.columns + ", but " + a.name + " has " + a.rows);
        if (a.columns != target.inputs()) {
            throw bad(
                    a.name,
                    "has " + a.columns + " inputs, but " + tensor + " of the base model has " + target.inputs());
        }
        if (b.rows != target.outputs()) {
            throw bad(
                    b.name, "has " + b.rows + " outputs, but " + tensor + " of the base model has " + target.outputs());
        }
        double rank = (double) a.rows;
        double scale = alpha / (rankStabilised ? Math.sqrt(rank) : rank);
        @Nullable LowRank[] parts = additions.computeIfAbsent(tensor, t -> new LowRank[target.count()]);
        if (parts[part] != null) throw bad(a.name, "is for " + tensor + ", which another tensor is for already");
        parts[part] = new LowRank(matrix(a), matrix(b), (float) scale);
    }

    private Matrix matrix(Operand m) {
        int rows = Math.toIntExact(m.rows);
        int columns = Math.toIntExact(m.columns);
        MemorySegment data = Arena.ofAuto().allocate(Math.multiplyExact(4L * rows, columns), 64);
        float[] row = new float[columns];
        for (int r = 0; r < rows; r++) {
            m.reader.read(r, row);
            for (int c = 0; c < columns; c++) {
                if (!Float.isFinite(row[c])) {
                    throw bad(m.name, "has " + row[c] + " at row " + r + ", column " + c + ": the training diverged");
                }
            }
            MemorySegment.copy(row, 0, data, ValueLayout.JAVA_FLOAT_UNALIGNED, 4L * r * columns, columns);
        }
        return new Matrix(BlockType.F32, rows, columns, data);
    }

    LoraAdapter build(String name) {
        if (additions.isEmpty()) throw bad(null, "the adapter holds no tensors");
        return new LoraAdapter(name, Map.copyOf(additions));
    }

    /** A rank or α that a scale can be made of. */
    double alpha(double value, String field) {
        if (Double.isFinite(value) && value > 0) return value;
        throw bad(field, "is " + value + "; it must be a number above 0");
    }

    /** @param field the tensor or key to blame, from the file, or null */
    DalangException bad(@Nullable String field, String problem) {
        return DalangException.badModelFile(message(field, problem), file, field);
    }

    DalangException unsupported(String field, String problem) {
        return DalangException.unsupported(message(field, problem), "adapter");
    }

    /** One line, whatever the names in the file. */
    private String message(@Nullable String field, String problem) {
        String where = field == null ? "" : shown(field) + " ";
        return file + ": " + where + shown(problem);
    }

    private static String shown(String text) {
        StringBuilder line = new StringBuilder();
        text.codePoints()
                .limit(MAX_PROBLEM)
                .forEach(c ->
                        line.appendCodePoint(Character.isISOControl(c) || c == 0x2028 || c == 0x2029 ? '\ufffd' : c));
        return line.toString();
    }
}
