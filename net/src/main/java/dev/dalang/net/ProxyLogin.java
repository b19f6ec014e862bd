package dev.dalang.net;

import java.net.Authenticator;
import java.net.PasswordAuthentication;
import org.jspecify.annotations.Nullable;

/** Names and passwords for proxies, and for nobody else. */
final class ProxyLogin extends Authenticator {
    private final Proxies proxies;

    private ProxyLogin(Proxies proxies) {
        this.proxies = proxies;
    }

    /**
     * The JDK refuses the usual way (Basic) to log in to a proxy for https unless told otherwise, before its first request.
     * Names and passwords go only to the proxy that they were given for, see below.
     */
    static void allowBasic() {
        String key = "jdk.http.auth.tunneling.disabledSchemes";
        if (System.getProperty(key) == null) System.setProperty(key, "");
    }

    /** Null when no proxy wants a name. */
    static @Nullable ProxyLogin of(Proxies proxies) {
        boolean named = proxies.https() != null && proxies.https().user() != null
                || proxies.http() != null && proxies.http().user() != null;
        if (!named) return null;
        return new ProxyLogin(proxies);
    }

    @Override
    protected @Nullable PasswordAuthentication getPasswordAuthentication() {
        if (getRequestorType() != RequestorType.PROXY) return null;
        for (Proxies.Proxy p : new Proxies.@Nullable Proxy[] {proxies.https(), proxies.http()}) {
            if (p == null || p.user() == null || p.password() == null) continue;
            if (p.host().equalsIgnoreCase(getRequestingHost()) && p.port() == getRequestingPort()) {
                return new PasswordAuthentication(p.user(), p.password().toCharArray());
            }
        }
        return null;
    }
}
