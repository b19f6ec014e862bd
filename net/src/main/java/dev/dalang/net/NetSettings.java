package dev.dalang.net;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What the client may reach and how patiently.
 *
 * @param offline every request is refused
 * @param allowed the hosts that may be reached
 * @param privateAllowed the hosts that may lie on this machine or its network, and may speak plain http
 * @param proxies which proxy to use for what
 * @param caFile certificates in PEM to trust besides the JDK's, or null
 * @param connectTimeout for the connection
 * @param answerTimeout from the request to the head of the answer
 * @param stallTimeout the longest silence within an answer
 * @param attempts of one request in all, when what went wrong may pass
 * @param firstDelay before the second attempt; it doubles from there, with chance in it
 * @param longestDelay that an attempt, or a server's {@code Retry-After}, may ask for
 * @param bytesPerSecond over all connections; 0 for no limit
 */
public record NetSettings(
        boolean offline,
        HostRules allowed,
        HostRules privateAllowed,
        Proxies proxies,
        @Nullable Path caFile,
        Duration connectTimeout,
        Duration answerTimeout,
        Duration stallTimeout,
        int attempts,
        Duration firstDelay,
        Duration longestDelay,
        long bytesPerSecond) {

    private static final Pattern RATE = Pattern.compile("(\\d{1,12})\\s*([kKmMgG]?)(?:i?[bB])?(?:/s)?");

    /** Reads what the environment says; hosts are only those that it allows. */
    public static NetSettings of(Map<String, String> environment) {
        String ca = first(environment, "DALANG_CA_FILE", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE");
        String rate = first(environment, "DALANG_BANDWIDTH");
        String stall = first(environment, "DALANG_STALL_SECONDS");
        return new NetSettings(
                isTrue(environment, "DALANG_OFFLINE") || isTrue(environment, "HF_HUB_OFFLINE"),
                hosts(environment, "DALANG_ALLOW_HOSTS"),
                hosts(environment, "DALANG_ALLOW_PRIVATE"),
                Proxies.of(environment),
                ca == null ? null : Path.of(ca),
                Duration.ofSeconds(20),
                Duration.ofSeconds(60),
                Duration.ofSeconds(stall == null ? 30 : positive("DALANG_STALL_SECONDS", stall)),
                6,
                Duration.ofMillis(500),
                Duration.ofSeconds(60),
                rate == null ? 0 : rate("DALANG_BANDWIDTH", rate));
    }

    /** The same, with more hosts. */
    public NetSettings allowing(HostRules more) {
        return new NetSettings(
                offline,
                allowed.and(more),
                privateAllowed,
                proxies,
                caFile,
                connectTimeout,
                answerTimeout,
                stallTimeout,
                attempts,
                firstDelay,
                longestDelay,
                bytesPerSecond);
    }

    /** The same, with more hosts that may lie on this machine or its network. */
    public NetSettings allowingPrivate(HostRules more) {
        return new NetSettings(
                offline,
                allowed,
                privateAllowed.and(more),
                proxies,
                caFile,
                connectTimeout,
                answerTimeout,
                stallTimeout,
                attempts,
                firstDelay,
                longestDelay,
                bytesPerSecond);
    }

    /** The same, with other patience; tests need little. */
    public NetSettings patience(Duration answer, Duration stall, int tries, Duration delay) {
        return new NetSettings(
                offline,
                allowed,
                privateAllowed,
                proxies,
                caFile,
                connectTimeout,
                answer,
                stall,
                tries,
                delay,
                longestDelay,
                bytesPerSecond);
    }

    /** The host of an address as a rule, with its port; for places that the user named. */
    public static HostRules hostOf(URI address) {
        String host = address.getHost();
        if (host == null) return HostRules.none();
        return HostRules.parse(host + ":" + port(address));
    }

    static int port(URI address) {
        if (address.getPort() >= 0) return address.getPort();
        return "http".equalsIgnoreCase(address.getScheme()) ? 80 : 443;
    }

    private static HostRules hosts(Map<String, String> environment, String key) {
        String text = environment.getOrDefault(key, "");
        try {
            return HostRules.parse(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(key + ": " + e.getMessage(), e);
        }
    }

    private static boolean isTrue(Map<String, String> environment, String key) {
        String value = environment.getOrDefault(key, "");
        return value.equals("1") || value.equalsIgnoreCase("true") || value.equalsIgnoreCase("yes");
    }

    static @Nullable String first(Map<String, String> environment, String... keys) {
        for (String key : keys) {
            String value = environment.get(key);
            if (value != null && !value.isBlank()) return value.strip();
        }
        return null;
    }

    private static long positive(String key, String text) {
        if (!text.matches("[1-9]\\d{0,5}")) {
            throw new IllegalArgumentException(key + " must be a whole number of seconds, not \"" + text + "\"");
        }
        return Long.parseLong(text);
    }

    /** Bytes a second: {@code 500k}, {@code 10M}, {@code 2MB/s}. */
    static long rate(String key, String text) {
        Matcher m = RATE.matcher(text);
        if (!m.matches()) {
            throw new IllegalArgumentException(key + " must be bytes a second, like 500k or 10M, not \"" + text + "\"");
        }
        long unit = switch (m.group(2).toLowerCase(java.util.Locale.ROOT)) {
            case "k" -> 1_000L;
            case "m" -> 1_000_000L;
            case "g" -> 1_000_000_000L;
            default -> 1L;
        };
        return Math.multiplyExact(Long.parseLong(m.group(1)), unit);
    }
}
