package dev.dalang.cli;

import dev.dalang.api.DalangException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where this user's server is, in a file that it writes when it starts and removes when it stops.
 *
 * @param pid its process
 * @param address by which this machine reaches it
 * @param loopback whether no other machine reaches it
 * @param certificate that it shows (PEM), where it speaks TLS
 * @param clientCertificates whether it asks its clients for one
 */
record ServerState(
        long pid,
        String address,
        boolean loopback,
        @Nullable String certificate,
        boolean clientCertificates) {

    static Path file(Surroundings around) {
        return around.home().resolve("server.json");
    }

    void write(Surroundings around) {
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        tree.put("pid", pid);
        tree.put("address", address);
        tree.put("loopback", loopback);
        tree.put("certificate", certificate);
        tree.put("client_certificates", clientCertificates);
        try {
            Private.replace(file(around), Json.pretty(tree) + "\n");
        } catch (IOException e) {
            throw Errors.storage(e, file(around));
        }
    }

    /** Removes the file, unless another server has written its own meanwhile. */
    void remove(Surroundings around) {
        try {
            if (read(around).filter(this::equals).isPresent()) Files.deleteIfExists(file(around));
        } catch (IOException e) {
            throw Errors.storage(e, file(around));
        }
    }

    /** What to add to the news of a change that a server reads when it starts; empty where none runs. */
    static String untilRestart(Surroundings around) {
        return read(around)
                .map(s -> "; the server that runs (" + s.address() + ") heeds it once it is started again")
                .orElse("");
    }

    /** The running server; nothing where there is none, or where its process has died without saying so. */
    static Optional<ServerState> read(Surroundings around) {
        Path file = file(around);
        try {
            if (!Files.isRegularFile(file)) return Optional.empty();
            if (!(Json.parse(Files.readString(file), file.toString()) instanceof Map<?, ?> tree)
                    || !(tree.get("pid") instanceof Number pid)
                    || !(tree.get("address") instanceof String address)) {
                throw DalangException.invalidRequest(file + " is no state of a server; remove it", null);
            }
            boolean alive = ProcessHandle.of(pid.longValue()).isPresent();
            String certificate = tree.get("certificate") instanceof String s ? s : null;
            return alive
                    ? Optional.of(new ServerState(
                            pid.longValue(),
                            URI.create(address).toString(),
                            Boolean.TRUE.equals(tree.get("loopback")),
                            certificate,
                            Boolean.TRUE.equals(tree.get("client_certificates"))))
                    : Optional.empty();
        } catch (IOException e) {
            throw Errors.storage(e, file);
        }
    }
}
