package dev.dalang.cli;

import dev.dalang.server.http.Pem;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What this user's own commands show of themselves to a server that asks its clients for a certificate. */
final class LinkFlags {

    @Option(
            names = "--client-cert",
            paramLabel = "FILE",
            description = "The certificate (PEM) to show a server that was started with --client-ca.")
    @Nullable
    Path clientCert;

    @Option(names = "--client-key", paramLabel = "FILE", description = "That certificate's private key (PEM, PKCS #8).")
    @Nullable
    Path clientKey;

    /** @throws dev.dalang.api.DalangException if no server runs, or a file is wrong */
    ServerLink open(Surroundings around) {
        return ServerLink.open(around, own());
    }

    /**
     * Null where none is set.
     *
     * @throws dev.dalang.api.DalangException if a file is wrong
     */
    @Nullable
    Pem own() {
        if ((clientCert == null) != (clientKey == null)) {
            throw Errors.usage("--client-cert and --client-key go together");
        }
        return clientCert == null || clientKey == null ? null : Pem.read(clientCert, clientKey);
    }
}
