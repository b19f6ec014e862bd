package dev.dalang.server.http;

import dev.dalang.server.guard.Scope;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What is served, as an OpenAPI 3.1 document made from the routes themselves, so that it cannot differ from them. It says
 * where things are and what a key needs; the bodies are those of the protocols that the dialects' names say.
 */
public final class OpenApi implements Dialect {

    private static final Pattern VARIABLE = Pattern.compile("\\{\\+?([^}]+)}");

    private final String version;
    private final Supplier<RouteTable> table;

    /** @param table asked when the document is */
    public OpenApi(String version, Supplier<RouteTable> table) {
        this.version = version;
        this.table = table;
    }

    @Override
    public String name() {
        return "openapi";
    }

    @Override
    public ErrorShape errors() {
        return ErrorShape.plain();
    }

    @Override
    public void routes(Routes routes) {
        routes.get("/openapi.json", Scope.READ, x -> x.send(200, document(version, table.get())));
    }

    static JsonNode document(String version, RouteTable table) {
        ObjectNode doc = Json.object();
        doc.put("openapi", "3.1.0");
        doc.putObject("info").put("title", "Dalang").put("version", version);
        ObjectNode paths = doc.putObject("paths");
        for (RouteTable.Route r : table.all()) {
            String path = VARIABLE.matcher(r.pattern()).replaceAll("{$1}");
            ObjectNode item = paths.get(path) instanceof ObjectNode known ? known : paths.putObject(path);
            operation(item.putObject(r.method().toLowerCase(Locale.ROOT)), r);
        }
        ObjectNode schemes = doc.putObject("components").putObject("securitySchemes");
        schemes.putObject("bearer").put("type", "http").put("scheme", "bearer");
        for (String header : List.of("x-api-key", "api-key", "x-goog-api-key")) {
            schemes.putObject(header).put("type", "apiKey").put("in", "header").put("name", header);
        }
        return doc;
    }

    private static void operation(ObjectNode o, RouteTable.Route r) {
        o.putArray("tags").add(r.dialect().name());
        o.put(
                "operationId",
                (r.method() + " " + r.pattern()).toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "_"));
        ArrayNode parameters = Json.array();
        Matcher m = VARIABLE.matcher(r.pattern());
        while (m.find()) {
            ObjectNode p = parameters.addObject();
            p.put("name", m.group(1)).put("in", "path").put("required", true);
            p.putObject("schema").put("type", "string");
            // OpenAPI has no word for a variable with slashes; clients encode them, and the server takes both.
            if (m.group().startsWith("{+")) p.put("description", "may hold slashes");
        }
        if (!parameters.isEmpty()) o.set("parameters", parameters);
        if (r.method().equals("POST") || r.method().equals("PUT")) {
            o.putObject("requestBody").putObject("content").putObject("application/json");
        }
        Scope scope = r.scope();
        ObjectNode responses = o.putObject("responses");
        responses.putObject("200").put("description", "the answer");
        if (scope == null) {
            o.putArray("security");
            return;
        }
        ArrayNode security = o.putArray("security");
        for (String scheme : List.of("bearer", "x-api-key", "api-key", "x-goog-api-key")) {
            security.addObject().putArray(scheme);
        }
        o.put("x-dalang-scope", scope.word());
        responses.putObject("401").put("description", "no key, or none that is known");
        responses.putObject("403").put("description", "the key lacks the scope " + scope.word());
    }
}
