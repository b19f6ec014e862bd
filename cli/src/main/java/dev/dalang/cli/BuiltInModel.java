package dev.dalang.cli;

import dev.dalang.hub.store.Digest;
import dev.dalang.hub.store.Shipped;
import dev.dalang.mini.BuiltIn;
import java.nio.file.Path;

/** The model that comes with Dalang, as the library keeps it. */
record BuiltInModel(BuiltIn model, Path home) implements Shipped {

    @Override
    public String name() {
        return BuiltIn.NAME;
    }

    @Override
    public long bytes() {
        return model.bytes();
    }

    @Override
    public Digest digest() {
        return new Digest(model.digest());
    }

    @Override
    public Path file() {
        return model.file(home);
    }
}
