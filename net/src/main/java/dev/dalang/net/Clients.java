package dev.dalang.net;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.List;

/** Sets the JDK's client up: one connection a request at a time, no redirects of its own, our proxies and certificates. */
final class Clients {

    static {
        ProxyLogin.allowBasic();
    }

    private Clients() {}

    /** @param connect how long a connection may take, which the JDK knows of a client as a whole */
    static HttpClient of(NetSettings settings, Duration connect) {
        Proxies proxies = settings.proxies();
        HttpClient.Builder b = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(connect)
                .sslContext(TrustedCertificates.context(settings.caFile()))
                .proxy(new Selector(proxies))
                // On the client's own thread: its tasks hand bytes to whoever reads them and never wait, and an answer
                // that comes in many small pieces would start a thread for each.
                .executor(Runnable::run);
        ProxyLogin login = ProxyLogin.of(proxies);
        return (login == null ? b : b.authenticator(login)).build();
    }

    private static final class Selector extends ProxySelector {
        private final Proxies proxies;

        Selector(Proxies proxies) {
            this.proxies = proxies;
        }

        @Override
        public List<Proxy> select(URI address) {
            Proxies.Proxy p = proxies.forAddress(address);
            return List.of(
                    p == null
                            ? Proxy.NO_PROXY
                            : new Proxy(Proxy.Type.HTTP, InetSocketAddress.createUnresolved(p.host(), p.port())));
        }

        @Override
        public void connectFailed(URI address, SocketAddress proxy, IOException e) {
            // The request itself fails and says so.
        }
    }
}
