package dev.dalang.hub.kill;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What was done to a folder, step by step, and what a power cut may leave of it.
 *
 * <p>The rules are those that POSIX promises, and no better file system: bytes last once their file is forced to the disk; a name
 * that is made, moved or removed lasts once the folder it is in is forced, the forcing of the file itself does nothing for it. A
 * move is done or not done. Everything else may be there or not, each write and each name by itself, and a write may be cut short
 * or have left zeros.
 *
 * @see <a href="https://www.usenix.org/conference/osdi14/technical-sessions/presentation/pillai">All File Systems Are Not Created
 *     Equal: On the Complexity of Crafting Crash-Consistent Applications</a>
 */
final class RecordedDisk {
    private static final int SECTOR_BYTES = 512;
    private static final int NOTHING = -1;

    /** A step. */
    private sealed interface Step {}

    private record Bytes(int file, long at, byte[] content) implements Step {}

    private record Length(int file, long bytes) implements Step {}

    /** Names that change together. */
    private record Names(List<Name> all) implements Step {}

    /** What a name in a folder stands for from now on; {@link #NOTHING} when it goes. */
    private record Name(int folder, String name, int what) {}

    private record Forced(int what) implements Step {}

    /** Something that the program was told is done. */
    private record Mark(String words) implements Step {}

    /** What names stand for: a folder, a file, or a link to somewhere. */
    private record Node(boolean folder, @Nullable String link) {}

    /** How much a power cut takes of what need not last. */
    enum Loss {
        /** Nothing, as when a process is killed. */
        NOTHING,
        /** All of it. */
        ALL,
        /** The bytes, but no names: what a journal of names alone leaves. */
        BYTES,
        /** Of each what chance says. */
        SOME
    }

    private final List<Node> nodes = new ArrayList<>(List.of(new Node(true, null)));
    private final List<Step> steps = new ArrayList<>();
    /** The names as they are, by folder. */
    private final Map<Integer, Map<String, Integer>> now = new HashMap<>(Map.of(0, new TreeMap<>()));

    // ---- Recording. The callers hold this object's monitor while they do the same to the real folder.

    int of(Path inside) throws NoSuchFileException {
        int at = 0;
        for (Path part : inside) {
            if (part.toString().isEmpty()) continue;
            Integer next = now.getOrDefault(at, Map.of()).get(part.toString());
            if (next == null) throw new NoSuchFileException(inside.toString());
            at = next;
        }
        return at;
    }

    boolean knows(Path inside) {
        try {
            return of(inside) >= 0;
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    int makes(Path inside, boolean folder, @Nullable String link) throws NoSuchFileException {
        int node = nodes.size();
        nodes.add(new Node(folder, link));
        if (folder) now.put(node, new TreeMap<>());
        names(List.of(new Name(folder(inside), name(inside), node)));
        return node;
    }

    void removes(Path inside) throws NoSuchFileException {
        names(List.of(new Name(folder(inside), name(inside), NOTHING)));
    }

    void moves(Path from, Path to) throws NoSuchFileException {
        int what = of(from);
        names(List.of(new Name(folder(to), name(to), what), new Name(folder(from), name(from), NOTHING)));
    }

    void writes(int file, long at, byte[] content) {
        steps.add(new Bytes(file, at, content));
    }

    void cuts(int file, long bytes) {
        steps.add(new Length(file, bytes));
    }

    void forces(int what) {
        steps.add(new Forced(what));
    }

    synchronized void mark(String words) {
        steps.add(new Mark(words));
    }

    private void names(List<Name> all) {
        steps.add(new Names(all));
        apply(all, now);
    }

    private static void apply(List<Name> all, Map<Integer, Map<String, Integer>> names) {
        for (Name n : all) {
            Map<String, Integer> folder = names.computeIfAbsent(n.folder(), f -> new TreeMap<>());
            if (n.what() == NOTHING) folder.remove(n.name());
            else folder.put(n.name(), n.what());
        }
    }

    private int folder(Path inside) throws NoSuchFileException {
        Path parent = inside.getParent();
        return parent == null ? 0 : of(parent);
    }

    private static String name(Path inside) {
        return inside.getFileName().toString();
    }

    // ---- The power cut.

    synchronized int steps() {
        return steps.size();
    }

    /** What the program had been told is done before that step. */
    synchronized List<String> marks(int before) {
        List<String> marks = new ArrayList<>();
        for (Step s : steps.subList(0, before)) if (s instanceof Mark m) marks.add(m.words());
        return marks;
    }

    /** Writes into a folder what a power cut before that step may leave. */
    synchronized void cut(int before, Loss loss, Random random, Path into) throws IOException {
        Map<Integer, byte[]> content = new HashMap<>();
        Map<Integer, Map<String, Integer>> names = new HashMap<>();
        boolean[] lasts = lasts(before);
        for (int i = 0; i < before; i++) {
            switch (steps.get(i)) {
                case Bytes b -> {
                    byte[] kept = lasts[i] ? b.content() : leftOf(b.content(), loss, random);
                    if (kept != null) put(content, b.file(), b.at(), kept);
                }
                case Length l -> {
                    if (lasts[i] || loss == Loss.NOTHING || loss == Loss.SOME && random.nextBoolean()) {
                        byte[] is = content.getOrDefault(l.file(), new byte[0]);
                        content.put(l.file(), Arrays.copyOf(is, Math.toIntExact(l.bytes())));
                    }
                }
                case Names n -> {
                    boolean kept = loss == Loss.NOTHING || loss == Loss.BYTES;
                    if (lasts[i] || kept || loss == Loss.SOME && random.nextBoolean()) {
                        apply(n.all(), names);
                    }
                }
                case Forced f -> {}
                case Mark m -> {}
            }
        }
        write(0, into, names, content);
    }

    /** Which steps nothing can undo, as their file or one of their folders was forced to the disk after them. */
    private boolean[] lasts(int before) {
        boolean[] lasts = new boolean[before];
        java.util.Set<Integer> forced = new java.util.HashSet<>();
        for (int i = before - 1; i >= 0; i--) {
            switch (steps.get(i)) {
                case Forced f -> forced.add(f.what());
                case Bytes b -> lasts[i] = forced.contains(b.file());
                case Length l -> lasts[i] = forced.contains(l.file());
                case Names n -> lasts[i] = n.all().stream().anyMatch(x -> forced.contains(x.folder()));
                case Mark m -> {}
            }
        }
        return lasts;
    }

    private static byte @Nullable [] leftOf(byte[] content, Loss loss, Random random) {
        if (loss == Loss.NOTHING) return content;
        if (loss != Loss.SOME) return null;
        return switch (random.nextInt(4)) {
            case 0 -> null;
            case 1 -> content;
            case 2 -> new byte[content.length];
            default -> Arrays.copyOf(content, random.nextInt(content.length / SECTOR_BYTES + 1) * SECTOR_BYTES);
        };
    }

    private static void put(Map<Integer, byte[]> content, int file, long at, byte[] bytes) {
        byte[] is = content.getOrDefault(file, new byte[0]);
        int end = Math.toIntExact(at + bytes.length);
        if (is.length < end) is = Arrays.copyOf(is, end);
        else is = is.clone();
        System.arraycopy(bytes, 0, is, Math.toIntExact(at), bytes.length);
        content.put(file, is);
    }

    private void write(int folder, Path into, Map<Integer, Map<String, Integer>> names, Map<Integer, byte[]> content)
            throws IOException {
        Files.createDirectories(into);
        for (var e : names.getOrDefault(folder, Map.of()).entrySet()) {
            Path path = into.resolve(e.getKey());
            Node node = nodes.get(e.getValue());
            if (node.folder()) write(e.getValue(), path, names, content);
            else if (node.link() != null) Files.createSymbolicLink(path, Path.of(node.link()));
            else Files.write(path, content.getOrDefault(e.getValue(), new byte[0]));
        }
    }
}
