package dev.dalang.net;

import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What a request may reach; asked at every hop, before anything is sent. */
class EgressRules {
    private final NetSettings settings;

    EgressRules(NetSettings settings) {
        this.settings = settings;
    }

    /** Whether it is we who refuse, and not the network that fails. */
    static boolean isRefusal(NetException e) {
        return switch (e.kind()) {
            case OFFLINE, HOST_NOT_ALLOWED, PRIVATE_ADDRESS, BAD_ADDRESS -> true;
            default -> false;
        };
    }

    /** What needs no look-up: offline, scheme, host. */
    void checkAddress(URI at) throws NetException {
        String host = at.getHost();
        if (host == null || at.getScheme() == null) {
            throw new NetException(NetException.Kind.BAD_ADDRESS, "not an address that can be reached: " + at);
        }
        if (settings.offline()) {
            throw new NetException(
                    NetException.Kind.OFFLINE, "no connection to " + host + ": Dalang was told to stay offline");
        }
        if (at.getRawUserInfo() != null) {
            throw new NetException(
                    NetException.Kind.BAD_ADDRESS,
                    "an address with a user name in it is refused: " + EgressLog.shown(at));
        }
        int port = NetSettings.port(at);
        boolean here = settings.privateAllowed().allow(host, port);
        boolean secure = "https".equalsIgnoreCase(at.getScheme());
        if (!secure && !(here && "http".equalsIgnoreCase(at.getScheme()))) {
            throw new NetException(
                    NetException.Kind.BAD_ADDRESS,
                    "only https is used, unlike " + EgressLog.shown(at)
                            + " (plain http is for hosts that DALANG_ALLOW_PRIVATE names)");
        }
        if (!here && !settings.allowed().allow(host, port)) {
            String name = port == 443 ? host : host + ":" + port;
            throw new NetException(
                    NetException.Kind.HOST_NOT_ALLOWED,
                    name + " is not among the hosts that Dalang may reach; allow-hosts = " + name
                            + " in the configuration (or DALANG_ALLOW_HOSTS) adds it");
        }
    }

    /** Looks the host up and holds it to its addresses, all of which may be reached. */
    PinnedNames.Hold hold(URI at) throws NetException {
        PinnedNames.Hold hold;
        try {
            hold = PinnedNames.hold(bare(at.getHost()));
        } catch (UnknownHostException e) {
            throw Problems.unknownHost(at.getHost(), e);
        }
        return checked(at, hold);
    }

    /** The same without a look-up, or null where no other request holds the host to its addresses now. */
    PinnedNames.@Nullable Hold held(URI at) throws NetException {
        PinnedNames.Hold hold = PinnedNames.held(bare(at.getHost()));
        return hold == null ? null : checked(at, hold);
    }

    private PinnedNames.Hold checked(URI at, PinnedNames.Hold hold) throws NetException {
        try {
            for (InetAddress a : hold.addresses()) checkPlace(at, a);
            return hold;
        } catch (NetException e) {
            hold.close();
            throw e;
        }
    }

    private void checkPlace(URI at, InetAddress address) throws NetException {
        if (Addresses.isPublic(address) || settings.privateAllowed().allow(at.getHost(), NetSettings.port(at))) return;
        throw new NetException(
                NetException.Kind.PRIVATE_ADDRESS,
                at.getHost() + " is " + address.getHostAddress()
                        + ", an address of this machine or its network; that is refused unless"
                        + " allow-private (or DALANG_ALLOW_PRIVATE) names the host");
    }

    /** A proxy looks names up by itself; what needs no looking up is checked here. */
    void checkLiteral(URI at) throws NetException {
        String host = bare(at.getHost());
        if (host.chars().noneMatch(c -> c == ':')
                && !host.matches("[0-9a-fA-FxX.]+")
                && !host.equals("localhost")
                && !host.toLowerCase(Locale.ROOT).endsWith(".localhost")) {
            return;
        }
        try {
            for (InetAddress a : Addresses.of(host)) checkPlace(at, a);
        } catch (UnknownHostException e) {
            throw Problems.unknownHost(host, e);
        }
    }

    private static String bare(String host) {
        return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }
}
