package dev.dalang.pagetest;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.ledger.Ledger;
import dev.dalang.server.guard.Caller;
import dev.dalang.server.guard.Guard;
import dev.dalang.server.http.HttpServer;
import dev.dalang.server.http.HttpSettings;
import dev.dalang.server.web.WebPage;
import java.nio.file.Path;
import java.util.List;

/** The page on a free port, for two people: who is asking is in the cookie {@code who}. */
final class PageServer implements AutoCloseable {

    final Models models;
    final Ledger ledger;
    final TestShelf shelf = new TestShelf();
    private final TestMachine machine;
    private WebPage page;
    private HttpServer server;
    private final int port;

    PageServer(Path home, int wantedPort) {
        models = new Models(home);
        machine = new TestMachine(models);
        ledger = Ledger.open(home.resolve("ledger.db"));
        page = page();
        server = HttpServer.start(HttpSettings.loopback(wantedPort), new Cookies(), List.of(page));
        port = server.port();
    }

    private WebPage page() {
        return new WebPage(
                new WebPage.Parts(models, ledger, shelf, machine, "test", Models.SCRIPTED, "Ollama is running"));
    }

    String address() {
        return "http://127.0.0.1:" + port;
    }

    /** As when somebody stops Dalang and starts it again. */
    void restart() {
        page.close();
        server.close();
        page = page();
        server = HttpServer.start(HttpSettings.loopback(port), new Cookies(), List.of(page));
    }

    @Override
    public void close() {
        page.close();
        server.close();
        ledger.close();
        models.close();
    }

    private static final class Cookies implements Guard {
        @Override
        public void checkSource(RequestHead head) {}

        @Override
        public Caller authenticate(RequestHead head) {
            for (String header : head.headers("cookie")) {
                for (String cookie : header.split("; *")) {
                    if (cookie.startsWith("who=")) return Caller.all(cookie.substring(4));
                }
            }
            throw new DalangException(new Failure.Unauthenticated("open the sign-in link first"));
        }
    }

    /** In a process of its own, also for looking at the page by hand: {@code PORT HOME}. */
    public static void main(String[] arguments) throws InterruptedException {
        PageServer server = new PageServer(Path.of(arguments[1]), Integer.parseInt(arguments[0]));
        System.out.println(server.address());
        server.models.scripted.words.release(1_000_000);
        server.shelf.tenths.release(4);
        Thread.currentThread().join();
    }
}
