package dev.dalang.hub.kill;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;

/** A path of {@link RecordingFileSystem}: a real one in another coat. */
record RecordingPath(RecordingFileSystem system, Path real) implements Path {

    static Path real(Path path) {
        return path instanceof RecordingPath p ? p.real : path;
    }

    private Path coat(Path path) {
        return path == null ? null : new RecordingPath(system, path);
    }

    @Override
    public FileSystem getFileSystem() {
        return system;
    }

    @Override
    public boolean isAbsolute() {
        return real.isAbsolute();
    }

    @Override
    public Path getRoot() {
        return coat(real.getRoot());
    }

    @Override
    public Path getFileName() {
        return coat(real.getFileName());
    }

    @Override
    public Path getParent() {
        return coat(real.getParent());
    }

    @Override
    public int getNameCount() {
        return real.getNameCount();
    }

    @Override
    public Path getName(int index) {
        return coat(real.getName(index));
    }

    @Override
    public Path subpath(int from, int to) {
        return coat(real.subpath(from, to));
    }

    @Override
    public boolean startsWith(Path other) {
        return real.startsWith(real(other));
    }

    @Override
    public boolean endsWith(Path other) {
        return real.endsWith(real(other));
    }

    @Override
    public boolean startsWith(String other) {
        return real.startsWith(other);
    }

    @Override
    public boolean endsWith(String other) {
        return real.endsWith(other);
    }

    @Override
    public Path normalize() {
        return coat(real.normalize());
    }

    @Override
    public Path resolve(Path other) {
        return coat(real.resolve(real(other)));
    }

    @Override
    public Path resolve(String other) {
        return coat(real.resolve(other));
    }

    @Override
    public Path relativize(Path other) {
        return coat(real.relativize(real(other)));
    }

    @Override
    public URI toUri() {
        return real.toUri();
    }

    @Override
    public Path toAbsolutePath() {
        return coat(real.toAbsolutePath());
    }

    @Override
    public Path toRealPath(LinkOption... options) throws IOException {
        return coat(real.toRealPath(options));
    }

    /** What a program changes by such a file would not be recorded. */
    @Override
    public File toFile() {
        throw new UnsupportedOperationException();
    }

    @Override
    public WatchKey register(WatchService w, WatchEvent.Kind<?>[] kinds, WatchEvent.Modifier... modifiers) {
        throw new UnsupportedOperationException();
    }

    @Override
    public int compareTo(Path other) {
        return real.compareTo(real(other));
    }

    @Override
    public String toString() {
        return real.toString();
    }
}
