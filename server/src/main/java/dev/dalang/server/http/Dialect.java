package dev.dalang.server.http;

import dev.dalang.server.guard.Guard.RequestHead;

/** A protocol that clients speak: its routes, and the form of its errors. Holds no logic of its own. */
public interface Dialect {

    /** For people, and for logs and metrics: one short word. */
    String name();

    ErrorShape errors();

    /** The form that one request gets, where clients of several APIs share a path, or its fields have their own names. */
    default ErrorShape errors(RequestHead head) {
        return errors();
    }

    void routes(Routes routes);
}
