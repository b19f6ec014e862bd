package dev.dalang.server.http;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import io.helidon.common.tls.Tls;
import io.helidon.common.tls.TlsClientAuth;
import io.helidon.common.tls.TlsConfig;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The files (PEM, RFC 7468) that TLS is made from.
 *
 * @param certificate the server's, and those that lead from it to a root
 * @param key the certificate's private key, in PKCS #8
 * @param clientAuthority certificates one of which must have signed the client's; null where clients need none
 */
public record TlsFiles(Path certificate, Path key, @Nullable Path clientAuthority) {

    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\\s]+)-----END \\1-----");

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
        List<X509Certificate> chain = certificates(certificate);
        PrivateKey secret = privateKey(key);
        check(chain.getFirst(), secret);
        TlsConfig.Builder tls = Tls.builder()
                .privateKey(secret)
                .privateKeyCertChain(chain)
                .enabledProtocols(List.of("TLSv1.3", "TLSv1.2"));
        if (clientAuthority != null) {
            tls.trust(certificates(clientAuthority)).clientAuth(TlsClientAuth.REQUIRED);
        }
        return tls.build();
    }

    private static List<X509Certificate> certificates(Path file) {
        try {
            List<X509Certificate> all = new ArrayList<>();
            byte[] bytes = Files.readAllBytes(file);
            for (Certificate c :
                    CertificateFactory.getInstance("X.509").generateCertificates(new ByteArrayInputStream(bytes))) {
                all.add((X509Certificate) c);
            }
            if (all.isEmpty()) throw wrong(file, "holds no certificate in PEM", null);
            return all;
        } catch (IOException e) {
            throw wrong(file, "cannot be read: " + e.getMessage(), e);
        } catch (CertificateException e) {
            throw wrong(file, "holds no certificate in PEM: " + e.getMessage(), e);
        }
    }

    private static PrivateKey privateKey(Path file) {
        String text;
        try {
            text = Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw wrong(file, "cannot be read: " + e.getMessage(), e);
        }
        Matcher m = BLOCK.matcher(text);
        while (m.find()) {
            switch (m.group(1)) {
                case "PRIVATE KEY" -> {
                    return decode(file, Base64.getMimeDecoder().decode(m.group(2)));
                }
                case "ENCRYPTED PRIVATE KEY" ->
                    throw wrong(file, "is encrypted; `openssl pkey -in KEY -out PLAIN` decrypts it", null);
                case "RSA PRIVATE KEY", "EC PRIVATE KEY" ->
                    throw wrong(
                            file,
                            "holds a key in an older form; `openssl pkcs8 -topk8 -nocrypt -in KEY -out NEW` converts it",
                            null);
                default -> {}
            }
        }
        throw wrong(file, "holds no private key in PEM (BEGIN PRIVATE KEY)", null);
    }

    private static PrivateKey decode(Path file, byte[] pkcs8) {
        InvalidKeySpecException last = null;
        for (String algorithm : List.of("EC", "RSA", "EdDSA")) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
            } catch (InvalidKeySpecException e) {
                // Not of this kind: the next.
                last = e;
            } catch (GeneralSecurityException e) {
                throw wrong(file, "cannot be used: " + e.getMessage(), e);
            }
        }
        throw wrong(file, "holds a key that is none of RSA, EC or EdDSA", last);
    }

    /** A key of another certificate would show itself only when a client comes. */
    private void check(X509Certificate certificate, PrivateKey secret) {
        String algorithm = switch (secret.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            default -> "EdDSA";
        };
        try {
            Signature signature = Signature.getInstance(algorithm);
            signature.initSign(secret);
            signature.update((byte) 1);
            byte[] signed = signature.sign();
            signature.initVerify(certificate.getPublicKey());
            signature.update((byte) 1);
            if (signature.verify(signed)) return;
        } catch (GeneralSecurityException e) {
            throw wrong(key, "does not fit the certificate in " + this.certificate, e);
        }
        throw wrong(key, "does not fit the certificate in " + this.certificate, null);
    }

    private static DalangException wrong(Path file, String what, @Nullable Throwable cause) {
        return new DalangException(new Failure.Storage(file + " " + what, file.toString()), cause);
    }
}
