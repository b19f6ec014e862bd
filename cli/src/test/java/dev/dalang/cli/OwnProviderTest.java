package dev.dalang.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.gateway.simulator.Simulator;
import dev.dalang.ledger.Entry;
import dev.dalang.ledger.Ledger;
import dev.dalang.ledger.Outcome;
import dev.dalang.ledger.RequestFilter;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A server that is its own provider, at once or by a detour, answers instead of asking itself for ever. */
@Timeout(180)
class OwnProviderTest {

    private static final String MESSAGES = "\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]";

    @TempDir
    Path home;

    @TempDir
    Path other;

    private static void add(Shell shell, String name, String address, String key) {
        shell.stdin = key + "\n";
        Shell.Result added = shell.run("providers", "add", name, address, "--key-stdin", "--key-file");
        assertThat(added.code()).as(added.err()).isZero();
    }

    private static String key(Path home) throws IOException {
        return Files.readString(home.resolve("server-key")).strip();
    }

    private static HttpResponse<String> chat(RunningServe server, String model) throws Exception {
        return server.post("/v1/chat/completions", "{\"model\":\"" + model + "\"," + MESSAGES + "}");
    }

    private static List<Entry> requests(Path home) {
        try (Ledger ledger = Ledger.open(home.resolve("ledger.db"))) {
            return ledger.requests().list(RequestFilter.ALL);
        }
    }

    /** A port that is free again once a server has had it, so that a provider can be at it before the server is. */
    private static String port(Path home) throws Exception {
        try (RunningServe server = new RunningServe(new Shell(home))) {
            return server.address.substring(server.address.lastIndexOf(':') + 1);
        }
    }

    private static String at(String port) {
        return "http://127.0.0.1:" + port + "/v1";
    }

    @Test
    void aRequestThatComesBackIsRefused() throws Exception {
        Shell one = new Shell(home);
        String port = port(home);
        add(one, "own", at(port), key(home));
        try (RunningServe server = new RunningServe(one, "--port", port)) {
            HttpResponse<String> answer = chat(server, "own/own/own/own/x");
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(508);
            assertThat(answer.body()).contains("own: ", "comes from this server itself");
            // The vendors' clients would ask again, twice.
            assertThat(answer.headers().firstValue("x-should-retry")).contains("false");
            HttpResponse<String> anthropic =
                    server.post("/v1/messages", "{\"model\":\"own/own/x\",\"max_tokens\":5," + MESSAGES + "}");
            assertThat(anthropic.statusCode()).as(anthropic.body()).isEqualTo(508);
            HttpResponse<String> embedded =
                    server.post("/v1/embeddings", "{\"model\":\"own/own/x\",\"input\":\"Hello\"}");
            assertThat(embedded.statusCode()).as(embedded.body()).isEqualTo(508);
            Shell.Result removed = one.run("providers", "remove", "own");
            assertThat(removed.err()).contains("own is forgotten; the server that runs", "started again");
        }
        assertThat(requests(home)).extracting(Entry::outcome).containsExactly(Outcome.FAILED, Outcome.FAILED);
    }

    @Test
    void aDetourIsNoticedAndAChainIsNot() throws Exception {
        Shell one = new Shell(home);
        Shell two = new Shell(other);
        String first = port(home);
        String second = port(other);
        add(one, "next", at(second), key(other));
        add(two, "back", at(first), key(home));
        try (Simulator simulator = Simulator.start()) {
            two.environment.put("OPENAI_API_KEY", Simulator.KEY);
            two.environment.put("OPENAI_BASE_URL", simulator.at("/v1").toString());
            try (RunningServe asked = new RunningServe(one, "--port", first);
                    RunningServe _ = new RunningServe(two, "--port", second)) {
                HttpResponse<String> chain = chat(asked, "next/openai/gpt-5");
                assertThat(chain.statusCode()).as(chain.body()).isEqualTo(200);
                assertThat(simulator.asked()).hasSize(1);
                HttpResponse<String> loop = chat(asked, "next/back/next/openai/gpt-5");
                assertThat(loop.statusCode()).as(loop.body()).isEqualTo(508);
                assertThat(loop.body()).contains("next: ", "back: ", "comes from this server itself");
                assertThat(simulator.asked()).hasSize(1);
            }
        }
    }
}
