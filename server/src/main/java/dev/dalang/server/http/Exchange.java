package dev.dalang.server.http;

import dev.dalang.api.Cancellation;
import dev.dalang.api.DalangException;
import dev.dalang.server.guard.Caller;
import java.io.InputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** A request and the way to answer it. The caller is known and has the route's scope before an endpoint sees this. */
public interface Exchange {

    /** Unique; in the header {@code x-request-id} of the answer, in the access log, and in errors that name one. */
    String requestId();

    Caller caller();

    /** {@code GET}, {@code POST} … */
    String method();

    /** As it came, still encoded, without the query. */
    String path();

    /** What the pattern's {@code {name}} or {@code {+name}} stands for, decoded. */
    String pathParameter(String name);

    /** The first value of a query parameter, decoded, or null. */
    @Nullable
    String query(String name);

    /** All values of a query parameter, decoded, in order. */
    List<String> queries(String name);

    /** The first value of a header, or null. Names are case-insensitive. */
    @Nullable
    String header(String name);

    /** All values of a header, in order. */
    List<String> headers(String name);

    /**
     * The body as JSON.
     *
     * @throws DalangException (400) if it is none, is cut off, names a member twice, or is larger or deeper than allowed
     */
    JsonNode json();

    /** The body as a JSON object, of which every member must be read or refused. */
    Fields fields();

    /** The body as it comes, at most as long as the server allows. To be read once, instead of {@link #json}. */
    InputStream body();

    /** As {@link #body}, of at most so many bytes, however few the server usually allows: for uploads that go to the disk. */
    InputStream body(long mostBytes);

    /** Cancelled when the client leaves, and when the server stops and its patience ends. */
    Cancellation cancellation();

    /** Sets a header of the answer, before it begins. */
    void responseHeader(String name, String value);

    void send(int status, JsonNode body);

    void send(int status, String contentType, byte[] body);

    /** Begins an answer of server-sent events, with status 200. The server ends it when the endpoint returns. */
    EventStream events();

    /** Begins an answer of lines of JSON, with status 200. The server ends it when the endpoint returns. */
    LineStream lines();
}
