package dev.dalang.gateway.provider;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.gateway.provider.wire.Refusals;
import dev.dalang.gateway.provider.wire.Secret;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Keys at rest: in the operating system's store of secrets (libsecret's {@code secret-tool}, macOS's {@code security}),
 * or in files below {@code keys} that only their owner may read. A key never stands on a command line, where every
 * process could see it.
 */
final class Keys {
    private static final boolean POSIX =
            FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
    private static final int MAX_BYTES = 16 << 10;
    private static final int TOOL_SECONDS = 20;

    private final Path folder;
    private final Map<String, String> environment;

    Keys(Path home, Map<String, String> environment) {
        this.folder = home.resolve("keys");
        this.environment = environment;
    }

    /** @throws DalangException saying where the key was expected, when it is not there or cannot be one */
    Secret key(ProviderConfig provider) {
        switch (provider.key()) {
            case KeySource.Environment e -> {
                String value = environment.getOrDefault(e.variable(), "");
                if (value.isBlank()) {
                    throw missing(provider, "the variable " + e.variable() + " is not set");
                }
                return Secret.of(value, e.variable());
            }
            case KeySource.PrivateFile f -> {
                Path file = file(provider.name());
                try {
                    if (!Files.exists(file)) throw missing(provider, file + " does not exist");
                    if (POSIX) checkPrivate(file);
                    if (Files.size(file) > MAX_BYTES) throw missing(provider, file + " is longer than any key");
                    return Secret.of(Files.readString(file), file.toString());
                } catch (IOException e) {
                    throw storage(file, e);
                }
            }
            case KeySource.SystemStore s -> {
                String value = fromSystem(provider.name());
                if (value == null) throw missing(provider, "the system's store of secrets does not hold it");
                return Secret.of(value, provider.name());
            }
            case KeySource.NoKey n -> throw new IllegalArgumentException(provider.name() + " has no key");
        }
    }

    /** Whether the key is where it should be, without reading it where that would ask the user. */
    boolean has(ProviderConfig provider) {
        return switch (provider.key()) {
            case KeySource.Environment e ->
                !environment.getOrDefault(e.variable(), "").isBlank();
            case KeySource.PrivateFile f -> Files.isRegularFile(file(provider.name()));
            case KeySource.SystemStore s -> true;
            case KeySource.NoKey n -> true;
        };
    }

    /** Puts a key into the system's store, or where there is none into a file. */
    KeySource store(String name, Secret key) {
        return toSystem(name, key) ? new KeySource.SystemStore() : storeInFile(name, key);
    }

    KeySource storeInFile(String name, Secret key) {
        Path file = file(name);
        try {
            Files.createDirectories(folder, permissions("rwx------"));
            Path fresh = Files.createTempFile(folder, name, ".new", permissions("rw-------"));
            Files.writeString(fresh, key.value() + "\n");
            Files.move(fresh, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
            return new KeySource.PrivateFile();
        } catch (IOException e) {
            throw storage(file, e);
        }
    }

    /** Forgets what {@link #store} keeps. */
    void forget(ProviderConfig provider) {
        switch (provider.key()) {
            case KeySource.PrivateFile f -> {
                Path file = file(provider.name());
                try {
                    Files.deleteIfExists(file);
                } catch (IOException e) {
                    throw storage(file, e);
                }
            }
            case KeySource.SystemStore s -> {
                String tool = tool("secret-tool");
                if (tool != null) run(List.of(tool, "clear", "service", "dalang", "account", provider.name()), null);
                else if ((tool = tool("security")) != null) {
                    run(List.of(tool, "delete-generic-password", "-s", "dalang", "-a", provider.name()), null);
                }
            }
            default -> {} // not ours to forget
        }
    }

    private Path file(String name) {
        return folder.resolve(name);
    }

    private static void checkPrivate(Path file) throws IOException {
        Set<PosixFilePermission> others = Set.of(
                PosixFilePermission.GROUP_READ,
                PosixFilePermission.GROUP_WRITE,
                PosixFilePermission.OTHERS_READ,
                PosixFilePermission.OTHERS_WRITE);
        if (Files.getPosixFilePermissions(file).stream().anyMatch(others::contains)) {
            throw Refusals.noKey(
                    "the key in " + file + " may be read by others; `chmod 600 " + file + "` makes it private");
        }
    }

    private @Nullable String fromSystem(String name) {
        String tool = tool("secret-tool");
        if (tool != null) return run(List.of(tool, "lookup", "service", "dalang", "account", name), null);
        tool = tool("security");
        return tool == null
                ? null
                : run(List.of(tool, "find-generic-password", "-s", "dalang", "-a", name, "-w"), null);
    }

    private boolean toSystem(String name, Secret key) {
        String tool = tool("secret-tool");
        if (tool != null) {
            String label = "--label=Dalang: key of " + name;
            return run(List.of(tool, "store", label, "service", "dalang", "account", name), key.value()) != null;
        }
        tool = tool("security");
        if (tool == null) return false;
        // Its commands can be read from standard input, which no other process sees.
        String hex = HexFormat.of().formatHex(key.value().getBytes(StandardCharsets.UTF_8));
        return run(List.of(tool, "-i"), "add-generic-password -U -s dalang -a " + name + " -X " + hex + "\n") != null
                && key.value().equals(fromSystem(name));
    }

    private @Nullable String tool(String name) {
        for (String entry : environment.getOrDefault("PATH", "").split(File.pathSeparator)) {
            if (entry.isEmpty()) continue;
            Path file = Path.of(entry, name);
            if (Files.isExecutable(file)) return file.toString();
        }
        return null;
    }

    /** What the tool says, or null when it fails or takes too long. */
    private @Nullable String run(List<String> command, @Nullable String input) {
        try {
            ProcessBuilder builder = new ProcessBuilder(new ArrayList<>(command));
            builder.redirectError(ProcessBuilder.Redirect.DISCARD);
            builder.environment().clear();
            builder.environment().putAll(environment);
            Process process = builder.start();
            try (OutputStream to = process.getOutputStream()) {
                if (input != null) to.write(input.getBytes(StandardCharsets.UTF_8));
            }
            if (!process.waitFor(TOOL_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                return null;
            }
            String said = new String(process.getInputStream().readNBytes(MAX_BYTES), StandardCharsets.UTF_8);
            return process.exitValue() == 0 ? said.strip() : null;
        } catch (IOException e) {
            return null; // the tool is not what it seems: there is no store
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        }
    }

    private static DalangException missing(ProviderConfig provider, String why) {
        return Refusals.noKey("there is no key for " + provider.name() + ": " + why + "; `dalang providers add "
                + provider.name() + "` takes one");
    }

    private static DalangException storage(Path file, IOException e) {
        return new DalangException(
                new Failure.Storage(file + " cannot be used (" + e.getClass().getSimpleName() + ")", file.toString()),
                e);
    }

    static FileAttribute<?>[] permissions(String permissions) {
        return POSIX
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
                }
                : new FileAttribute<?>[0];
    }
}
