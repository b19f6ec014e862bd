package dev.dalang.hub.catalogue;

import dev.dalang.api.DalangException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Who may publish a catalogue: detached Ed25519 signatures (RFC 8032) over the file's bytes, with the format's name before
 * them so that a signature made for something else never fits.
 *
 * <p>A signature file is one line: {@code dalang-catalogue-v1 KEY SIGNATURE}, where KEY is the first 16 hexadecimal digits
 * of the SHA-256 of the public key and SIGNATURE is Base64.
 */
public final class Signatures {

    /** The project's key, X.509 in Base64; the private half is kept outside of the repository (docs/CATALOGUE.md). */
    public static final String PROJECT_KEY = "MCowBQYDK2VwAyEAnPWup98Z96gz1P3DidexxHFfVvtALizF0uJUZaKV8hE=";

    private static final String FORMAT = "dalang-catalogue-v1";
    private static final String ALGORITHM = "Ed25519";

    private final Map<String, PublicKey> trusted = new LinkedHashMap<>();

    /** @param keys public keys, X.509 in Base64 */
    public Signatures(List<String> keys) {
        for (String key : keys) {
            PublicKey k = publicKey(key);
            trusted.put(id(k), k);
        }
    }

    /** Trusts the project alone. */
    public static Signatures ofProject() {
        return new Signatures(List.of(PROJECT_KEY));
    }

    /**
     * Checks a signature.
     *
     * @param what the file is called in messages
     * @return the identity of the key that signed
     * @throws DalangException when the signature is malformed, by a key that is not trusted, or does not fit the bytes
     */
    public String check(byte[] content, byte[] signature, String what) {
        String[] parts =
                new String(signature, StandardCharsets.US_ASCII).strip().split(" ", -1);
        if (signature.length > 1000 || parts.length != 3 || !parts[0].equals(FORMAT)) {
            throw refused(what + ": its signature is not of the format " + FORMAT);
        }
        PublicKey key = trusted.get(parts[1]);
        if (key == null) {
            throw refused(what + ": signed by key " + parts[1].replaceAll("[^0-9a-f]", "?") + ", which is not trusted");
        }
        try {
            Signature s = Signature.getInstance(ALGORITHM);
            s.initVerify(key);
            s.update(message(content));
            if (s.verify(Base64.getDecoder().decode(parts[2]))) return parts[1];
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw refused(what + ": its signature is damaged");
        }
        throw refused(what + ": the signature does not fit; the file was changed after it was signed");
    }

    /** The content of a signature file. */
    public static byte[] sign(byte[] content, PrivateKey key, PublicKey matching) {
        try {
            Signature s = Signature.getInstance(ALGORITHM);
            s.initSign(key);
            s.update(message(content));
            String line =
                    FORMAT + " " + id(matching) + " " + Base64.getEncoder().encodeToString(s.sign()) + "\n";
            return line.getBytes(StandardCharsets.US_ASCII);
        } catch (GeneralSecurityException e) {
            throw refused("the key cannot sign: " + e.getMessage());
        }
    }

    public static KeyPair newKey() {
        try {
            return KeyPairGenerator.getInstance(ALGORITHM).generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A key pair as text: the private key in PKCS #8 and the public one in X.509, a line of Base64 each. */
    public static String encode(KeyPair pair) {
        Base64.Encoder base64 = Base64.getEncoder();
        return base64.encodeToString(pair.getPrivate().getEncoded()) + "\n"
                + base64.encodeToString(pair.getPublic().getEncoded()) + "\n";
    }

    /** The opposite of {@link #encode}. */
    public static KeyPair decode(String text) {
        List<String> lines = text.strip().lines().toList();
        if (lines.size() != 2) throw refused("a key file has two lines: the private key and the public one");
        try {
            PrivateKey secret = KeyFactory.getInstance(ALGORITHM)
                    .generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(lines.get(0))));
            return new KeyPair(publicKey(lines.get(1)), secret);
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw refused("the key file does not hold an Ed25519 key");
        }
    }

    /** A public key's identity in signature files. */
    public static String id(PublicKey key) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(key.getEncoded());
            return HexFormat.of().formatHex(hash, 0, 8);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static PublicKey publicKey(String base64) {
        try {
            return KeyFactory.getInstance(ALGORITHM)
                    .generatePublic(new X509EncodedKeySpec(Base64.getDecoder().decode(base64.strip())));
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw refused("a catalogue key must be an Ed25519 public key, X.509 in Base64");
        }
    }

    private static byte[] message(byte[] content) {
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        message.writeBytes((FORMAT + "\n").getBytes(StandardCharsets.US_ASCII));
        message.writeBytes(content);
        return message.toByteArray();
    }

    private static DalangException refused(String message) {
        return DalangException.invalidRequest(message, "catalogue");
    }
}
