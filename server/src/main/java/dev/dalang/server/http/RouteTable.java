package dev.dalang.server.http;

import dev.dalang.server.guard.Scope;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** All routes of a server, and which one a request is for. */
public final class RouteTable {

    /**
     * @param dialect whose it is
     * @param scope that a key needs; null where none is needed
     */
    public record Route(
            String method, String pattern, @Nullable Scope scope, Dialect dialect, Endpoint endpoint) {
        List<String> segments() {
            return List.of(pattern.substring(1).split("/", -1));
        }
    }

    /** A route, and what its variables stand for. */
    record Match(Route route, Map<String, String> parameters) {}

    private final List<Route> routes = new ArrayList<>();
    private final Map<String, Map<String, Route>> exact = new HashMap<>();
    private final List<Route> patterns = new ArrayList<>();

    /** The routes of these dialects. Two of one method and pattern are a programmer's mistake. */
    public RouteTable(List<? extends Dialect> dialects) {
        for (Dialect d : dialects) d.routes(new Adder(d));
        // The longer pattern is the more particular one: /v1/files/{id}/content before /v1/files/{+id}.
        patterns.sort((a, b) -> Integer.compare(weight(b), weight(a)));
    }

    private static int weight(Route r) {
        int literal = 0;
        for (String s : r.segments()) literal += s.startsWith("{+") ? 0 : s.startsWith("{") ? 1 : 100;
        return literal;
    }

    public List<Route> all() {
        return Collections.unmodifiableList(routes);
    }

    /** The route for a method and an encoded path, or null. A HEAD is answered like a GET where nothing else is said. */
    @Nullable
    Match find(String method, String path) {
        Match match = exactly(method, path);
        return match == null && method.equals("HEAD") ? exactly("GET", path) : match;
    }

    private @Nullable Match exactly(String method, String path) {
        Route literal = exact.getOrDefault(path, Map.of()).get(method);
        if (literal != null) return new Match(literal, Map.of());
        List<String> segments = List.of(path.substring(1).split("/", -1));
        for (Route r : patterns) {
            if (!r.method().equals(method)) continue;
            Map<String, String> parameters = match(r.segments(), segments);
            if (parameters != null) return new Match(r, parameters);
        }
        return null;
    }

    /** The methods that a path has; empty where there is no such path. */
    Set<String> methods(String path) {
        Set<String> methods = new TreeSet<>(exact.getOrDefault(path, Map.of()).keySet());
        List<String> segments = List.of(path.substring(1).split("/", -1));
        for (Route r : patterns) if (match(r.segments(), segments) != null) methods.add(r.method());
        return methods;
    }

    /**
     * The dialect whose errors an unknown path gets: of the routes that begin like it for longest, the one that most belong
     * to. Null without any.
     */
    @Nullable
    Dialect dialect(String path) {
        Map<Dialect, Integer> neighbours = new LinkedHashMap<>();
        // All begin with a slash, so it makes nobody a neighbour.
        int longest = 2;
        for (Route r : routes) {
            int common = 0;
            int end = Math.min(path.length(), r.pattern().length());
            while (common < end && path.charAt(common) == r.pattern().charAt(common)) common++;
            if (common < longest) continue;
            if (common > longest) neighbours.clear();
            longest = common;
            neighbours.merge(r.dialect(), 1, Integer::sum);
        }
        return neighbours.entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .map(Map.Entry::getKey)
                .orElse(null);
    }

    private static @Nullable Map<String, String> match(List<String> pattern, List<String> path) {
        Map<String, String> parameters = new LinkedHashMap<>();
        for (int i = 0; i < pattern.size(); i++) {
            String p = pattern.get(i);
            if (i >= path.size()) return null;
            if (p.startsWith("{+")) {
                String rest = String.join("/", path.subList(i, path.size()));
                if (rest.isEmpty()) return null;
                String decoded = decode(rest);
                if (decoded == null) return null;
                parameters.put(p.substring(2, p.length() - 1), decoded);
                return parameters;
            } else if (p.startsWith("{")) {
                String decoded = decode(path.get(i));
                if (decoded == null || decoded.isEmpty()) return null;
                parameters.put(p.substring(1, p.length() - 1), decoded);
            } else if (!p.equals(path.get(i))) {
                return null;
            }
        }
        return pattern.size() == path.size() ? parameters : null;
    }

    /** Null where the encoding is broken. A plus is a plus: this is a path, no form. */
    private static @Nullable String decode(String encoded) {
        try {
            return URLDecoder.decode(encoded.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private final class Adder implements Routes {
        private final Dialect dialect;

        Adder(Dialect dialect) {
            this.dialect = dialect;
        }

        @Override
        public Routes route(String method, String pattern, Scope scope, Endpoint endpoint) {
            return add(new Route(method, pattern, scope, dialect, endpoint));
        }

        @Override
        public Routes open(String method, String pattern, Endpoint endpoint) {
            return add(new Route(method, pattern, null, dialect, endpoint));
        }

        private Routes add(Route route) {
            if (!route.pattern().startsWith("/")) {
                throw new IllegalArgumentException(route.pattern() + " must begin with /");
            }
            for (Route r : routes) {
                if (r.method().equals(route.method()) && r.pattern().equals(route.pattern())) {
                    throw new IllegalArgumentException(route.method() + " " + route.pattern() + " is there twice, of "
                            + r.dialect().name() + " and " + dialect.name());
                }
            }
            routes.add(route);
            if (route.pattern().contains("{")) {
                patterns.add(route);
            } else {
                exact.computeIfAbsent(route.pattern(), p -> new LinkedHashMap<>())
                        .put(route.method(), route);
            }
            return this;
        }
    }
}
