package dev.dalang.server.http;

import dev.dalang.api.DalangException;
import io.helidon.common.tls.Tls;
import io.helidon.common.tls.TlsClientAuth;
import io.helidon.common.tls.TlsConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The files (PEM, RFC 7468) that TLS is made from.
 *
 * @param certificate the server's, and those that lead from it to a root
 * @param key the certificate's private key, in PKCS #8
 * @param clientAuthority certificates one of which must have signed the client's; null where clients need none
 */
public record TlsFiles(Path certificate, Path key, @Nullable Path clientAuthority) {

    /** Their state, to see when they change. */
    String state() {
        return state(certificate) + state(key) + (clientAuthority == null ? "" : state(clientAuthority));
    }

    private static String state(Path file) {
        try {
            BasicFileAttributes a = Files.readAttributes(file, BasicFileAttributes.class);
            return a.lastModifiedTime().toMillis() + "/" + a.size() + "/" + a.fileKey() + ";";
        } catch (IOException e) {
            return "unreadable;";
        }
    }

    /** @throws DalangException saying which file is wrong, and how */
    Tls read() {
        Pem own = Pem.read(certificate, key);
        TlsConfig.Builder tls = Tls.builder()
                .privateKey(own.key())
                .privateKeyCertChain(own.chain())
                .enabledProtocols(List.of("TLSv1.3", "TLSv1.2"));
        if (clientAuthority != null) {
            tls.trust(Pem.certificates(clientAuthority)).clientAuth(TlsClientAuth.REQUIRED);
        }
        return tls.build();
    }
}
