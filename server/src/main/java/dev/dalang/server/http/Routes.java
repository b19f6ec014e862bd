package dev.dalang.server.http;

import dev.dalang.server.guard.Scope;

/**
 * Where a dialect puts its endpoints. A pattern is a path whose segments may be {@code {name}}, which stands for one
 * segment, or, as the last one, {@code {+name}}, which stands for the whole rest of the path, slashes included: model
 * names hold {@code /} and {@code :}. A pattern without variables wins over one with.
 */
public interface Routes {

    Routes route(String method, String pattern, Scope scope, Endpoint endpoint);

    default Routes get(String pattern, Scope scope, Endpoint endpoint) {
        return route("GET", pattern, scope, endpoint);
    }

    default Routes post(String pattern, Scope scope, Endpoint endpoint) {
        return route("POST", pattern, scope, endpoint);
    }

    default Routes delete(String pattern, Scope scope, Endpoint endpoint) {
        return route("DELETE", pattern, scope, endpoint);
    }

    default Routes put(String pattern, Scope scope, Endpoint endpoint) {
        return route("PUT", pattern, scope, endpoint);
    }

    default Routes head(String pattern, Scope scope, Endpoint endpoint) {
        return route("HEAD", pattern, scope, endpoint);
    }

    /** Without any key. For what a browser needs to sign in, and the sign of life: nothing that says or does more. */
    Routes open(String method, String pattern, Endpoint endpoint);
}
