package dev.dalang.train.loop;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.engine.format.Dtype;
import dev.dalang.engine.format.Safetensors;
import dev.dalang.engine.format.SafetensorsWriter;
import dev.dalang.engine.format.TensorData;
import dev.dalang.engine.kernel.Floats;
import dev.dalang.train.graph.Parameter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The checkpoints of one run, each a folder {@code step-00001000} in the run's folder:
 *
 * <ul>
 *   <li>{@code weights.safetensors}: the parameters by name;
 *   <li>{@code optimizer.safetensors}: {@code mean.NAME} and {@code square.NAME} of each;
 *   <li>{@code average.safetensors}: where weights are averaged, the averages by name;
 *   <li>{@code state.json}: where the run is, and what it is ({@link RunState}).
 * </ul>
 *
 * <p>A checkpoint is written into a hidden folder, file by file to the disk, and then gets its name; before one is
 * deleted it loses it. So whatever is called {@code step-…} is whole, whenever the machine stops. A lock keeps a second
 * run out of the folder.
 */
public final class Checkpoints implements AutoCloseable {

    private static final String PREFIX = "step-";
    private static final String WEIGHTS = "weights.safetensors";
    private static final String OPTIMIZER = "optimizer.safetensors";
    private static final String AVERAGE = "average.safetensors";
    private static final String STATE = "state.json";
    private static final long MAX_STATE_BYTES = 1 << 20;

    /** The arrays of a run: {@code averages} null where none are kept. */
    record Tensors(
            List<Parameter> parameters,
            List<Floats> means,
            List<Floats> squares,
            @Nullable List<Floats> averages) {}

    private final Path folder;
    private final FileChannel lockFile;
    private final FileLock lock;

    private Checkpoints(Path folder, FileChannel lockFile, FileLock lock) {
        this.folder = folder;
        this.lockFile = lockFile;
        this.lock = lock;
    }

    /** The newest checkpoint of a run's folder; null if there is none. */
    public static @Nullable Path latest(Path folder) {
        NavigableMap<Long, Path> all = all(folder);
        return all.isEmpty() ? null : all.lastEntry().getValue();
    }

    /**
     * Gives a network the weights of a checkpoint: the averages where those were kept.
     *
     * @throws DalangException (bad model file) if it lacks a parameter, or has another shape for it
     */
    public static void loadWeights(Path checkpoint, List<Parameter> parameters) {
        Path average = checkpoint.resolve(AVERAGE);
        List<Floats> values = parameters.stream().map(Parameter::value).toList();
        load(Files.exists(average) ? average : checkpoint.resolve(WEIGHTS), "", parameters, values);
    }

    /**
     * Opens the folder of a run for writing, made if it is missing, and clears away what a killed run left half done.
     *
     * @param bytes of a checkpoint
     * @throws DalangException (storage) if it cannot be written to, or another run does; (does not fit) if the disk lacks
     *     room for one checkpoint
     */
    static Checkpoints open(Path folder, long bytes) {
        try {
            Files.createDirectories(folder);
            FileChannel channel =
                    FileChannel.open(folder.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            try {
                FileLock lock = channel.tryLock();
                if (lock == null) throw new OverlappingFileLockException();
                for (Path leftover : list(folder, "." + PREFIX)) delete(leftover);
                long free = Files.getFileStore(folder).getUsableSpace();
                if (free < bytes) {
                    throw new DalangException(new Failure.DoesNotFit(
                            "a checkpoint takes " + mb(bytes) + " MB, and the disk of " + folder + " has " + mb(free)
                                    + " MB left: make room or name another folder",
                            bytes,
                            free));
                }
                return new Checkpoints(folder, channel, lock);
            } catch (OverlappingFileLockException e) {
                channel.close();
                throw storage(
                        folder, "another run writes its checkpoints there: wait for it, or name another folder", e);
            } catch (Throwable t) {
                channel.close();
                throw t;
            }
        } catch (IOException e) {
            throw storage(folder, "cannot hold checkpoints: " + e.getMessage(), e);
        }
    }

    /** @throws DalangException (storage) if it could not be written; nothing of it is left then */
    Path save(Tensors arrays, RunState state, Map<String, String> identity) {
        Path target = folder.resolve(PREFIX + "%08d".formatted(state.step()));
        Path part = folder.resolve("." + target.getFileName() + ".part");
        try {
            try {
                Files.createDirectories(part);
                writer(
                                "",
                                arrays.parameters,
                                arrays.parameters.stream().map(Parameter::value).toList())
                        .write(part.resolve(WEIGHTS));
                SafetensorsWriter optimizer = new SafetensorsWriter();
                add(optimizer, "mean.", arrays.parameters, arrays.means);
                add(optimizer, "square.", arrays.parameters, arrays.squares);
                optimizer.write(part.resolve(OPTIMIZER));
                if (arrays.averages != null) {
                    writer("", arrays.parameters, arrays.averages).write(part.resolve(AVERAGE));
                }
                write(part.resolve(STATE), state.toJson(identity));
                force(part);
                if (Files.exists(target)) retire(target);
                Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
                force(folder);
            } catch (Throwable t) {
                delete(part);
                throw t;
            }
        } catch (IOException e) {
            throw storage(target, "cannot be written: " + e.getMessage(), e);
        }
        return target;
    }

    /** Deletes all but the {@code keep} newest checkpoints, and the best one. */
    void prune(int keep, long bestStep) {
        NavigableMap<Long, Path> all = all(folder);
        int surplus = all.size() - keep;
        for (Map.Entry<Long, Path> e : all.entrySet()) {
            if (surplus-- <= 0) break;
            if (e.getKey() == bestStep) continue;
            try {
                retire(e.getValue());
            } catch (IOException ex) {
                throw storage(e.getValue(), "cannot be deleted: " + ex.getMessage(), ex);
            }
        }
    }

    /** Deletes all but the newest checkpoint of a run that is over, to make room; what cannot be deleted stays. */
    public static void keepLatest(Path folder) {
        NavigableMap<Long, Path> all = all(folder);
        for (Path old :
                all.isEmpty() ? List.<Path>of() : all.headMap(all.lastKey()).values()) {
            try {
                retire(old);
            } catch (IOException e) {
                // Then there is less room; whoever needs it will say so.
            }
        }
    }

    /** The checkpoint of a step; null if it is not kept. */
    static @Nullable Path of(Path folder, long step) {
        return all(folder).get(step);
    }

    /**
     * Reads a checkpoint into the arrays of a run. The end of a run may be moved while nothing of it has begun.
     *
     * @throws DalangException (invalid request) if it is of another run, naming what differs; (bad model file, storage) if
     *     it cannot be read
     */
    static RunState load(Path checkpoint, Tensors arrays, TrainingSettings settings, Map<String, String> identity) {
        RunState.Identified found = state(checkpoint);
        boolean endMoves = settings.beganAlike(found.identity(), found.state().step());
        StringBuilder differences = new StringBuilder();
        identity.forEach((name, now) -> {
            String then = found.identity().get(name);
            if (now.equals(then) || endMoves && TrainingSettings.END.contains(name)) return;
            differences.append(differences.isEmpty() ? "" : ", ");
            differences.append(name + " " + (then == null ? "unknown" : then) + ", now " + now);
        });
        if (!differences.isEmpty()) {
            throw DalangException.invalidRequest(
                    checkpoint + " belongs to another run: it has " + differences
                            + ". Go on with its settings, or begin anew in another folder",
                    "checkpoint");
        }
        List<Floats> values = arrays.parameters.stream().map(Parameter::value).toList();
        load(checkpoint.resolve(WEIGHTS), "", arrays.parameters, values);
        load(checkpoint.resolve(OPTIMIZER), "mean.", arrays.parameters, arrays.means);
        load(checkpoint.resolve(OPTIMIZER), "square.", arrays.parameters, arrays.squares);
        if (arrays.averages != null) load(checkpoint.resolve(AVERAGE), "", arrays.parameters, arrays.averages);
        return found.state();
    }

    private static RunState.Identified state(Path checkpoint) {
        Path file = checkpoint.resolve(STATE);
        try {
            if (Files.size(file) > MAX_STATE_BYTES) throw storage(file, "is too long to be a state", null);
            return RunState.parse(Files.readAllBytes(file), file.toString());
        } catch (IOException e) {
            throw storage(file, "cannot be read: " + e.getMessage(), e);
        }
    }

    private static void load(Path file, String prefix, List<Parameter> parameters, List<Floats> to) {
        try (Safetensors tensors = Safetensors.open(file)) {
            for (int i = 0; i < to.size(); i++) {
                Parameter p = parameters.get(i);
                Safetensors.Tensor t = tensors.tensor(prefix + p.name());
                if (t == null || t.dtype() != Dtype.F32 || !Arrays.equals(t.shape(), shape(p))) {
                    String has = t == null ? "no such tensor" : t.dtype() + Arrays.toString(t.shape());
                    throw DalangException.badModelFile(
                            file + ": " + prefix + p.name() + " should be F32" + p.shape() + ", and there is " + has,
                            file.toString(),
                            p.name());
                }
                to.get(i).copy(0, Floats.of(tensors.data(t)), 0, p.count());
            }
        }
    }

    private static SafetensorsWriter writer(String prefix, List<Parameter> parameters, List<Floats> from) {
        SafetensorsWriter w = new SafetensorsWriter();
        add(w, prefix, parameters, from);
        return w;
    }

    private static void add(SafetensorsWriter w, String prefix, List<Parameter> parameters, List<Floats> from) {
        for (int i = 0; i < from.size(); i++) {
            Parameter p = parameters.get(i);
            w.tensor(prefix + p.name(), Dtype.F32, shape(p), data(from.get(i)));
        }
    }

    private static long[] shape(Parameter p) {
        return p.shape().stream().mapToLong(n -> n).toArray();
    }

    private static TensorData data(Floats values) {
        return out -> {
            float[] some = new float[Math.min(1 << 15, values.length())];
            ByteBuffer bytes = ByteBuffer.allocate(4 * some.length).order(ByteOrder.LITTLE_ENDIAN);
            for (int at = 0; at < values.length(); at += some.length) {
                int n = Math.min(some.length, values.length() - at);
                values.get(at, some, 0, n);
                bytes.asFloatBuffer().put(some, 0, n);
                out.write(bytes.array(), 0, 4 * n);
            }
        };
    }

    private static NavigableMap<Long, Path> all(Path folder) {
        NavigableMap<Long, Path> found = new TreeMap<>();
        if (!Files.isDirectory(folder)) return found;
        try {
            for (Path p : list(folder, PREFIX)) {
                String number = p.getFileName().toString().substring(PREFIX.length());
                if (number.matches("\\d{8,18}")) found.put(Long.parseLong(number), p);
            }
        } catch (IOException e) {
            throw storage(folder, "cannot be listed: " + e.getMessage(), e);
        }
        return found;
    }

    private static List<Path> list(Path folder, String prefix) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(f -> f.getFileName().toString().startsWith(prefix))
                    .toList();
        }
    }

    /** Takes a checkpoint's name away, and then its files. */
    private static void retire(Path checkpoint) throws IOException {
        Path old = checkpoint.resolveSibling("." + checkpoint.getFileName() + ".old");
        delete(old);
        Files.move(checkpoint, old, StandardCopyOption.ATOMIC_MOVE);
        delete(old);
    }

    private static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) return;
        for (Path file : list(folder, "")) Files.delete(file);
        Files.delete(folder);
    }

    private static void write(Path file, byte[] content) throws IOException {
        try (FileChannel out = FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
            ByteBuffer bytes = ByteBuffer.wrap(content);
            while (bytes.hasRemaining()) out.write(bytes);
            out.force(true);
        }
    }

    /** Writes the names in a folder to the disk, where the system can do that. */
    private static void force(Path folder) {
        try (FileChannel c = FileChannel.open(folder, StandardOpenOption.READ)) {
            c.force(true);
        } catch (IOException e) {
            // Windows opens no folders and needs none of this.
            return;
        }
    }

    private static long mb(long bytes) {
        return (bytes + 999_999) / 1_000_000;
    }

    private static DalangException storage(Path path, String problem, @Nullable Exception cause) {
        return new DalangException(new Failure.Storage(path + ": " + problem, path.toString()), cause);
    }

    @Override
    public void close() {
        try {
            lock.release();
            lockFile.close();
        } catch (IOException e) {
            throw storage(folder, "cannot be closed: " + e.getMessage(), e);
        }
    }
}
