package dev.dalang.server.guard;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.server.guard.Guard.RequestHead;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Which {@code Host} and {@code Origin} a request may name. A web page that makes its own name point to this machine (DNS
 * rebinding) cannot hide that name from {@code Host}; a page that calls a server of another's cannot hide itself from
 * {@code Origin}. Addresses in digits are always good as {@code Host}: no name was rebound for them.
 */
public final class SourceRules {
    private static final Pattern IPV4 = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");
    private static final Pattern IPV6 = Pattern.compile("\\[[0-9a-f:.%]+]");
    private static final Pattern NAME = Pattern.compile("[a-z0-9_.-]{1,253}");

    private final Set<String> names;
    private final Set<String> origins;

    /**
     * @param names of this machine by which it may be called, besides {@code localhost}
     * @param origins of web pages that may call it and read its answers, like {@code https://app.example}
     */
    public SourceRules(List<String> names, List<String> origins) {
        this.names = names.stream().map(n -> n.toLowerCase(Locale.ROOT)).collect(Collectors.toUnmodifiableSet());
        this.origins = origins.stream()
                .map(o -> o.toLowerCase(Locale.ROOT).replaceFirst("/$", ""))
                .collect(Collectors.toUnmodifiableSet());
    }

    boolean allowsOrigin(String origin) {
        return origins.contains(origin.toLowerCase(Locale.ROOT));
    }

    void check(RequestHead head) {
        List<String> hosts = head.headers("host");
        if (hosts.size() != 1 || !knows(hostName(hosts.getFirst()))) {
            throw denied("the Host header names no host that this server goes by"
                    + "; `dalang serve --server-name NAME` adds one");
        }
        for (String origin : head.headers("origin")) {
            if (!isOwn(origin, hosts.getFirst(), head.secure()) && !allowsOrigin(origin)) {
                throw denied("pages of another origin may not call this server"
                        + "; `dalang serve --cors-origin ORIGIN` allows one");
            }
        }
        // Of requests without Origin (a link, an image, a form's GET) browsers say this much.
        if (head.headers("origin").isEmpty()) {
            for (String site : head.headers("sec-fetch-site")) {
                boolean navigation = head.headers("sec-fetch-mode").contains("navigate")
                        && head.method().equals("GET");
                if (!site.equals("same-origin") && !site.equals("none") && !navigation) {
                    throw denied("pages of another origin may not call this server");
                }
            }
        }
    }

    private boolean knows(@Nullable String name) {
        return name != null
                && (name.equals("localhost")
                        || name.endsWith(".localhost")
                        || names.contains(name)
                        || IPV4.matcher(name).matches()
                        || IPV6.matcher(name).matches());
    }

    /** Lower case, without the port; null where it is no host. */
    private static @Nullable String hostName(String host) {
        String text = host.strip().toLowerCase(Locale.ROOT);
        int end = text.startsWith("[")
                ? text.indexOf(']') + 1
                : text.indexOf(':') < 0 ? text.length() : text.indexOf(':');
        if (end <= 0 || !text.substring(end).matches("(:\\d{1,5})?")) return null;
        String name = text.substring(0, end);
        if (name.endsWith(".")) name = name.substring(0, name.length() - 1);
        return NAME.matcher(name).matches() || IPV6.matcher(name).matches() ? name : null;
    }

    private static boolean isOwn(String origin, String host, boolean secure) {
        String scheme = secure ? "https://" : "http://";
        String port = secure ? ":443" : ":80";
        String own = host.strip().toLowerCase(Locale.ROOT);
        if (own.endsWith(port)) own = own.substring(0, own.length() - port.length());
        return origin.toLowerCase(Locale.ROOT).equals(scheme + own);
    }

    private static DalangException denied(String message) {
        return new DalangException(new Failure.PermissionDenied(message));
    }
}
