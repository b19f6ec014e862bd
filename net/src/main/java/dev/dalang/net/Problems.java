package dev.dalang.net;

import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.ProtocolException;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.util.zip.ZipException;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;

/** The JDK's exceptions as reasons that a person understands. */
final class Problems {

    private Problems() {}

    static NetException beforeAnswer(Throwable e, URI address, Proxies proxies) {
        String host = address.getHost();
        Proxies.Proxy proxy = proxies.forAddress(address);
        String via = proxy == null ? host : host + " through the proxy " + proxy;
        for (Throwable t = e; t != null; t = t.getCause()) {
            if (t instanceof NetException n) return n;
            if (t instanceof HttpConnectTimeoutException) {
                return new NetException(NetException.Kind.TIMEOUT, "no connection to " + via + " in time", e);
            }
            if (t instanceof UnknownHostException || t instanceof UnresolvedAddressException) {
                return unknownHost(via, e);
            }
            if (t instanceof SSLHandshakeException) {
                return new NetException(
                        NetException.Kind.CERTIFICATE,
                        host + "'s certificate was not accepted (" + message(t)
                                + "); DALANG_CA_FILE names further certificates to trust",
                        e);
            }
            if (t instanceof SSLException) {
                return new NetException(
                        NetException.Kind.CONNECTION, "the TLS connection to " + via + " broke: " + message(t), e);
            }
            if (t instanceof ProtocolException) return protocol(address, t);
            if (t instanceof ConnectException) {
                return new NetException(NetException.Kind.CONNECTION, "no connection to " + via, e);
            }
        }
        return new NetException(
                NetException.Kind.CONNECTION,
                "the connection to " + via + " broke before the answer: " + message(e),
                e);
    }

    static NetException unknownHost(String host, Throwable e) {
        return new NetException(
                NetException.Kind.UNKNOWN_HOST, "the name " + host + " is not known here; is there a connection?", e);
    }

    static NetException inBody(IOException e, URI address) {
        for (Throwable t = e; t != null; t = t.getCause()) {
            if (t instanceof NetException n) return n;
        }
        return new NetException(
                NetException.Kind.CONNECTION,
                "the connection to " + address.getHost() + " broke within the answer: " + message(e),
                e);
    }

    static NetException inPacking(IOException e, URI address) {
        if (!(e instanceof ZipException || e instanceof EOFException)) return inBody(e, address);
        return new NetException(
                NetException.Kind.PROTOCOL, "the answer of " + address.getHost() + " is packed wrongly", e);
    }

    private static NetException protocol(URI address, Throwable e) {
        return new NetException(
                NetException.Kind.PROTOCOL, address.getHost() + " does not speak HTTP properly: " + message(e), e);
    }

    private static String message(Throwable e) {
        String m = e.getMessage();
        return m == null ? e.getClass().getSimpleName() : m.replaceAll("[\\p{Cntrl}]+", " ");
    }
}
