package dev.dalang.server.http;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
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
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * A certificate, with those that lead from it to a root, and its private key, from files in PEM (RFC 7468).
 *
 * @param chain the certificate itself first
 * @param key its private key, which fits it
 */
public record Pem(List<X509Certificate> chain, PrivateKey key) {

    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\\s]+)-----END \\1-----");

    public Pem {
        chain = List.copyOf(chain);
    }

    /** Without the key. */
    @Override
    public String toString() {
        return "Pem[" + chain.getFirst().getSubjectX500Principal() + "]";
    }

    /**
     * @param key in PKCS #8, not encrypted
     * @throws DalangException saying which file is wrong, and how
     */
    public static Pem read(Path certificate, Path key) {
        List<X509Certificate> chain = certificates(certificate);
        PrivateKey secret = privateKey(key);
        check(chain.getFirst(), secret, certificate, key);
        return new Pem(chain, secret);
    }

    /**
     * What a client needs that trusts these certificates and no others.
     *
     * @param own what it shows of itself; null for nothing
     */
    public static SSLContext clientContext(List<X509Certificate> trusted, @Nullable Pem own)
            throws GeneralSecurityException, IOException {
        KeyStore roots = KeyStore.getInstance(KeyStore.getDefaultType());
        roots.load(null, null);
        for (int i = 0; i < trusted.size(); i++) roots.setCertificateEntry("trusted-" + i, trusted.get(i));
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(roots);
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        KeyStore shown = KeyStore.getInstance(KeyStore.getDefaultType());
        shown.load(null, null);
        if (own != null)
            shown.setKeyEntry("own", own.key(), new char[0], own.chain().toArray(Certificate[]::new));
        keys.init(shown, new char[0]);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        return context;
    }

    /**
     * The certificates of a file, in order; at least one.
     *
     * @throws DalangException saying what is wrong with it
     */
    public static List<X509Certificate> certificates(Path file) {
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
            throw unreadable(file, e);
        } catch (CertificateException e) {
            throw wrong(file, "holds no certificate in PEM: " + e.getMessage(), e);
        }
    }

    private static PrivateKey privateKey(Path file) {
        String text;
        try {
            text = Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw unreadable(file, e);
        }
        Matcher m = BLOCK.matcher(text);
        while (m.find()) {
            switch (m.group(1)) {
                case "PRIVATE KEY" -> {
                    return decode(file, base64(file, m.group(2)));
                }
                case "ENCRYPTED PRIVATE KEY" ->
                    throw wrong(file, "is encrypted; `openssl pkey -in KEY -out PLAIN` decrypts it", null);
                case "RSA PRIVATE KEY", "EC PRIVATE KEY" ->
                    throw wrong(
                            file,
                            "holds a key in an older form; `openssl pkcs8 -topk8 -nocrypt -in KEY -out NEW` converts"
                                    + " it",
                            null);
                default -> {}
            }
        }
        throw wrong(file, "holds no private key in PEM (BEGIN PRIVATE KEY)", null);
    }

    private static byte[] base64(Path file, String text) {
        try {
            return Base64.getMimeDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            throw wrong(file, "holds a key that is cut off or damaged", e);
        }
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
    private static void check(X509Certificate certificate, PrivateKey secret, Path file, Path key) {
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
            throw wrong(key, "does not fit the certificate in " + file, e);
        }
        throw wrong(key, "does not fit the certificate in " + file, null);
    }

    private static DalangException unreadable(Path file, IOException e) {
        // The message of these is the path alone.
        return switch (e) {
            case NoSuchFileException missing -> wrong(file, "is not there", missing);
            case AccessDeniedException denied -> wrong(file, "may not be read by this user", denied);
            default -> wrong(file, "cannot be read: " + e.getMessage(), e);
        };
    }

    private static DalangException wrong(Path file, String what, @Nullable Throwable cause) {
        return new DalangException(new Failure.Storage(file + " " + what, file.toString()), cause);
    }
}
