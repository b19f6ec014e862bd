package dev.dalang.server;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.server.guard.KeyGuard;
import dev.dalang.server.guard.Scope;
import dev.dalang.server.guard.Sessions;
import dev.dalang.server.http.Dialect;
import dev.dalang.server.http.ErrorShape;
import dev.dalang.server.http.Exchange;
import dev.dalang.server.http.Fields;
import dev.dalang.server.http.Json;
import dev.dalang.server.http.Routes;
import java.nio.charset.StandardCharsets;

/**
 * How a browser gets in: by a link that is good once, or by showing a key. Both give it a cookie that scripts cannot read and
 * that goes with no request from another site.
 */
public final class SignIn implements Dialect {

    public static final String PATH = "/dalang/sign-in";

    private final KeyGuard guard;
    private final Sessions sessions;
    private final boolean secure;

    /** @param secure the server speaks TLS, so the cookie never leaves it */
    public SignIn(KeyGuard guard, Sessions sessions, boolean secure) {
        this.guard = guard;
        this.sessions = sessions;
        this.secure = secure;
    }

    @Override
    public String name() {
        return "sign-in";
    }

    @Override
    public ErrorShape errors() {
        return ErrorShape.plain();
    }

    @Override
    public void routes(Routes routes) {
        routes.open("GET", PATH, this::byLink);
        routes.open("POST", PATH, this::byKey);
        routes.open("POST", "/dalang/sign-out", this::out);
        routes.post("/dalang/server/sign-in-link", Scope.ADMIN, this::link);
    }

    private void byLink(Exchange x) {
        String token = x.query("token");
        String session = token == null ? null : sessions.signIn(token);
        if (session == null) {
            page(
                    x,
                    401,
                    "<p>This link has been used, or has expired. <code>dalang keys link</code> prints a new one.</p>");
            return;
        }
        cookie(x, session, Sessions.SESSION.toSeconds());
        // No redirect: after a link from elsewhere, a browser would keep the new cookie back on that first request.
        page(x, 200, "<meta http-equiv=\"refresh\" content=\"0;url=/\"><p><a href=\"/\">Signed in.</a></p>");
    }

    private void byKey(Exchange x) {
        Fields fields = x.fields();
        String key = fields.requireText("key");
        fields.done();
        cookie(x, guard.signIn(key), Sessions.SESSION.toSeconds());
        x.send(200, Json.object().put("signed_in", true));
    }

    private void out(Exchange x) {
        guard.signOut(x.header("cookie"));
        cookie(x, "", 0);
        x.send(200, Json.object().put("signed_in", false));
    }

    private void link(Exchange x) {
        if (x.caller().models() != null || x.caller().scopes().size() < Scope.values().length) {
            throw new DalangException(new Failure.PermissionDenied("this key may not do all that the page can"));
        }
        String path = PATH + "?token=" + sessions.newLink(x.caller().id());
        x.send(200, Json.object().put("path", path).put("expires_in", Sessions.LINK.toSeconds()));
    }

    private void cookie(Exchange x, String session, long seconds) {
        x.responseHeader(
                "Set-Cookie",
                Sessions.COOKIE + "=" + session + "; Path=/; HttpOnly; SameSite=Strict; Max-Age=" + seconds
                        + (secure ? "; Secure" : ""));
    }

    private static void page(Exchange x, int status, String html) {
        x.responseHeader("Cache-Control", "no-store");
        x.responseHeader("Referrer-Policy", "no-referrer");
        x.responseHeader("Content-Security-Policy", "default-src 'none'");
        String all = "<!doctype html><meta charset=\"utf-8\"><title>Dalang</title>" + html;
        x.send(status, "text/html; charset=utf-8", all.getBytes(StandardCharsets.UTF_8));
    }
}
