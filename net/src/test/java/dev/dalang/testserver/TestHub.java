package dev.dalang.testserver;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A hub that speaks Hugging Face's API (with large files behind a redirect to another host) and the OCI distribution
 * protocol (with tokens) over TLS. Large files are served under {@code /cdn/}, where a test puts its faults.
 */
public final class TestHub implements AutoCloseable {
    public static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

    private final TestServer server = TestServer.tls();
    private final Map<String, byte[]> blobs = new ConcurrentHashMap<>();
    private final Map<String, Repository> repositories = new ConcurrentHashMap<>();
    private final Map<String, byte[]> manifests = new ConcurrentHashMap<>();

    /** When set, {@code user:password} that the registry wants for a token, or itself with {@link #basic}. */
    public volatile String login;

    /** When set, the identity token that buys a token by POST. */
    public volatile String identity;

    /** The registry asks for the login itself instead of a token. */
    public volatile boolean basic;

    /** What the hub asks of whoever wants a token or a gated repository. */
    public volatile String realm;

    private record Repository(String card, String gated, Map<String, byte[]> files) {}

    public TestHub() {
        realm = server.at("/token").toString();
        server.on("/api/models/", this::api);
        server.on("/cdn/", x -> blob(x, x.path().substring("/cdn/".length())));
        server.on("/v2/", this::registry);
        server.on("/token", x -> {
            if (identity != null && x.method().equals("POST")) trade(x);
            else if (login == null || authorized(x)) x.text(200, "{\"token\":\"registry-token\"}");
            else x.text(401, "{}");
        });
    }

    public TestServer server() {
        return server;
    }

    /** Variables with which Dalang reaches this hub and nothing else. */
    public Map<String, String> environment() {
        return Map.of(
                "HF_ENDPOINT", server.at("").toString(),
                "DALANG_CA_FILE", TestServer.caFile().toString(),
                "DALANG_ALLOW_PRIVATE", "localhost:" + server.port() + ",127.0.0.1:" + server.port());
    }

    /** {@code localhost:port} */
    public String registryHost() {
        return "localhost:" + server.port();
    }

    /** @param gated null, {@code auto} or {@code manual} */
    public TestHub repository(String id, String gated, Map<String, byte[]> files) {
        repositories.put(id, new Repository("{\"license\":\"apache-2.0\"}", gated, new TreeMap<>(files)));
        files.values().forEach(this::blob);
        server.on("/" + id + "/resolve/", x -> resolve(x, id));
        return this;
    }

    /** Says what the card of a repository holds, as JSON, like {@code {"license":"gemma"}}. */
    public TestHub card(String id, String json) {
        repositories.computeIfPresent(id, (k, r) -> new Repository(json, r.gated(), r.files()));
        return this;
    }

    /** The address, below the server, that serves these bytes. */
    public String blob(byte[] bytes) {
        blobs.put(sha256(bytes), bytes);
        return "/cdn/" + sha256(bytes);
    }

    /** A model in the registry: pairs of media type and bytes. */
    public TestHub image(String repository, String tag, Object... layers) {
        List<String> list = new ArrayList<>();
        for (int i = 0; i < layers.length; i += 2) {
            byte[] bytes = (byte[]) layers[i + 1];
            blob(bytes);
            list.add("{\"mediaType\":\"" + layers[i] + "\",\"digest\":\"sha256:" + sha256(bytes) + "\",\"size\":"
                    + bytes.length + "}");
        }
        manifest(repository, tag, "{\"schemaVersion\":2,\"config\":{},\"layers\":[" + String.join(",", list) + "]}");
        return this;
    }

    public TestHub manifest(String repository, String tag, String json) {
        manifests.put(repository + ":" + tag, json.getBytes(StandardCharsets.UTF_8));
        return this;
    }

    @Override
    public void close() {
        server.close();
    }

    public static String sha256(byte[] bytes) {
        return hash("SHA-256", new byte[0], bytes);
    }

    private static String sha1OfGit(byte[] bytes) {
        return hash("SHA-1", ("blob " + bytes.length + "\0").getBytes(StandardCharsets.US_ASCII), bytes);
    }

    private static String hash(String algorithm, byte[] head, byte[] bytes) {
        try {
            MessageDigest d = MessageDigest.getInstance(algorithm);
            d.update(head);
            return HexFormat.of().formatHex(d.digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    private static boolean isLarge(String path) {
        return path.endsWith(".gguf") || path.endsWith(".safetensors");
    }

    private void api(Exchange x) throws Exception {
        String rest = x.path().substring("/api/models/".length());
        String[] parts = rest.split("/", 4);
        String id = parts[0] + "/" + parts[1];
        Repository r = repositories.get(id);
        if (r == null) {
            x.text(401, "{\"error\":\"Repository not found\"}", "X-Error-Code", "RepoNotFound");
            return;
        }
        switch (parts[2]) {
            case "revision" -> {
                if (!parts[3].equals("main") && !parts[3].equals(COMMIT)) {
                    x.text(404, "{}", "X-Error-Code", "RevisionNotFound");
                    return;
                }
                String gated = r.gated() == null ? "false" : "\"" + r.gated() + "\"";
                x.text(
                        200,
                        "{\"id\":\"" + id + "\",\"sha\":\"" + COMMIT + "\",\"private\":false,\"gated\":" + gated
                                + ",\"cardData\":" + r.card() + "}");
            }
            case "tree" -> x.text(200, tree(r));
            case "auth-check" -> gate(x, id, r);
            default -> x.text(404, "{}");
        }
    }

    private static String tree(Repository r) {
        List<String> list = new ArrayList<>();
        r.files()
                .forEach((path, bytes) -> list.add("{\"type\":\"file\",\"path\":\"" + path + "\",\"size\":"
                        + bytes.length + ",\"oid\":\"" + sha1OfGit(bytes)
                        + "\""
                        + (isLarge(path)
                                ? ",\"lfs\":{\"oid\":\"" + sha256(bytes) + "\",\"size\":" + bytes.length + "}"
                                : "")
                        + "}"));
        return "[" + String.join(",", list) + "]";
    }

    /** The hub's own words for the cases. */
    private void gate(Exchange x, String id, Repository r) throws Exception {
        if (r.gated() == null) {
            x.text(200, "{}");
            return;
        }
        switch (x.headers().getOrDefault("authorization", "")) {
            case "Bearer hf_accepted" -> x.text(200, "{}");
            case "Bearer hf_pending" ->
                refuse(x, 403, "Your request to access model " + id + " is awaiting a review from the repo authors.");
            case "Bearer hf_rejected" ->
                refuse(x, 403, "Your request to access model " + id + " has been rejected by the repo's authors.");
            case "Bearer hf_stranger" ->
                refuse(
                        x,
                        403,
                        "Access to model " + id
                                + " is restricted and you are not in the authorized list. Visit the page to ask for access.");
            default ->
                refuse(
                        x,
                        401,
                        "Access to model " + id
                                + " is restricted. You must have access to it and be authenticated to access it. Please log in.");
        }
    }

    private static void refuse(Exchange x, int status, String message) throws Exception {
        x.text(status, "{\"error\":\"gated\"}", "X-Error-Code", "GatedRepo", "X-Error-Message", message);
    }

    private void resolve(Exchange x, String id) throws Exception {
        String path = x.path().substring(("/" + id + "/resolve/" + COMMIT + "/").length());
        byte[] bytes = repositories.get(id).files().get(path);
        if (bytes == null) x.text(404, "");
        else if (isLarge(path)) x.redirect(302, server.at("127.0.0.1", "/cdn/" + sha256(bytes)) + "?Signature=secret");
        else x.file(bytes);
    }

    private boolean authorized(Exchange x) {
        String expected = java.util.Base64.getEncoder().encodeToString(login.getBytes(StandardCharsets.UTF_8));
        return ("Basic " + expected).equals(x.headers().get("authorization"));
    }

    /** An identity token for an access token (RFC 6749, 6), as registries do it. */
    private void trade(Exchange x) throws Exception {
        boolean form = "application/x-www-form-urlencoded".equals(x.headers().get("content-type"));
        List<String> fields = List.of(x.text().split("&"));
        boolean whole = fields.contains("grant_type=refresh_token")
                && fields.contains("service=test")
                && fields.contains("scope=repository%3Ax%3Apull")
                && fields.stream().anyMatch(f -> f.startsWith("client_id="));
        if (!form || !whole) x.text(400, "{\"error\":\"invalid_request\"}");
        else if (fields.contains("refresh_token=" + java.net.URLEncoder.encode(identity, StandardCharsets.UTF_8))) {
            x.text(200, "{\"access_token\":\"registry-token\",\"refresh_token\":\"another\",\"expires_in\":300}");
        } else x.text(401, "{\"error\":\"invalid_grant\"}");
    }

    private void registry(Exchange x) throws Exception {
        String rest = x.path().substring("/v2/".length());
        if (basic && !authorized(x)) {
            x.text(401, "{}", "WWW-Authenticate", "Basic realm=\"test\"");
            return;
        }
        if (!basic && !"Bearer registry-token".equals(x.headers().get("authorization"))) {
            x.text(
                    401,
                    "{}",
                    "WWW-Authenticate",
                    "Bearer realm=\"" + realm + "\",service=\"test\",scope=\"repository:x:pull\"");
            return;
        }
        int m = rest.indexOf("/manifests/");
        int b = rest.indexOf("/blobs/sha256:");
        if (m > 0) {
            byte[] json = manifests.get(rest.substring(0, m) + ":" + rest.substring(m + "/manifests/".length()));
            if (json == null) x.text(404, "{}");
            else x.bytes(200, json, "Content-Type", "application/vnd.oci.image.manifest.v1+json");
        } else if (rest.isEmpty()) {
            x.text(200, "{}");
        } else if (b > 0) {
            x.redirect(
                    307,
                    server.at("127.0.0.1", "/cdn/" + rest.substring(b + "/blobs/sha256:".length()))
                            .toString());
        } else {
            x.text(404, "{}");
        }
    }

    private void blob(Exchange x, String sha256) throws Exception {
        byte[] bytes = blobs.get(sha256);
        if (bytes == null) x.text(404, "");
        else x.file(bytes);
    }
}
