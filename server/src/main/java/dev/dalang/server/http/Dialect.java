package dev.dalang.server.http;

/** A protocol that clients speak: its routes, and the form of its errors. Holds no logic of its own. */
public interface Dialect {

    /** For people, and for logs and metrics: one short word. */
    String name();

    ErrorShape errors();

    void routes(Routes routes);
}
