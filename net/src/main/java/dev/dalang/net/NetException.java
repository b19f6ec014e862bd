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

    /** Whether the same request may do better a moment later. */
    public boolean mayPass() {
        return switch (kind) {
            case CONNECTION, TIMEOUT, STALLED, UNKNOWN_HOST, PROTOCOL -> true;
            default -> false;
        };
    }
}
