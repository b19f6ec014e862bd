package dev.dalang.net;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/** The authorities that certificates may come from: the JDK's, and those of a file that the user named. */
final class TrustedCertificates {

    private TrustedCertificates() {}

    /** @throws IllegalArgumentException when the file cannot be read; what it holds shows when it is used */
    static void check(@Nullable Path caFile) {
        if (caFile == null || Files.isReadable(caFile) && !Files.isDirectory(caFile)) return;
        throw new IllegalArgumentException("the certificates in " + caFile + " (DALANG_CA_FILE) cannot be read");
    }

    /** @throws IllegalArgumentException when the file holds no certificates */
    static SSLContext context(@Nullable Path caFile) {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, caFile == null ? null : managers(caFile), null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalArgumentException(
                    "the certificates in " + caFile + " (DALANG_CA_FILE) cannot be used: " + e.getMessage(), e);
        }
    }

    private static TrustManager[] managers(Path caFile) throws GeneralSecurityException, IOException {
        KeyStore all = KeyStore.getInstance(KeyStore.getDefaultType());
        all.load(null, null);
        int n = 0;
        for (TrustManager m : factory(null).getTrustManagers()) {
            if (!(m instanceof X509TrustManager x)) continue;
            for (X509Certificate c : x.getAcceptedIssuers()) all.setCertificateEntry("jdk-" + n++, c);
        }
        int before = n;
        // All at once: the JDK reads a stream of certificates byte by byte.
        InputStream bytes = new ByteArrayInputStream(Files.readAllBytes(caFile));
        for (Certificate c : CertificateFactory.getInstance("X.509").generateCertificates(bytes)) {
            all.setCertificateEntry("user-" + n++, c);
        }
        if (n == before) throw new IOException("it holds none");
        return factory(all).getTrustManagers();
    }

    private static TrustManagerFactory factory(@Nullable KeyStore keys) throws GeneralSecurityException {
        TrustManagerFactory f = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        f.init(keys);
        return f;
    }
}
