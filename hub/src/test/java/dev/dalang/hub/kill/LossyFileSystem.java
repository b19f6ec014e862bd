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
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The machine's file system below one folder, with every change told to a {@link PoweredDisk}, whose power may go. */
final class LossyFileSystem extends FileSystem {
    private final FileSystem real;
    final PoweredDisk disk;
    private final Provider provider;

    LossyFileSystem(PoweredDisk disk) {
        this.real = disk.folder().getFileSystem();
        this.disk = disk;
        this.provider = new Provider();
    }

    Path wrap(Path path) {
        return new LossyPath(this, path);
    }

    static Path real(Path path) {
        return path instanceof LossyPath p ? p.real() : path;
    }

    @Override
    public FileSystemProvider provider() {
        return provider;
    }

    @Override
    public void close() {
        throw new UnsupportedOperationException();
    }

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
        return real.getSeparator();
    }

    @Override
    public Iterable<Path> getRootDirectories() {
        List<Path> roots = new ArrayList<>();
        real.getRootDirectories().forEach(r -> roots.add(wrap(r)));
        return roots;
    }

    @Override
    public Iterable<FileStore> getFileStores() {
        return real.getFileStores();
    }

    @Override
    public Set<String> supportedFileAttributeViews() {
        return real.supportedFileAttributeViews();
    }

    @Override
    public Path getPath(String first, String... more) {
        return wrap(real.getPath(first, more));
    }

    @Override
    public PathMatcher getPathMatcher(String pattern) {
        PathMatcher matcher = real.getPathMatcher(pattern);
        return p -> matcher.matches(real(p));
    }

    @Override
    public UserPrincipalLookupService getUserPrincipalLookupService() {
        return real.getUserPrincipalLookupService();
    }

    @Override
    public WatchService newWatchService() {
        throw new UnsupportedOperationException();
    }

    private final class Provider extends FileSystemProvider {
        private final FileSystemProvider below = real.provider();

        @Override
        public String getScheme() {
            return "lossy";
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
        public FileChannel newFileChannel(Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
                throws IOException {
            Path file = real(path);
            boolean there = Files.exists(file, LinkOption.NOFOLLOW_LINKS);
            boolean writes = options.contains(StandardOpenOption.WRITE) || options.contains(StandardOpenOption.APPEND);
            if (writes) disk.checkPower();
            if (Files.isDirectory(file))
                return new LossyChannel.Folder(below.newFileChannel(file, options, attributes), disk, file);
            FileChannel channel = below.newFileChannel(file, options, attributes);
            if (!writes) return channel;
            if (!there) disk.created(file);
            LossyChannel lossy = new LossyChannel(channel, disk, file, options.contains(StandardOpenOption.APPEND));
            if (there && options.contains(StandardOpenOption.TRUNCATE_EXISTING)) lossy.recordTruncation(0);
            return lossy;
        }

        @Override
        public SeekableByteChannel newByteChannel(
                Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes) throws IOException {
            return newFileChannel(path, options, attributes);
        }

        @Override
        public DirectoryStream<Path> newDirectoryStream(Path folder, DirectoryStream.Filter<? super Path> filter)
                throws IOException {
            DirectoryStream<Path> entries = below.newDirectoryStream(real(folder), p -> filter.accept(wrap(p)));
            return new DirectoryStream<>() {
                @Override
                public Iterator<Path> iterator() {
                    Iterator<Path> all = entries.iterator();
                    return new Iterator<>() {
                        @Override
                        public boolean hasNext() {
                            return all.hasNext();
                        }

                        @Override
                        public Path next() {
                            return wrap(all.next());
                        }
                    };
                }

                @Override
                public void close() throws IOException {
                    entries.close();
                }
            };
        }

        @Override
        public void createDirectory(Path folder, FileAttribute<?>... attributes) throws IOException {
            disk.checkPower();
            below.createDirectory(real(folder), attributes);
            disk.madeFolder(real(folder));
        }

        @Override
        public void createSymbolicLink(Path link, Path target, FileAttribute<?>... attributes) throws IOException {
            disk.checkPower();
            below.createSymbolicLink(real(link), real(target), attributes);
            disk.linked(real(link), real(target).toString());
        }

        @Override
        public void createLink(Path link, Path existing) throws IOException {
            disk.checkPower();
            below.createLink(real(link), real(existing));
            disk.hardLinked(real(link), real(existing));
        }

        @Override
        public Path readSymbolicLink(Path link) throws IOException {
            return wrap(below.readSymbolicLink(real(link)));
        }

        @Override
        public void delete(Path path) throws IOException {
            disk.checkPower();
            below.delete(real(path));
            disk.deleted(real(path));
        }

        @Override
        public void copy(Path source, Path target, CopyOption... options) throws IOException {
            try (var in = Files.newInputStream(source);
                    var out = Files.newOutputStream(target, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                in.transferTo(out);
            }
        }

        @Override
        public void move(Path source, Path target, CopyOption... options) throws IOException {
            disk.checkPower();
            below.move(real(source), real(target), options);
            disk.moved(real(source), real(target));
        }

        @Override
        public boolean isSameFile(Path a, Path b) throws IOException {
            return below.isSameFile(real(a), real(b));
        }

        @Override
        public boolean isHidden(Path path) throws IOException {
            return below.isHidden(real(path));
        }

        @Override
        public FileStore getFileStore(Path path) throws IOException {
            return below.getFileStore(real(path));
        }

        @Override
        public void checkAccess(Path path, AccessMode... modes) throws IOException {
            below.checkAccess(real(path), modes);
        }

        @Override
        public <V extends FileAttributeView> V getFileAttributeView(Path path, Class<V> type, LinkOption... options) {
            return below.getFileAttributeView(real(path), type, options);
        }

        @Override
        public <A extends BasicFileAttributes> A readAttributes(Path path, Class<A> type, LinkOption... options)
                throws IOException {
            return below.readAttributes(real(path), type, options);
        }

        @Override
        public Map<String, Object> readAttributes(Path path, String attributes, LinkOption... options)
                throws IOException {
            return below.readAttributes(real(path), attributes, options);
        }

        @Override
        public void setAttribute(Path path, String attribute, Object value, LinkOption... options) throws IOException {
            below.setAttribute(real(path), attribute, value, options);
        }
    }
}
