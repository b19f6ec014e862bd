package dev.dalang.server.web;

import dev.dalang.api.DalangException;
import dev.dalang.ledger.Ledger;
import dev.dalang.server.ServedModel;
import dev.dalang.server.ServedModels;
import dev.dalang.server.guard.Caller;
import dev.dalang.server.guard.Scope;
import dev.dalang.server.http.Dialect;
import dev.dalang.server.http.ErrorShape;
import dev.dalang.server.http.Exchange;
import dev.dalang.server.http.Json;
import dev.dalang.server.http.Routes;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The web page: static files that anybody may have, and what they ask for under {@code /dalang/}, which needs a key as
 * everything else does. See docs/WEB.md.
 */
public final class WebPage implements Dialect, AutoCloseable {

    /**
     * @param shelf the catalogue and the store
     * @param version of Dalang, for people
     * @param defaultModel that a new conversation asks; null for the first one
     * @param root what programs get at {@code /}, where people get the page: other servers' clients look there for life
     */
    public record Parts(
            ServedModels models,
            Ledger ledger,
            Shelf shelf,
            MachineRoom machine,
            String version,
            @Nullable String defaultModel,
            String root) {}

    private final Parts parts;
    private final PageFiles files = new PageFiles();
    private final AnswerRoutes answers;
    private final ConversationRoutes conversations;
    private final ModelRoutes models;
    private final InsideRoutes inside;
    private final MachineRoutes machine;

    public WebPage(Parts parts) {
        this.parts = parts;
        this.answers = new AnswerRoutes(parts.models().in("web"), parts.ledger().conversations());
        this.conversations = new ConversationRoutes(parts.ledger().conversations(), answers);
        this.models = new ModelRoutes(parts.models(), parts.shelf());
        this.inside = new InsideRoutes(parts.models());
        this.machine = new MachineRoutes(parts.models(), parts.machine());
    }

    @Override
    public String name() {
        return "web";
    }

    @Override
    public ErrorShape errors() {
        return ErrorShape.plain();
    }

    @Override
    public void routes(Routes routes) {
        routes.open("GET", "/", this::root);
        files.routes(routes);
        answers.routes(routes);
        conversations.routes(routes);
        models.routes(routes);
        inside.routes(routes);
        machine.routes(routes);
        new KeyDesk(parts.ledger().apiKeys()).routes(routes);
        routes.get("/dalang/session", Scope.INFERENCE, this::session);
        routes.get("/dalang/models/served", Scope.INFERENCE, this::served);
    }

    private void root(Exchange x) {
        String accept = x.header("Accept");
        if (accept != null && accept.contains("text/html")) files.index(x);
        else x.send(200, "text/plain; charset=utf-8", parts.root().getBytes(StandardCharsets.UTF_8));
    }

    private void session(Exchange x) {
        Caller caller = x.caller();
        ArrayNode scopes = Json.array();
        for (Scope s : Scope.values()) if (caller.may(s)) scopes.add(s.word());
        ObjectNode answer = Json.object().put("caller", caller.name()).put("version", parts.version());
        answer.set("scopes", scopes);
        x.send(200, answer);
    }

    private void served(Exchange x) {
        ArrayNode models = Json.array();
        var loaded = parts.models().loaded(x.caller());
        for (ServedModel m : parts.models().list(x.caller())) {
            ObjectNode node = Json.object()
                    .put("name", m.name())
                    .put("kind", m.kind().name().toLowerCase(Locale.ROOT))
                    .put("bytes", m.bytes())
                    .put("family", m.family())
                    .put("quantisation", m.quantisation())
                    .put("parameters", m.parameters())
                    .put("context", m.context())
                    .put("chat", m.capabilities().isEmpty() || m.capabilities().contains("completion"))
                    .put("loaded", loaded.stream().anyMatch(l -> l.name().equals(m.name())));
            ArrayNode can = Json.array();
            m.capabilities().stream().sorted().forEach(can::add);
            node.set("capabilities", can);
            models.add(node);
        }
        ObjectNode answer = Json.object().put("default", defaultModel(x.caller()));
        answer.set("models", models);
        x.send(200, answer);
    }

    private @Nullable String defaultModel(Caller caller) {
        String name = parts.defaultModel();
        if (name == null) return null;
        try {
            return parts.models().find(name, caller).name();
        } catch (DalangException notForThisCaller) {
            return null;
        }
    }

    /** Stops the answers under way, and keeps what there is of them. */
    @Override
    public void close() {
        answers.close();
        models.close();
        machine.close();
    }
}
