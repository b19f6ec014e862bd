package dev.dalang.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.gateway.simulator.Simulator;
import dev.dalang.ledger.Entry;
import dev.dalang.ledger.Ledger;
import dev.dalang.ledger.RequestFilter;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code dalang usage --by dialect} tells by which door a request came. */
@Timeout(180)
class DialectInTheLedgerTest {

    private static final String MESSAGES = "\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]";

    @TempDir
    Path home;

    @Test
    void eachDoorHasItsName() throws Exception {
        try (Simulator simulator = Simulator.start()) {
            Shell shell = new Shell(home);
            shell.environment.put("OPENAI_API_KEY", Simulator.KEY);
            shell.environment.put("OPENAI_BASE_URL", simulator.at("/v1").toString());
            assertThat(shell.run("run", "openai/gpt-5", "-n", "5", "Hello").code())
                    .isZero();
            try (RunningServe server = new RunningServe(shell)) {
                ask(server, "/v1/chat/completions", MESSAGES);
                ask(server, "/v1/completions", "\"prompt\":\"Hello\"");
                ask(server, "/v1/responses", "\"input\":\"Hello\"");
                ask(server, "/v1/messages", "\"max_tokens\":5," + MESSAGES);
                ask(server, "/api/chat", MESSAGES);
                ask(server, "/api/generate", "\"prompt\":\"Hello\"");
                ask(server, "/completion", "\"prompt\":\"Hello\"");
                page(server);
                batch(server, "/v1/chat/completions", MESSAGES);
                batch(server, "/v1/responses", "\"input\":\"Hello\"");
            }
        }
        try (Ledger ledger = Ledger.open(home.resolve("ledger.db"))) {
            assertThat(ledger.requests().list(RequestFilter.ALL))
                    .extracting(Entry::dialect)
                    .containsExactlyInAnyOrder(
                            "cli",
                            "openai-chat",
                            "openai-completions",
                            "openai-responses",
                            "anthropic",
                            "ollama",
                            "ollama",
                            "llamacpp",
                            "web",
                            "batch",
                            "batch");
        }
    }

    /** Not all of these have an answer from a hosted model; what they ask is written down all the same. */
    private static void ask(RunningServe server, String path, String fields) throws Exception {
        server.post(path, "{\"model\":\"openai/gpt-5\"," + fields + "}");
    }

    /** The page's answers are made beside the request for them; whoever reads one to its end has waited for it. */
    private static void page(RunningServe server) throws Exception {
        HttpResponse<String> begun = server.post(
                "/dalang/chat", "{\"model\":\"openai/gpt-5\",\"messages\":[{\"role\":\"user\",\"body\":\"Hello\"}]}");
        Object job = ((Map<?, ?>) Json.parse(begun.body(), "job")).get("job");
        assertThat(server.get("/dalang/jobs/" + job + "/events")).contains("Hello");
    }

    private static void batch(RunningServe server, String path, String fields) throws Exception {
        String line = "{\"custom_id\":\"a\",\"method\":\"POST\",\"url\":\"" + path + "\",\"body\":{\"model\":"
                + "\"openai/gpt-5\"," + fields + "}}";
        String form = part("purpose\"", "batch") + part("file\"; filename=\"batch.jsonl\"", line) + "--xyz--\r\n";
        HttpResponse<String> file = server.post("/v1/files", form, "Content-Type", "multipart/form-data; boundary=xyz");
        Object id = ((Map<?, ?>) Json.parse(file.body(), "file")).get("id");
        HttpResponse<String> begun = server.post(
                "/v1/batches",
                "{\"input_file_id\":\"" + id + "\",\"endpoint\":\"" + path + "\",\"completion_window\":\"24h\"}");
        Map<?, ?> batch = (Map<?, ?>) Json.parse(begun.body(), "batch");
        // The test's own limit is the time that this may take.
        while (!List.of("completed", "failed").contains(batch.get("status"))) {
            Thread.sleep(20);
            batch = (Map<?, ?>) Json.parse(server.get("/v1/batches/" + batch.get("id")), "batch");
        }
        assertThat(batch.get("status")).isEqualTo("completed");
    }

    private static String part(String name, String content) {
        return "--xyz\r\nContent-Disposition: form-data; name=\"" + name + "\r\n\r\n" + content + "\r\n";
    }
}
