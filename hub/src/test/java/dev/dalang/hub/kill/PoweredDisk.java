package dev.dalang.hub.kill;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What of a folder's files would be left when the power went at some change: what was forced, and of the rest what chance
 * leaves.
 *
 * <p>The rules are those of POSIX, which promise less than most file systems keep. Bytes last when their file was forced;
 * others may be there or be zeros, each write for itself, and a truncation may not have happened. Names are journalled in order: what was done before a forced change of a folder is
 * there, and of what came after, a beginning is. A file may have its name before its bytes.
 */
final class PoweredDisk {

    /** A file's bytes, whatever its names. */
    static final class Content {
        byte[] forced = {};
        final List<Change> since = new ArrayList<>();
    }

    /** @param bytes null for a cut to {@code position} */
    private record Change(long position, byte[] bytes) {}

    /** What a name stands for: exactly one of the two, or neither for a folder. */
    private record Entry(Content content, String target) {}

    /** A change of names; {@code entry} is null where the name goes. */
    private record Naming(List<Path> folders, Map<Path, Entry> names) {}

    private final Path folder;
    private final Random random;
    private final long lastChange;
    private final Map<Path, Entry> now = new HashMap<>();
    private final Map<Path, Entry> settled = new HashMap<>();
    private final List<Naming> journal = new ArrayList<>();
    private final Set<String> promised = ConcurrentHashMap.newKeySet();
    private long changes;
    private boolean dead;

    /** @param lastChange the power goes with this one */
    PoweredDisk(Path folder, Random random, long lastChange) {
        this.folder = folder;
        this.random = random;
        this.lastChange = lastChange;
    }

    Path folder() {
        return folder;
    }

    synchronized boolean dead() {
        return dead;
    }

    synchronized long changes() {
        return changes;
    }

    synchronized void checkPower() throws IOException {
        if (!dead && ++changes > lastChange) dead = true;
        if (dead) throw new IOException("the power is gone");
    }

    synchronized Content content(Path file) {
        Entry entry = now.get(file);
        if (entry == null || entry.content() == null)
            throw new IllegalStateException(file + " was not seen being made");
        return entry.content();
    }

    synchronized void created(Path file) {
        name(List.of(file.getParent()), Map.of(file, new Entry(new Content(), null)));
    }

    synchronized void madeFolder(Path made) {
        name(List.of(made.getParent()), Map.of(made, new Entry(null, null)));
    }

    synchronized void linked(Path link, String target) {
        name(List.of(link.getParent()), Map.of(link, new Entry(null, target)));
    }

    synchronized void hardLinked(Path link, Path existing) {
        name(List.of(link.getParent()), Map.of(link, now.get(existing)));
    }

    synchronized void deleted(Path path) {
        Map<Path, Entry> names = new HashMap<>();
        names.put(path, null);
        name(List.of(path.getParent()), names);
    }

    synchronized void moved(Path from, Path to) {
        Map<Path, Entry> names = new HashMap<>();
        for (Map.Entry<Path, Entry> e : now.entrySet()) {
            if (!e.getKey().startsWith(from)) continue;
            names.put(e.getKey(), null);
            names.put(to.resolve(from.relativize(e.getKey())), e.getValue());
        }
        name(List.of(from.getParent(), to.getParent()), names);
    }

    private void name(List<Path> folders, Map<Path, Entry> names) {
        apply(names, now);
        journal.add(new Naming(folders, names));
    }

    private static void apply(Map<Path, Entry> names, Map<Path, Entry> to) {
        // Removals first: a name may go and come in one change.
        names.forEach((path, entry) -> {
            if (entry == null) to.remove(path);
        });
        names.forEach((path, entry) -> {
            if (entry != null) to.put(path, entry);
        });
    }

    synchronized void written(Content content, long position, byte[] bytes, int n) {
        content.since.add(new Change(position, Arrays.copyOf(bytes, n)));
    }

    synchronized void truncated(Content content, long size) {
        content.since.add(new Change(size, null));
    }

    synchronized void forced(Content content) {
        for (Change c : content.since) content.forced = changed(content.forced, c, true);
        content.since.clear();
    }

    synchronized void forcedFolder(Path forced) {
        int last = -1;
        for (int i = 0; i < journal.size(); i++) if (journal.get(i).folders().contains(forced)) last = i;
        for (int i = 0; i <= last; i++) apply(journal.removeFirst().names(), settled);
    }

    private static byte[] changed(byte[] bytes, Change c, boolean whole) {
        int at = Math.toIntExact(c.position());
        if (c.bytes() == null) return Arrays.copyOf(bytes, Math.min(at, bytes.length));
        byte[] all = Arrays.copyOf(bytes, Math.max(bytes.length, at + c.bytes().length));
        if (whole) System.arraycopy(c.bytes(), 0, all, at, c.bytes().length);
        return all;
    }

    /** Remembers that somebody was told that this is done. */
    void promise(String what) {
        promised.add(what);
    }

    Set<String> promised() {
        return new HashSet<>(promised);
    }

    /** What is found after the power has come back, written into another folder. */
    synchronized void remains(Path to) throws IOException {
        Map<Path, Entry> names = new TreeMap<>(settled);
        int kept = random.nextInt(journal.size() + 1);
        for (Naming n : journal.subList(0, kept)) apply(n.names(), names);
        Map<Content, byte[]> bytes = new HashMap<>();
        for (Map.Entry<Path, Entry> e : new TreeMap<>(names).entrySet()) {
            Path at = to.resolve(folder.relativize(e.getKey()).toString());
            Entry entry = e.getValue();
            if (!Files.isDirectory(at.getParent())) continue; // its folder did not last
            if (entry.target() != null) Files.createSymbolicLink(at, Path.of(entry.target()));
            else if (entry.content() == null) Files.createDirectories(at);
            else Files.write(at, bytes.computeIfAbsent(entry.content(), this::left));
        }
    }

    private byte[] left(Content content) {
        byte[] bytes = content.forced;
        for (Change c : content.since) {
            // Lost; or its length lasted and its bytes did not; or it lasted.
            switch (random.nextInt(3)) {
                case 0 -> {}
                case 1 -> bytes = c.bytes() == null ? bytes : changed(bytes, c, false);
                default -> bytes = changed(bytes, c, true);
            }
        }
        return bytes;
    }
}
