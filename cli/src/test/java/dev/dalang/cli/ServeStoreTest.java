package dev.dalang.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.engine.format.GgufWriter;
import dev.dalang.testserver.TestHub;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What Ollama's API changes in the store, over HTTP against the whole server, with a hub that speaks the real protocols. */
@Timeout(240)
class ServeStoreTest {

    private static final int WIDTH = 256;

    @TempDir
    Path folder;

    private final TestHub hub = new TestHub();
    private Shell shell;
    private Path weights;

    @BeforeEach
    void start() {
        shell = new Shell(folder.resolve("home"));
        shell.environment.putAll(hub.environment());
        weights = folder.resolve("tiny.gguf");
        assertThat(shell.run("debug", "model", weights).code()).isZero();
    }

    @AfterEach
    void stop() {
        hub.close();
    }

    private static List<Map<?, ?>> lines(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.headers().firstValue("content-type").orElseThrow()).startsWith("application/x-ndjson");
        return answer.body()
                .lines()
                .<Map<?, ?>>map(l -> (Map<?, ?>) Json.parse(l, "a line"))
                .toList();
    }

    private static List<String> statuses(List<Map<?, ?>> lines) {
        return lines.stream()
                .map(l -> String.valueOf(l.get("status")))
                .distinct()
                .toList();
    }

    @Test
    void aPullStreamsItsProgressAsOllamaDoes() throws Exception {
        byte[] bytes = Files.readAllBytes(weights);
        hub.repository("owner/tiny", null, Map.of("tiny-Q8_0.gguf", bytes));
        String digest = TestHub.sha256(bytes);
        try (RunningServe server = new RunningServe(shell)) {
            List<Map<?, ?>> lines = lines(server.post("/api/pull", "{\"model\":\"hf.co/owner/tiny\"}"));
            assertThat(statuses(lines))
                    .containsSubsequence(
                            "pulling manifest",
                            "pulling " + digest.substring(0, 12),
                            "verifying sha256 digest",
                            "writing manifest",
                            "success");
            assertThat(lines.getFirst().get("status")).isEqualTo("pulling manifest");
            assertThat(lines.getLast()).isEqualTo(Map.of("status", "success"));
            List<Map<?, ?>> progress = lines.stream()
                    .filter(l -> ("sha256:" + digest).equals(l.get("digest")))
                    .toList();
            assertThat(progress).allMatch(l -> ((Number) l.get("total")).longValue() == bytes.length);
            long before = 0;
            for (Map<?, ?> l : progress) {
                long completed = ((Number) l.get("completed")).longValue();
                assertThat(completed).isBetween(before, (long) bytes.length);
                before = completed;
            }
            assertThat(before).isEqualTo(bytes.length);

            assertThat(server.post("/api/pull", "{\"model\":\"hf.co/owner/tiny\",\"stream\":false}")
                            .body())
                    .isEqualTo("{\"status\":\"success\"}");
            assertThat(server.post("/api/show", "{\"model\":\"hf.co/owner/tiny:Q8_0\"}")
                            .body())
                    .contains("\"family\":\"llama\"");
            assertThat(server.post("/api/chat", chat("hf.co/owner/tiny:Q8_0", "Hi"))
                            .statusCode())
                    .isEqualTo(200);
            List<Map<?, ?>> none = lines(server.post("/api/pull", "{\"model\":\"hf.co/owner/none\"}"));
            assertThat(none.getLast().keySet()).hasToString("[error]");
        }
    }

    /** The page's pause, while the hub is silent and would be for an hour; then the page goes on. */
    @Test
    void aPauseEndsAPullThatStalls() throws Exception {
        byte[] bytes = Files.readAllBytes(weights);
        hub.repository("owner/tiny", null, Map.of("tiny-Q8_0.gguf", bytes));
        shell.environment.put("DALANG_STALL_SECONDS", "3600");
        Stall stall = new Stall();
        hub.server().on("/cdn/", stall);
        String name = "{\"name\":\"hf.co/owner/tiny\"}";
        try (RunningServe server = new RunningServe(shell)) {
            assertThat(server.post("/dalang/models/pull", name).body()).contains("\"state\":\"running\"");
            stall.begun.await();
            assertThat(server.post("/dalang/models/pause", name).statusCode()).isEqualTo(200);
            while (server.get("/dalang/models/pulls").contains("\"state\":\"running\"")) Thread.sleep(20);
            assertThat(server.get("/dalang/models/pulls")).contains("\"state\":\"paused\"");
            hub.server().on("/cdn/", x -> x.file(bytes));
            server.post("/dalang/models/pull", name);
            while (server.get("/dalang/models/pulls").contains("\"state\":\"running\"")) Thread.sleep(20);
            assertThat(server.get("/dalang/models/pulls")).contains("\"state\":\"done\"");
            assertThat(server.get("/dalang/models/installed")).contains("hf.co/owner/tiny:Q8_0");
        }
    }

    private static String chat(String model, String text) {
        return "{\"model\":" + Json.compact(model) + ",\"stream\":false,\"messages\":[{\"role\":\"user\",\"content\":"
                + Json.compact(text) + "}]}";
    }

    private static String content(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        Map<?, ?> tree = (Map<?, ?>) Json.parse(answer.body(), "the answer");
        return (String) ((Map<?, ?>) tree.get("message")).get("content");
    }

    /** A low-rank change of the attention, large enough to be heard. */
    private Path adapter() throws Exception {
        Random random = new Random(3);
        float[] a = new float[WIDTH * 2];
        float[] b = new float[2 * WIDTH];
        for (int i = 0; i < a.length; i++) a[i] = (float) random.nextGaussian();
        for (int i = 0; i < b.length; i++) b[i] = (float) random.nextGaussian();
        Path file = folder.resolve("bent.gguf");
        new GgufWriter()
                .put("general.type", "adapter")
                .put("general.architecture", "llama")
                .put("adapter.type", "lora")
                .put("adapter.lora.alpha", 2f)
                .tensor("blk.1.attn_output.weight.lora_a", a, WIDTH, 2)
                .tensor("blk.1.attn_output.weight.lora_b", b, 2, WIDTH)
                .write(file);
        return file;
    }

    private static String upload(RunningServe server, Path file) throws Exception {
        String digest = "sha256:" + TestHub.sha256(Files.readAllBytes(file));
        assertThat(server.post("/api/blobs/" + digest, file).statusCode()).isEqualTo(201);
        return digest;
    }

    @Test
    void aModelIsMadeWithAnAdapterAndSpeaksSoEverywhere() throws Exception {
        Path adapter = adapter();
        String own = "\"system\":\"Be brief.\",\"parameters\":{\"temperature\":0,\"num_predict\":12}";
        String made;
        String plain;
        try (RunningServe server = new RunningServe(shell)) {
            String model = upload(server, weights);
            String bend = upload(server, adapter);
            String files = "\"files\":{\"tiny.gguf\":\"" + model + "\"},";
            List<Map<?, ?>> lines = lines(server.post(
                    "/api/create",
                    "{\"model\":\"bent\"," + files + "\"adapters\":{\"bent.gguf\":\"" + bend + "\"}," + own + "}"));
            assertThat(statuses(lines))
                    .contains("using existing layer " + bend)
                    .endsWith("writing manifest", "success");
            assertThat(statuses(lines(server.post("/api/create", "{\"model\":\"straight\"," + files + own + "}"))))
                    .endsWith("success");
            made = content(server.post("/api/chat", chat("bent", "Once")));
            plain = content(server.post("/api/chat", chat("straight", "Once")));
            assertThat(made).isNotEqualTo(plain);
            String shown = server.post("/api/show", "{\"model\":\"bent\"}").body();
            assertThat(shown).contains("Be brief.", "num_predict");

            HttpResponse<String> wrong = server.post(
                    "/api/create",
                    "{\"model\":\"x\"," + files + "\"adapters\":{\"a.gguf\":\"sha256:" + "0".repeat(64) + "\"}}");
            assertThat(wrong.body()).contains("error").doesNotContain("success");
        }
        // The command has the same model, with all that it was made with.
        assertThat(said("run", "bent", "Once")).isEqualTo(made.strip());
        assertThat(said("run", "straight", "Once")).isEqualTo(plain.strip());
        String[] asked = {"--temperature", "0", "--max-tokens", "12", "--system", "Be brief.", "Once"};
        assertThat(said(with(asked, "run", weights, "--lora", adapter))).isEqualTo(made.strip());
        assertThat(said(with(asked, "run", weights))).isEqualTo(plain.strip());
        // A flag wins over what the model was made with.
        assertThat(said("run", "bent", "--max-tokens", "3", "Once"))
                .isEqualTo(said(
                        "run",
                        weights,
                        "--lora",
                        adapter,
                        "--temperature",
                        "0",
                        "--max-tokens",
                        "3",
                        "--system",
                        "Be brief.",
                        "Once"));
    }

    private static Object[] with(String[] last, Object... first) {
        Object[] all = java.util.Arrays.copyOf(first, first.length + last.length);
        System.arraycopy(last, 0, all, first.length, last.length);
        return all;
    }

    private String said(Object... words) {
        Shell fresh = new Shell(shell.home);
        Shell.Result r = fresh.run(words);
        assertThat(r.code()).as(r.err()).isZero();
        return new String(r.out().getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8).strip();
    }
}
