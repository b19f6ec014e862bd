package dev.dalang.server.web;

import dev.dalang.server.ServedModels;
import dev.dalang.server.guard.Scope;
import dev.dalang.server.http.Exchange;
import dev.dalang.server.http.Fields;
import dev.dalang.server.http.Json;
import dev.dalang.server.http.Routes;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/** The catalogue and the store: looked at by everybody with a key, changed by those who may. */
final class ModelRoutes implements AutoCloseable {

    private final ServedModels models;
    private final Shelf shelf;
    private final Pulls pulls;

    ModelRoutes(ServedModels models, Shelf shelf) {
        this.models = models;
        this.shelf = shelf;
        this.pulls = new Pulls(shelf);
    }

    void routes(Routes routes) {
        routes.get("/dalang/models/catalogue", Scope.READ, x -> x.send(200, shelf.catalogue()));
        routes.get(
                "/dalang/models/catalogue/{+name}", Scope.READ, x -> x.send(200, shelf.model(x.pathParameter("name"))));
        routes.get("/dalang/models/installed", Scope.READ, x -> x.send(200, shelf.installed()));
        routes.get("/dalang/models/pulls", Scope.READ, this::pulls);
        routes.post("/dalang/models/pull", Scope.ADMIN, this::pull);
        routes.post("/dalang/models/pause", Scope.ADMIN, x -> named(x, pulls::pause));
        routes.post("/dalang/models/forget", Scope.ADMIN, x -> named(x, pulls::forget));
        routes.post("/dalang/models/remove", Scope.ADMIN, x -> named(x, shelf::remove));
        routes.post(
                "/dalang/models/load",
                Scope.ADMIN,
                x -> named(x, name -> models.load(name, null, x.caller(), x.cancellation())));
        routes.post("/dalang/models/unload", Scope.ADMIN, x -> named(x, name -> models.unload(name, x.caller())));
    }

    private void pulls(Exchange x) {
        ObjectNode answer = Json.object();
        answer.set("pulls", pulls.list());
        x.send(200, answer);
    }

    private void pull(Exchange x) {
        Fields f = x.fields();
        String name = f.requireText("name");
        String quantisation = f.text("quantisation");
        List<String> accepted = f.texts("accepted");
        f.done();
        pulls.start(name, quantisation, accepted == null ? Set.of() : Set.copyOf(accepted));
        pulls(x);
    }

    private static void named(Exchange x, java.util.function.Consumer<String> work) {
        Fields f = x.fields();
        String name = f.requireText("name");
        f.done();
        work.accept(name);
        x.send(200, Json.object().put("name", name));
    }

    @Override
    public void close() {
        pulls.close();
    }
}
