package dev.dalang.engine.arch;

import dev.dalang.api.DalangException;
import dev.dalang.engine.adapter.AdapterTarget;
import dev.dalang.engine.format.BlockType;
import dev.dalang.engine.format.ModelSource;
import dev.dalang.engine.format.TensorInfo;
import dev.dalang.engine.kernel.Floats;
import dev.dalang.engine.kernel.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A model file's tensors by name, each checked against the shape that the family expects; a missing or misshapen one is
 * refused by name.
 */
public final class Weights {

    private final ModelSource file;
    private final Set<String> read = new HashSet<>();
    private final Map<String, AdapterTarget> adaptable = new HashMap<>();
    private final IdentityHashMap<Object, String> names = new IdentityHashMap<>();

    public Weights(ModelSource file) {
        this.file = file;
    }

    public ModelSource file() {
        return file;
    }

    public boolean has(String name) {
        return file.tensors().containsKey(name);
    }

    /** The tensors that nothing has asked for: a sign that a family was misread. */
    public Set<String> unread() {
        Set<String> rest = new TreeSet<>(file.tensors().keySet());
        rest.removeAll(read);
        return rest;
    }

    /** {@code NAME.weight} as a matrix, with {@code NAME.bias} when there is one. */
    public Linear linear(String name, int inputs, int outputs) {
        Linear.Place place = place(name + ".weight", inputs, outputs);
        return new Linear(place, matrix(place.tensor(), inputs, outputs), vectorOrNull(name + ".bias", outputs));
    }

    /** As {@link #linear}, or null where the file has no such tensor. */
    public @Nullable Linear linearOrNull(String name, int inputs, int outputs) {
        return has(name + ".weight") ? linear(name, inputs, outputs) : null;
    }

    /** A matrix that also serves as {@code NAME.weight}, which the file does not have. */
    public Linear tied(String name, Matrix matrix) {
        return new Linear(place(name + ".weight", matrix.columns(), matrix.rows()), matrix, null);
    }

    /** The tensors handed out as linear maps, by name: those that adapters can change. */
    public Map<String, AdapterTarget> adaptable() {
        return Map.copyOf(adaptable);
    }

    /** The names of the matrices and runs of floats handed out, by identity. */
    IdentityHashMap<Object, String> names() {
        return names;
    }

    private Linear.Place place(String tensor, int inputs, int outputs) {
        adaptable.put(tensor, new AdapterTarget(inputs, outputs, 1));
        return new Linear.Place(tensor, 0, 0);
    }

    /** A matrix of {@code outputs} rows. */
    public Matrix matrix(String name, int inputs, int outputs) {
        TensorInfo t = tensor(name, inputs, outputs);
        Matrix m = new Matrix(t.type(), outputs, inputs, file.data(t));
        names.put(m, name);
        return m;
    }

    /** {@code count} matrices stacked in one three-dimensional tensor. */
    public Matrix[] matrices(String name, int inputs, int outputs, int count) {
        TensorInfo t = tensor(name, inputs, outputs, count);
        Matrix all = new Matrix(t.type(), Math.multiplyExact(outputs, count), inputs, file.data(t));
        Matrix[] each = new Matrix[count];
        for (int i = 0; i < count; i++) each[i] = all.rows(i * outputs, outputs);
        return each;
    }

    /** {@code count} linear maps stacked in {@code NAME.weight}, with rows of {@code NAME.bias} when there is one. */
    public Linear[] linears(String name, int inputs, int outputs, int count) {
        Matrix[] weights = matrices(name + ".weight", inputs, outputs, count);
        Floats biases = has(name + ".bias") ? floats(tensor(name + ".bias", outputs, count)) : null;
        adaptable.put(name + ".weight", new AdapterTarget(inputs, outputs, count));
        Linear[] each = new Linear[count];
        for (int i = 0; i < count; i++) {
            Linear.Place place = new Linear.Place(name + ".weight", i, 0);
            each[i] = new Linear(place, weights[i], biases == null ? null : biases.slice(i * outputs, outputs));
        }
        return each;
    }

    /** A one-dimensional tensor as floats, whatever its type in the file. */
    public Floats vector(String name, int length) {
        return floats(tensor(name, length));
    }

    /** A tensor that is one run of {@code length} numbers, whatever dimensions of 1 its writer put around it. */
    public Floats run(String name, int length) {
        TensorInfo t = file.tensors().get(name);
        if (t != null && t.elements() == length && Arrays.stream(t.shape()).anyMatch(n -> n == length)) {
            read.add(name);
            return floats(t);
        }
        return vector(name, length);
    }

    public @Nullable Floats vectorOrNull(String name, int length) {
        return has(name) ? vector(name, length) : null;
    }

    /** A norm of the root mean square with {@code NAME.weight} and, when there is one, {@code NAME.bias}. */
    public Norm rmsNorm(String name, int size, float epsilon) {
        return new Norm.Rms(size, vector(name + ".weight", size), vectorOrNull(name + ".bias", size), epsilon);
    }

    /** As {@link #rmsNorm}, for tensors that some writers name without {@code .weight}. */
    public Norm rmsNormNamed(String name, int size, float epsilon) {
        return has(name) ? new Norm.Rms(size, vector(name, size), epsilon) : rmsNorm(name, size, epsilon);
    }

    public @Nullable Norm rmsNormOrNull(String name, int size, float epsilon) {
        return has(name + ".weight") ? rmsNorm(name, size, epsilon) : null;
    }

    /** A layer norm with {@code NAME.weight} and, when there is one, {@code NAME.bias}. */
    public Norm layerNorm(String name, int size, float epsilon) {
        return new Norm.Layer(size, vector(name + ".weight", size), vectorOrNull(name + ".bias", size), epsilon);
    }

    public @Nullable Norm layerNormOrNull(String name, int size, float epsilon) {
        return has(name + ".weight") ? layerNorm(name, size, epsilon) : null;
    }

    /** {@code count} layer norms of {@code size} stacked in {@code NAME.weight}, one for each head. */
    public Norm layerNormPerHead(String name, int size, int count, float epsilon) {
        return new Norm.PerHead(size, count, floats(name + ".weight", size, count), epsilon);
    }

    /** A tensor of any shape, decoded to floats. */
    public Floats floats(String name, long... shape) {
        return floats(tensor(name, shape));
    }

    private Floats floats(TensorInfo t) {
        Floats values = decoded(t);
        names.put(values, t.name());
        return values;
    }

    private Floats decoded(TensorInfo t) {
        MemorySegment data = file.data(t);
        if (t.type() == BlockType.F32 && data.isNative()) return Floats.of(data);
        int count = Math.toIntExact(t.elements());
        float[] values = new float[count];
        t.type().dequantizer().dequantize(data, 0, values, 0, count);
        return Floats.copyOf(Arena.ofAuto(), values);
    }

    /** The tensor, checked against a shape in GGUF's order: the length of a row first. */
    private TensorInfo tensor(String name, long... shape) {
        TensorInfo t = file.tensors().get(name);
        if (t == null) throw bad(name, "is missing");
        read.add(name);
        if (!Arrays.equals(trimmed(t.shape()), trimmed(shape))) {
            throw bad(name, "has shape " + Arrays.toString(t.shape()) + ", expected " + Arrays.toString(shape));
        }
        return t;
    }

    /** Trailing dimensions of 1 do not count: writers drop them or keep them. */
    private static long[] trimmed(long[] shape) {
        int n = shape.length;
        while (n > 1 && shape[n - 1] == 1) n--;
        return Arrays.copyOf(shape, n);
    }

    private DalangException bad(String name, String what) {
        return DalangException.badModelFile(file.name() + ": tensor " + name + " " + what, file.name(), name);
    }
}
