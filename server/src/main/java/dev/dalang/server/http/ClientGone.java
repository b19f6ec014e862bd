package dev.dalang.server.http;

/** The client has left, or reads so slowly that it was shown the door; nobody is there to answer. */
public final class ClientGone extends RuntimeException {
    public ClientGone(Throwable cause) {
        super("the client has left", cause, false, false);
    }
}
