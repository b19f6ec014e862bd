package dev.dalang.hub.store;

import java.nio.file.Path;

/** A model that comes with the program. */
public interface Shipped {

    String name();

    long bytes();

    Digest digest();

    /**
     * Its file, made where it is not there yet.
     *
     * @throws dev.dalang.api.DalangException (storage) if that cannot be done
     */
    Path file();
}
