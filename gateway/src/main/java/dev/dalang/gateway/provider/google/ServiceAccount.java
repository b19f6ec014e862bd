package dev.dalang.gateway.provider.google;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.gateway.provider.wire.Auth;
import dev.dalang.gateway.provider.wire.Json;
import dev.dalang.gateway.provider.wire.Refusals;
import dev.dalang.net.Http;
import dev.dalang.net.NetException;
import dev.dalang.net.Request;
import dev.dalang.net.Response;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A Google service account: its key signs a statement (a JWT, RFC 7523, RS256), for which Google's token server gives an
 * access token of an hour. The token is kept until shortly before its end.
 */
public final class ServiceAccount implements Auth {
    private static final String SCOPE = "https://www.googleapis.com/auth/cloud-platform";
    private static final Duration VALID = Duration.ofHours(1);
    private static final Duration MARGIN = Duration.ofMinutes(2);
    private static final int MAX_BYTES = 64 << 10;

    private final String email;
    private final String keyId;
    private final PrivateKey key;
    private final URI tokenServer;
    private final Http http;
    private final Clock clock;

    private @Nullable String token;
    private Instant until = Instant.EPOCH;

    /** The project that the account belongs to, or null where its file does not say. */
    public final @Nullable String project;

    private ServiceAccount(JsonNode json, PrivateKey key, URI tokenServer, Http http, Clock clock) {
        this.email = Json.text(json, "client_email", "");
        this.keyId = Json.text(json, "private_key_id", "");
        this.project = Json.text(json, "project_id");
        this.key = key;
        this.tokenServer = tokenServer;
        this.http = http;
        this.clock = clock;
    }

    /** Where the file says that tokens are given; for the rules of what may be reached. */
    public static URI tokenServer(Path file) {
        return tokenServer(read(file), file);
    }

    /** @throws DalangException when the file is no service account's key */
    public static ServiceAccount of(Path file, Http http, Clock clock) {
        JsonNode json = read(file);
        String pem = Json.text(json, "private_key");
        if (pem == null || Json.text(json, "client_email") == null) throw notAnAccount(file, null);
        try {
            byte[] der = Base64.getMimeDecoder().decode(pem.replaceAll("-----[A-Z ]+-----", ""));
            PrivateKey key = KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(der));
            return new ServiceAccount(json, key, tokenServer(json, file), http, clock);
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw notAnAccount(file, e);
        }
    }

    private static JsonNode read(Path file) {
        try {
            if (Files.size(file) > MAX_BYTES) throw notAnAccount(file, null);
            JsonNode json = Json.parse(Files.readString(file));
            if (json == null || !json.isObject()) throw notAnAccount(file, null);
            return json;
        } catch (IOException e) {
            throw new DalangException(
                    new Failure.Storage("the service account's file " + file + " cannot be read", file.toString()), e);
        }
    }

    private static URI tokenServer(JsonNode json, Path file) {
        try {
            URI at = URI.create(Json.text(json, "token_uri", "https://oauth2.googleapis.com/token"));
            if (at.getHost() == null) throw notAnAccount(file, null);
            return at;
        } catch (IllegalArgumentException e) {
            throw notAnAccount(file, e);
        }
    }

    private static DalangException notAnAccount(Path file, @Nullable Throwable cause) {
        return new DalangException(
                new Failure.InvalidRequest(
                        file + " is no key of a Google service account (a JSON file with client_email and private_key)",
                        null),
                cause);
    }

    @Override
    public Request sign(Request request) {
        return request.secret("Authorization", "Bearer " + token());
    }

    @Override
    public synchronized String hide(String text) {
        return token == null ? text : text.replace(token, "…");
    }

    private synchronized String token() {
        Instant now = clock.instant();
        String known = token;
        if (known != null && now.isBefore(until)) return known;
        String form =
                "grant_type=" + URLEncoder.encode("urn:ietf:params:oauth:grant-type:jwt-bearer", StandardCharsets.UTF_8)
                        + "&assertion=" + statement(now);
        Request request = Request.post(
                        tokenServer, form.getBytes(StandardCharsets.US_ASCII), "access token of " + email, MAX_BYTES)
                .packable()
                .header("Content-Type", "application/x-www-form-urlencoded");
        try (Response response = http.send(request)) {
            String text = new String(response.bytes(), StandardCharsets.UTF_8);
            JsonNode json = Json.parse(text);
            String fresh = json == null ? null : Json.text(json, "access_token");
            if (!response.ok() || json == null || fresh == null) {
                throw Refusals.noKey(tokenServer.getHost() + " gives " + email + " no access token: "
                        + new Refusals("google", t -> t)
                                .line(json == null ? text : Json.text(json, "error_description", text)));
            }
            token = fresh;
            until = now.plusSeconds(Math.max(0, Json.number(json, "expires_in", 0)))
                    .minus(MARGIN);
            return fresh;
        } catch (NetException e) {
            throw new DalangException(new Failure.Upstream("no access token: " + e.getMessage(), 0), e);
        }
    }

    /** The signed statement of who asks for what. */
    String statement(Instant now) {
        String head = Json.object()
                .put("alg", "RS256")
                .put("typ", "JWT")
                .put("kid", keyId)
                .toString();
        String claims = Json.object()
                .put("iss", email)
                .put("scope", SCOPE)
                .put("aud", tokenServer.toString())
                .put("iat", now.getEpochSecond())
                .put("exp", now.plus(VALID).getEpochSecond())
                .toString();
        String signed =
                base64(head.getBytes(StandardCharsets.UTF_8)) + "." + base64(claims.getBytes(StandardCharsets.UTF_8));
        try {
            Signature signature = Signature.getInstance("SHA256withRSA");
            signature.initSign(key);
            signature.update(signed.getBytes(StandardCharsets.US_ASCII));
            return signed + "." + base64(signature.sign());
        } catch (GeneralSecurityException e) {
            throw new DalangException(new Failure.Internal("the service account's key cannot sign"), e);
        }
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
