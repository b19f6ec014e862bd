package dev.dalang.server.llamacpp;

import dev.dalang.api.DalangException;
import dev.dalang.engine.manage.LoadedModel;
import dev.dalang.server.ServedModel;
import dev.dalang.server.ServedModels;
import dev.dalang.server.http.Exchange;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which model is meant: llama.cpp's server has one, so its clients name none. Here it is the one that is named all the same
 * (in the body or the query), else the one in memory, else the only one that there is.
 */
final class OneModel {

    private final ServedModels models;

    OneModel(ServedModels models) {
        this.models = models;
    }

    /** @throws DalangException if nobody can say */
    String name(Exchange x, @Nullable String named) {
        if (named != null && !named.isEmpty())
            return models.find(named, x.caller()).name();
        String query = x.query("model");
        if (query != null && !query.isEmpty())
            return models.find(query, x.caller()).name();
        List<LoadedModel> loaded = models.loaded(x.caller());
        if (loaded.size() == 1) return loaded.getFirst().name();
        List<String> all =
                models.list(x.caller()).stream().map(ServedModel::name).toList();
        if (loaded.isEmpty() && all.size() == 1) return all.getFirst();
        throw DalangException.invalidRequest(
                "say which model in \"model\", as " + (loaded.isEmpty() ? "none is" : loaded.size() + " are")
                        + " in memory; there is "
                        + String.join(", ", all.subList(0, Math.min(10, all.size()))),
                "model");
    }
}
