package dev.dalang.cli;

import dev.dalang.hub.store.Library;
import dev.dalang.mini.BuiltIn;
import java.nio.file.Path;
import java.util.Optional;

/** The model that this version has built in, as the verbs see it. */
final class BuiltInModel {

    private BuiltInModel() {}

    /** Whether an argument names it, and there is one. */
    static boolean isNamed(String argument) {
        return argument.equalsIgnoreCase(BuiltIn.NAME) && BuiltIn.shipped().isPresent();
    }

    /** Its file, if the argument names it. */
    static Optional<Path> find(String argument, Library store) {
        if (!argument.equalsIgnoreCase(BuiltIn.NAME)) return Optional.empty();
        Path home = store.folder().toAbsolutePath().getParent();
        return home == null ? Optional.empty() : BuiltIn.shipped().map(b -> b.file(home));
    }
}
