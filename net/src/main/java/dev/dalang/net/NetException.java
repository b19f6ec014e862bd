package dev.dalang.net;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Why a request came to nothing; the message is one line for a person. */
public final class NetException extends IOException {

    /** What kind of reason. */
    public enum Kind {
        /** Somebody asked for no connections at all. */
        OFFLINE,
        /** The host is not among those that are allowed. */
        HOST_NOT_ALLOWED,
        /** The name stands for an address of this machine or its surroundings. */
        PRIVATE_ADDRESS,
        /** Not https, a password in the address, or no address at all. */
        BAD_ADDRESS,
        /** Redirected too often, in a circle, or to where no request may go. */
        REDIRECT,
        /** The name is not known. */
        UNKNOWN_HOST,
        /** No connection, or it broke. */
        CONNECTION,
        /** The other side's certificate is not good. */
        CERTIFICATE,
        /** No answer in time. */
        TIMEOUT,
        /** The answer began and then no byte came for too long. */
        STALLED,
        /** The answer is longer than it may be, or unpacks to more. */
        TOO_LARGE,
        /** The caller broke it off. */
        ABORTED,
        /** The answer breaks the rules of HTTP or is packed in an unknown way. */
        PROTOCOL
    }

    private final Kind kind;
    private final String text;

    public NetException(Kind kind, String message) {
        this(kind, message, null);
    }

    public NetException(Kind kind, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.kind = kind;
        this.text = message;
    }

    public Kind kind() {
        return kind;
    }

    @Override
    public String getMessage() {
        return text;
    }

    /** Whether the other side surely never saw the request, so that sending it again cannot run anything twice. */
    public boolean neverSent() {
        return switch (kind) {
            case OFFLINE, HOST_NOT_ALLOWED, PRIVATE_ADDRESS, BAD_ADDRESS, UNKNOWN_HOST, CERTIFICATE -> true;
            case CONNECTION, TIMEOUT -> unconnected(getCause());
            default -> false;
        };
    }

    private static boolean unconnected(@Nullable Throwable e) {
        for (Throwable t = e; t != null; t = t.getCause()) {
            if (t instanceof java.net.ConnectException || t instanceof java.net.http.HttpConnectTimeoutException) {
                return true;
            }
        }
        return false;
    }

    /** Whether the same request may do better a moment later. */
    public boolean mayPass() {
        return switch (kind) {
            case CONNECTION, TIMEOUT, STALLED, UNKNOWN_HOST, PROTOCOL -> true;
            default -> false;
        };
    }
}
