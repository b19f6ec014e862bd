package dev.dalang.net;

import dev.dalang.net.Addresses.Block;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The proxies that {@code HTTPS_PROXY}, {@code HTTP_PROXY}, {@code ALL_PROXY} and {@code NO_PROXY} name, in capitals or
 * small letters.
 *
 * @param https for https, or null
 * @param http for http, or null
 * @param direct names (with all below them) and addresses that need none; {@code *} for all
 * @param blocks of addresses that need none, in {@code NO_PROXY} as {@code 10.0.0.0/8}; as elsewhere they are about hosts
 *     that are written as addresses, names are not looked up for it
 */
public record Proxies(@Nullable Proxy https, @Nullable Proxy http, List<String> direct, List<Block> blocks) {

    /** @param user and {@code password} for the proxy itself, or null */
    public record Proxy(
            String host,
            int port,
            @Nullable String user,
            @Nullable String password) {
        /** Without the password. */
        @Override
        public String toString() {
            return host + ":" + port;
        }
    }

    static final Proxies NONE = new Proxies(null, null, List.of(), List.of());

    static Proxies of(Map<String, String> environment) {
        String all = NetSettings.first(environment, "ALL_PROXY", "all_proxy");
        String https = NetSettings.first(environment, "HTTPS_PROXY", "https_proxy");
        String http = NetSettings.first(environment, "http_proxy", "HTTP_PROXY");
        String no = NetSettings.first(environment, "NO_PROXY", "no_proxy");
        List<String> direct = new ArrayList<>();
        List<Block> blocks = new ArrayList<>();
        for (String entry : no == null ? new String[0] : no.split("[,\\s]+")) {
            if (entry.indexOf('/') >= 0) blocks.add(block(entry));
            else if (!entry.isEmpty()) direct.add(entry.toLowerCase(Locale.ROOT));
        }
        return new Proxies(parse(https == null ? all : https), parse(http == null ? all : http), direct, blocks);
    }

    private static Block block(String entry) {
        try {
            return Block.parse(entry);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "NO_PROXY holds \"" + entry + "\", which is no block of addresses like 10.0.0.0/8", e);
        }
    }

    private boolean inBlock(String host) {
        if (blocks.isEmpty()) return false;
        try {
            boolean bracketed = host.startsWith("[") && host.endsWith("]");
            byte[] address = InetAddress.ofLiteral(bracketed ? host.substring(1, host.length() - 1) : host)
                    .getAddress();
            return blocks.stream().anyMatch(b -> b.contains(address));
        } catch (IllegalArgumentException name) {
            return false;
        }
    }

    /** The proxy to reach an address by, or null to go there directly. */
    @Nullable
    Proxy forAddress(URI address) {
        String host = address.getHost();
        if (host == null) return null;
        if (inBlock(host)) return null;
        String name = host.toLowerCase(Locale.ROOT);
        for (String d : direct) {
            String bare = d.startsWith("*.") ? d.substring(2) : d.startsWith(".") ? d.substring(1) : d;
            if (d.equals("*")
                    || name.equals(bare)
                    || name.endsWith("." + bare)
                    || (name + ":" + NetSettings.port(address)).equals(bare)) {
                return null;
            }
        }
        return "http".equalsIgnoreCase(address.getScheme()) ? http : https;
    }

    private static @Nullable Proxy parse(@Nullable String text) {
        if (text == null) return null;
        try {
            URI uri = new URI(text.contains("://") ? text : "http://" + text);
            if (!"http".equalsIgnoreCase(uri.getScheme()) || uri.getHost() == null) {
                throw new IllegalArgumentException(
                        "a proxy is an http address like http://proxy.example.com:3128, unlike \"" + withoutUser(text)
                                + "\"");
            }
            String user = null;
            String password = null;
            if (uri.getRawUserInfo() != null) {
                String[] parts = uri.getRawUserInfo().split(":", 2);
                user = URLDecoder.decode(parts[0], StandardCharsets.UTF_8);
                password = parts.length == 1 ? "" : URLDecoder.decode(parts[1], StandardCharsets.UTF_8);
            }
            return new Proxy(uri.getHost(), uri.getPort() < 0 ? 80 : uri.getPort(), user, password);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("a proxy's address cannot be read: \"" + withoutUser(text) + "\"", e);
        }
    }

    private static String withoutUser(String text) {
        return text.substring(text.lastIndexOf('@') + 1);
    }
}
