package dev.dalang.cli;

import dev.dalang.engine.generate.LocalModel;
import java.nio.file.Path;

/** Opens models with the engine. */
final class LocalModels implements ModelOpener {
    @Override
    public Opened open(Path path, Options options) {
        LocalModel model = LocalModel.open(path, Engine.options(options), options.speculation());
        return new Opened(
                model, model.contextLength(), model.loadTime(), model.runner().slower(), model::close);
    }
}
