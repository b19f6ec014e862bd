package dev.dalang.net;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A list of hosts: {@code example.com}, {@code *.example.com} (any name below it), {@code *}, each with {@code :port}
 * where it is not https's own.
 */
public final class HostRules {
    private static final int HTTPS = 443;
    private static final Pattern RULE =
            Pattern.compile("(\\*|(?:\\*\\.)?[A-Za-z0-9_](?:[A-Za-z0-9._-]*)|\\[[0-9A-Fa-f:.]+])(?::(\\d{1,5}|\\*))?");

    /** @param port 0 for any */
    private record Rule(String host, int port) {
        boolean matches(String name, int at) {
            if (port != 0 && port != at) return false;
            if (host.equals("*")) return true;
            return host.startsWith("*.") ? name.endsWith(host.substring(1)) : host.equals(name);
        }
    }

    private final List<Rule> rules;

    private HostRules(List<Rule> rules) {
        this.rules = List.copyOf(rules);
    }

    public static HostRules none() {
        return new HostRules(List.of());
    }

    /**
     * Reads a list with commas or spaces between the hosts.
     *
     * @throws IllegalArgumentException naming the part that is no host
     */
    public static HostRules parse(String text) {
        List<Rule> rules = new ArrayList<>();
        for (String part : text.split("[,\\s]+")) {
            if (part.isEmpty()) continue;
            Matcher m = RULE.matcher(part);
            if (!m.matches()) {
                throw new IllegalArgumentException(
                        "\"" + part + "\" is no host; hosts look like example.com, *.example.com or localhost:8443");
            }
            String port = m.group(2);
            int number = port == null ? HTTPS : port.equals("*") ? 0 : Integer.parseInt(port);
            rules.add(new Rule(name(m.group(1)), number));
        }
        return new HostRules(rules);
    }

    public HostRules and(HostRules others) {
        List<Rule> all = new ArrayList<>(rules);
        all.addAll(others.rules);
        return new HostRules(all);
    }

    public boolean allow(String host, int port) {
        String name = name(host);
        return rules.stream().anyMatch(r -> r.matches(name, port));
    }

    /** Lower case, and without the dot that ends a full name. */
    private static String name(String host) {
        String name = host.toLowerCase(Locale.ROOT);
        return name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
    }
}
