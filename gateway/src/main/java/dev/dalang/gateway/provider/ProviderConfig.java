package dev.dalang.gateway.provider;

import dev.dalang.api.DalangException;
import dev.dalang.gateway.provider.openai.Flavour;
import java.net.URI;
import java.util.Collections;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A provider that the user has.
 *
 * @param name that models are called by: {@code name/model}
 * @param kind its protocol
 * @param address that the protocol's paths are below, without a slash at its end
 * @param flavour of {@link ProviderKind#OPENAI_COMPATIBLE}
 * @param key where its key is
 * @param options by name: {@link #OPTIONS}
 */
public record ProviderConfig(
        String name, ProviderKind kind, URI address, String flavour, KeySource key, SortedMap<String, String> options) {

    /** {@code api}: which of OpenAI's protocols; the times are in seconds. */
    public static final Set<String> OPTIONS = Set.of(
            "api",
            "api-version",
            "auth",
            "region",
            "project",
            "location",
            "service-account",
            "connect-seconds",
            "first-token-seconds",
            "gap-seconds",
            "total-seconds");

    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,63}");
    private static final Pattern PRIVATE = Pattern.compile(
            "localhost|[^.]+\\.localhost|[^.:]+|.+\\.(local|lan|internal|home\\.arpa)|127\\..*|10\\..*|192\\.168\\..*"
                    + "|172\\.(1[6-9]|2\\d|3[01])\\..*|169\\.254\\..*|\\[(::1|f[cde].*)\\]");

    /** What providers' examples call, and what is put behind an address here. */
    private static final Pattern ENDPOINT =
            Pattern.compile("(.+?)(/(?:chat/)?completions|/responses|/messages|/embeddings)");

    /** @throws DalangException naming what is wrong */
    public ProviderConfig {
        if (!NAME.matcher(name).matches()) {
            throw wrong(
                    "a provider's name is made of small letters, digits and . _ -, unlike \"" + name + "\"", "name");
        }
        String text = address.toString();
        while (text.endsWith("/")) text = text.substring(0, text.length() - 1);
        address = URI.create(text);
        String scheme = String.valueOf(address.getScheme());
        if (address.getHost() == null || !(scheme.equals("https") || scheme.equals("http"))) {
            throw wrong("the address of " + name + " must be like https://example.com/v1, unlike " + text, "address");
        }
        if (address.getRawUserInfo() != null || address.getRawQuery() != null || address.getRawFragment() != null) {
            throw wrong("the address of " + name + " may have neither a user, a query nor a fragment", "address");
        }
        if (address.getPort() > 65_535) throw wrong("the address of " + name + " has no such port: " + text, "address");
        Matcher whole = ENDPOINT.matcher(text);
        if (whole.matches()) {
            throw wrong("the address of " + name + " ends before " + whole.group(2) + ": " + whole.group(1), "address");
        }
        if (scheme.equals("http") && !isPrivate(address)) {
            throw wrong(
                    "plain http to " + address.getHost()
                            + " would show keys and prompts to everybody on the way; it is for"
                            + " this machine and its network",
                    "address");
        }
        if (Flavour.named(flavour) == null) {
            throw wrong(
                    "there is no flavour " + flavour + "; there are "
                            + String.join(
                                    ", ", Flavour.names().stream().sorted().toList()),
                    "flavour");
        }
        SortedMap<String, String> copy = new TreeMap<>(options);
        copy.keySet().forEach(option -> {
            if (!OPTIONS.contains(option)) {
                throw wrong(
                        "there is no option " + option + "; there are "
                                + String.join(", ", OPTIONS.stream().sorted().toList()),
                        option);
            }
        });
        options = Collections.unmodifiableSortedMap(copy);
    }

    public String option(String name, String otherwise) {
        return options.getOrDefault(name, otherwise);
    }

    /** A number of seconds. */
    int seconds(String option, int otherwise) {
        String text = options.get(option);
        if (text == null) return otherwise;
        if (!text.matches("[1-9]\\d{0,5}")) {
            throw wrong(option + " must be a whole number of seconds, not \"" + text + "\"", option);
        }
        return Integer.parseInt(text);
    }

    /** On this machine or its network, by its name. */
    public static boolean isPrivate(URI address) {
        return PRIVATE.matcher(address.getHost()).matches();
    }

    private static DalangException wrong(String message, String parameter) {
        return DalangException.invalidRequest(message, parameter);
    }
}
