package dev.dalang.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/** Certificates, made by the JDK's own tool, as files in PEM. */
final class TestPki {

    private static final String PASSWORD = "changeit";

    private final Path folder;
    private final Path store;

    TestPki(Path folder) throws IOException {
        this.folder = Files.createDirectories(folder);
        this.store = folder.resolve("all.p12");
    }

    /** A server's, signed by itself. */
    TestPki server(String name) throws Exception {
        return make(name, "-ext", "san=dns:localhost,ip:127.0.0.1");
    }

    TestPki authority(String name) throws Exception {
        return make(name, "-ext", "bc:c");
    }

    /** @param authority that signs it; null for itself */
    TestPki client(String name, String authority) throws Exception {
        return authority == null ? make(name) : make(name, "-signer", authority);
    }

    private TestPki make(String name, String... more) throws Exception {
        List<String> words = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                name,
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-dname",
                "CN=" + name,
                "-validity",
                "30",
                "-keystore",
                store.toString(),
                "-storetype",
                "PKCS12",
                "-storepass",
                PASSWORD));
        words.addAll(Arrays.asList(more));
        Process p = new ProcessBuilder(words).redirectErrorStream(true).start();
        String said = new String(p.getInputStream().readAllBytes());
        if (p.waitFor() != 0) throw new IOException("keytool: " + said);
        write(name, name);
        return this;
    }

    /** Puts a certificate and its key where another's were, the key first. */
    void write(String name, String as) throws IOException, GeneralSecurityException {
        byte[] key = keys().getKey(name, PASSWORD.toCharArray()).getEncoded();
        Files.writeString(key(as), pem("PRIVATE KEY", key));
        StringBuilder text = new StringBuilder();
        for (Certificate c : keys().getCertificateChain(name)) text.append(pem("CERTIFICATE", c.getEncoded()));
        Files.writeString(certificate(as), text);
    }

    private KeyStore keys() throws IOException, GeneralSecurityException {
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, PASSWORD.toCharArray());
        }
        return keys;
    }

    private static String pem(String type, byte[] der) {
        String text = Base64.getMimeEncoder(64, "\n".getBytes()).encodeToString(der);
        return "-----BEGIN " + type + "-----\n" + text + "\n-----END " + type + "-----\n";
    }

    X509Certificate get(String name) throws IOException, GeneralSecurityException {
        return (X509Certificate) keys().getCertificate(name);
    }

    Path certificate(String name) {
        return folder.resolve(name + ".pem");
    }

    Path key(String name) {
        return folder.resolve(name + "-key.pem");
    }
}
