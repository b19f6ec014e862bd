package dev.dalang.hub.trust;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;

/** The identity of a chat template: SHA-256 of its text in UTF-8 without white space at both ends. */
public final class TemplateDigest {
    private TemplateDigest() {}

    /** @return {@code sha256:…} */
    public static String of(String template) {
        try {
            byte[] hash =
                    MessageDigest.getInstance("SHA-256").digest(template.strip().getBytes(StandardCharsets.UTF_8));
            return "sha256:" + HexFormat.of().formatHex(hash);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
