package dev.dalang.hub.store;

import dev.dalang.api.DalangException;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.UUID;

/** Folders of links to blobs under the names that files have in their model, for programs that go by names. */
final class Views {
    private static final int ATTEMPTS = 5;

    private Views() {}

    /** The folder's name: of the content, so that copies of a model share it. */
    static String name(Manifest m) {
        return m.contentDigest().hex();
    }

    static Path open(Path views, Path blobs, Manifest m) throws IOException {
        Path folder = views.resolve(name(m));
        for (int attempt = 1; !isWhole(folder, m); attempt++) {
            try {
                if (Files.isDirectory(folder)) retire(folder);
                make(folder, blobs, m);
            } catch (IOException e) {
                // Another process collected garbage, and took this half-made view for such.
                if (attempt == ATTEMPTS) throw e;
            }
        }
        for (Manifest.ModelFile f : m.files()) {
            Path file = folder.resolve(f.name().text());
            if (f.role() == Role.WEIGHTS && ModelFolders.isGguf(file) && !ModelFolders.isLaterPart(file)) return file;
        }
        boolean isFolder = m.files().stream().anyMatch(f -> f.name().text().equals("config.json"))
                && m.files().stream().anyMatch(f -> f.name().endsWith(".safetensors"));
        if (isFolder) return folder;
        throw DalangException.badModelFile(
                m.name() + " has neither a .gguf file nor a config.json with .safetensors files", m.name(), null);
    }

    private static boolean isWhole(Path folder, Manifest m) {
        return m.files().stream()
                .allMatch(f -> Files.exists(folder.resolve(f.name().text()), LinkOption.NOFOLLOW_LINKS));
    }

    /** Removes a view; its name goes first and at once, so that a kill leaves no half of it under its name. */
    static void retire(Path folder) throws IOException {
        Path old = folder.resolveSibling(folder.getFileName() + "." + UUID.randomUUID() + ".old");
        try {
            Files.move(folder, old, StandardCopyOption.ATOMIC_MOVE);
        } catch (NoSuchFileException anotherWasFaster) {
            return;
        }
        Disk.deleteTree(old);
    }

    private static void make(Path folder, Path blobs, Manifest m) throws IOException {
        Disk.folders(folder.toAbsolutePath().getParent());
        Path part = folder.resolveSibling(folder.getFileName() + "." + UUID.randomUUID() + ".new");
        Files.createDirectory(part);
        try {
            for (Manifest.ModelFile f : m.files()) link(part.resolve(f.name().text()), blobs, f.digest());
            Files.move(part, folder, StandardCopyOption.ATOMIC_MOVE);
        } catch (FileAlreadyExistsException | DirectoryNotEmptyException anotherWasFaster) {
            Disk.deleteTree(part);
        } catch (Throwable t) {
            Disk.deleteTree(part);
            if (!Files.isDirectory(folder)) throw t;
        }
    }

    private static void link(Path link, Path blobs, Digest digest) throws IOException {
        String blob = "sha256-" + digest.hex();
        try {
            Files.createSymbolicLink(
                    link, Path.of("..", "..", blobs.getFileName().toString(), blob));
        } catch (UnsupportedOperationException | FileSystemException windowsWithoutTheRight) {
            Files.createLink(link, blobs.resolve(blob));
        }
    }
}
