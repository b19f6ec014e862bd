package dev.dalang.cli;

import dev.dalang.api.DalangException;
import java.nio.file.Path;

/** Until the engine is wired in. */
final class NoModels implements ModelOpener {
    @Override
    public Opened open(Path model, Options options) {
        throw DalangException.unsupported("this build has no engine", "engine");
    }
}
