package dev.dalang.hub.kill;

import java.io.IOException;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessMode;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.StandardOpenOption;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.spi.FileSystemProvider;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A real folder, through a layer that writes down every change to it in a {@link RecordedDisk}. */
final class RecordingFileSystem extends FileSystem {
    private final Path root;
    private final RecordedDisk disk;
    private final FileSystemProvider provider = new Provider();

    /** @param root an empty real folder */
    RecordingFileSystem(Path root, RecordedDisk disk) {
        this.root = root;
        this.disk = disk;
    }

    Path root() {
        return new RecordingPath(this, root);
    }

    private static Path real(Path path) {
        return RecordingPath.real(path);
    }

    /** Within the folder. */
    private Path inside(Path path) {
        return root.relativize(real(path).toAbsolutePath().normalize());
    }

    private FileChannel open(Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
            throws IOException {
        if (options.contains(StandardOpenOption.DELETE_ON_CLOSE)) throw new UnsupportedOperationException();
        synchronized (disk) {
            FileChannel real = FileChannel.open(real(path), options, attributes);
            // Links are read through; nothing is written through one.
            if (Files.isSymbolicLink(real(path))) return real;
            int file = disk.knows(inside(path)) ? disk.of(inside(path)) : disk.makes(inside(path), false, null);
            boolean cut = options.contains(StandardOpenOption.TRUNCATE_EXISTING)
                    && options.contains(StandardOpenOption.WRITE);
            if (cut) disk.cuts(file, 0);
            return new RecordingChannel(real, disk, file, options.contains(StandardOpenOption.APPEND));
        }
    }

    private final class Provider extends FileSystemProvider {

        @Override
        public FileChannel newFileChannel(Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
                throws IOException {
            return open(path, options, attributes);
        }

        @Override
        public SeekableByteChannel newByteChannel(
                Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes) throws IOException {
            return open(path, options.isEmpty() ? new HashSet<>(Set.of(StandardOpenOption.READ)) : options, attributes);
        }

        @Override
        public void createDirectory(Path folder, FileAttribute<?>... attributes) throws IOException {
            synchronized (disk) {
                Files.createDirectory(real(folder), attributes);
                disk.makes(inside(folder), true, null);
            }
        }

        @Override
        public void createSymbolicLink(Path link, Path target, FileAttribute<?>... attributes) throws IOException {
            synchronized (disk) {
                Files.createSymbolicLink(real(link), real(target), attributes);
                disk.makes(inside(link), false, target.toString());
            }
        }

        @Override
        public void delete(Path path) throws IOException {
            synchronized (disk) {
                Files.delete(real(path));
                disk.removes(inside(path));
            }
        }

        @Override
        public void move(Path from, Path to, CopyOption... options) throws IOException {
            synchronized (disk) {
                Files.move(real(from), real(to), options);
                disk.moves(inside(from), inside(to));
            }
        }

        @Override
        public void copy(Path from, Path to, CopyOption... options) throws IOException {
            try (var in = Files.newInputStream(from)) {
                Files.copy(in, to, options);
            }
        }

        @Override
        public void setAttribute(Path path, String attribute, Object value, LinkOption... options) {
            throw new UnsupportedOperationException();
        }

        // ---- What changes nothing.

        @Override
        public String getScheme() {
            return "recorded";
        }

        @Override
        public FileSystem newFileSystem(URI uri, Map<String, ?> env) {
            throw new UnsupportedOperationException();
        }

        @Override
        public FileSystem getFileSystem(URI uri) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Path getPath(URI uri) {
            throw new UnsupportedOperationException();
        }

        @Override
        public DirectoryStream<Path> newDirectoryStream(Path folder, DirectoryStream.Filter<? super Path> filter)
                throws IOException {
            DirectoryStream<Path> real = Files.newDirectoryStream(real(folder), p -> filter.accept(coat(p)));
            return new DirectoryStream<>() {
                @Override
                public Iterator<Path> iterator() {
                    Iterator<Path> all = real.iterator();
                    return new Iterator<>() {
                        @Override
                        public boolean hasNext() {
                            return all.hasNext();
                        }

                        @Override
                        public Path next() {
                            return coat(all.next());
                        }
                    };
                }

                @Override
                public void close() throws IOException {
                    real.close();
                }
            };
        }

        private Path coat(Path real) {
            return new RecordingPath(RecordingFileSystem.this, real);
        }

        @Override
        public Path readSymbolicLink(Path link) throws IOException {
            return coat(Files.readSymbolicLink(real(link)));
        }

        @Override
        public boolean isSameFile(Path a, Path b) throws IOException {
            return Files.isSameFile(real(a), real(b));
        }

        @Override
        public boolean isHidden(Path path) throws IOException {
            return Files.isHidden(real(path));
        }

        @Override
        public FileStore getFileStore(Path path) throws IOException {
            return Files.getFileStore(real(path));
        }

        @Override
        public void checkAccess(Path path, AccessMode... modes) throws IOException {
            real(path).getFileSystem().provider().checkAccess(real(path), modes);
        }

        @Override
        public <V extends FileAttributeView> V getFileAttributeView(Path path, Class<V> type, LinkOption... options) {
            return Files.getFileAttributeView(real(path), type, options);
        }

        @Override
        public <A extends BasicFileAttributes> A readAttributes(Path path, Class<A> type, LinkOption... options)
                throws IOException {
            return Files.readAttributes(real(path), type, options);
        }

        @Override
        public Map<String, Object> readAttributes(Path path, String attributes, LinkOption... options)
                throws IOException {
            return Files.readAttributes(real(path), attributes, options);
        }
    }

    @Override
    public FileSystemProvider provider() {
        return provider;
    }

    @Override
    public void close() {}

    @Override
    public boolean isOpen() {
        return true;
    }

    @Override
    public boolean isReadOnly() {
        return false;
    }

    @Override
    public String getSeparator() {
        return root.getFileSystem().getSeparator();
    }

    @Override
    public Iterable<Path> getRootDirectories() {
        return List.of();
    }

    @Override
    public Iterable<FileStore> getFileStores() {
        return List.of();
    }

    @Override
    public Set<String> supportedFileAttributeViews() {
        return root.getFileSystem().supportedFileAttributeViews();
    }

    @Override
    public Path getPath(String first, String... more) {
        return new RecordingPath(this, root.getFileSystem().getPath(first, more));
    }

    @Override
    public PathMatcher getPathMatcher(String pattern) {
        return root.getFileSystem().getPathMatcher(pattern);
    }

    @Override
    public UserPrincipalLookupService getUserPrincipalLookupService() {
        return root.getFileSystem().getUserPrincipalLookupService();
    }

    @Override
    public WatchService newWatchService() {
        throw new UnsupportedOperationException();
    }
}
