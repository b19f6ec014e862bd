package dev.dalang.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.gateway.simulator.Fault;
import dev.dalang.gateway.simulator.Script;
import dev.dalang.gateway.simulator.Simulator;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Status;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Traces of the whole server, as a collector gets them. */
@Timeout(180)
class TracesTest {

    private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
    private static final String CALLER = "b7ad6b7169203331";
    private static final String SECRET = "pomegranate";

    @TempDir
    Path home;

    private OtlpCollector collector;
    private Shell shell;
    private Path model;

    @BeforeEach
    void begin() throws Exception {
        collector = new OtlpCollector();
        shell = new Shell(home);
        model = home.resolve("tiny.gguf");
        assertThat(shell.run("debug", "model", model).code()).isZero();
    }

    @AfterEach
    void end() {
        collector.close();
    }

    private String chat(String name) {
        return "{\"model\":" + Json.compact(name) + ",\"max_tokens\":5,\"temperature\":0.5,\"seed\":7,"
                + "\"messages\":[{\"role\":\"user\",\"content\":\"a " + SECRET + "\"}]}";
    }

    @Test
    void anAnswerOfThisMachineBelongsToItsRequestAndThatToItsCaller() throws Exception {
        shell.environment.put("DALANG_OTLP_HEADERS", "api-key=collectors own");
        try (RunningServe server = new RunningServe(shell, "--otlp-endpoint", collector.address())) {
            HttpResponse<String> answer = server.post(
                    "/v1/chat/completions",
                    chat(model.toString()),
                    "traceparent",
                    "00-" + TRACE + "-" + CALLER + "-01");
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        }
        // What waits is sent when the server stops.
        assertThat(collector.resource).containsEntry("service.name", "dalang").containsKey("service.version");
        assertThat(collector.keys).containsOnly("collectors own");
        Span request = collector.named("POST /v1/chat/completions").getFirst();
        assertThat(OtlpCollector.hex(request.getTraceId())).isEqualTo(TRACE);
        assertThat(OtlpCollector.hex(request.getParentSpanId())).isEqualTo(CALLER);
        assertThat(request.getKind()).isEqualTo(Span.SpanKind.SPAN_KIND_SERVER);
        assertThat(OtlpCollector.attributes(request))
                .containsEntry("http.request.method", "POST")
                .containsEntry("http.route", "/v1/chat/completions")
                .containsEntry("url.path", "/v1/chat/completions")
                .containsEntry("http.response.status_code", "200")
                .containsEntry("server.address", "127.0.0.1")
                .containsEntry("client.address", "127.0.0.1");
        Span chat = collector.named("chat " + model).getFirst();
        assertThat(chat.getTraceId()).isEqualTo(request.getTraceId());
        assertThat(chat.getParentSpanId()).isEqualTo(request.getSpanId());
        assertThat(chat.getKind()).isEqualTo(Span.SpanKind.SPAN_KIND_INTERNAL);
        Map<String, String> facts = OtlpCollector.attributes(chat);
        assertThat(facts)
                .containsEntry("gen_ai.operation.name", "chat")
                .containsEntry("gen_ai.provider.name", "dalang")
                .containsEntry("gen_ai.request.model", model.toString())
                .containsEntry("gen_ai.request.max_tokens", "5")
                .containsEntry("gen_ai.request.temperature", "0.5")
                .containsEntry("gen_ai.request.seed", "7")
                .containsEntry("gen_ai.usage.output_tokens", "5")
                .containsEntry("gen_ai.response.finish_reasons", "[length]")
                .containsKeys("gen_ai.response.id", "gen_ai.response.model", "gen_ai.usage.input_tokens")
                .doesNotContainKeys("gen_ai.input.messages", "gen_ai.output.messages", "error.type", "server.address");
        assertThat(collector.holds(SECRET)).isFalse();
        assertThat(Files.readString(home.resolve("egress.jsonl")))
                .contains("\"purpose\":\"traces\"", collector.address() + "/v1/traces")
                .doesNotContain("collectors own");
    }

    @Test
    void aHostedModelSaysWhereItIsAndWhatWentWrong() throws Exception {
        try (Simulator provider = Simulator.start()) {
            shell.stdin = Simulator.KEY + "\n";
            assertThat(shell.run("providers", "add", "mistral", provider.at("/v1"), "--key-stdin", "--key-file")
                            .code())
                    .isZero();
            provider.says(Script.saying("Nai", "robi"));
            try (RunningServe server = new RunningServe(shell, "--otlp-endpoint", collector.address())) {
                assertThat(server.post("/v1/chat/completions", chat("mistral/large"))
                                .statusCode())
                        .isEqualTo(200);
                provider.next(new Fault.Status(400, "{\"error\":{\"message\":\"no " + SECRET + "\"}}"));
                assertThat(server.post("/v1/chat/completions", chat("mistral/small"))
                                .statusCode())
                        .isGreaterThanOrEqualTo(400);
            }
            Span good = collector.named("chat mistral/large").getFirst();
            assertThat(good.getKind()).isEqualTo(Span.SpanKind.SPAN_KIND_CLIENT);
            assertThat(OtlpCollector.attributes(good))
                    .containsEntry("gen_ai.provider.name", "mistral_ai")
                    .containsEntry("server.address", "localhost")
                    .containsEntry(
                            "server.port", Integer.toString(provider.at("/").getPort()))
                    .containsEntry("gen_ai.response.finish_reasons", "[stop]")
                    .containsKeys("gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens");
            Span bad = collector.named("chat mistral/small").getFirst();
            assertThat(bad.getStatus().getCode()).isEqualTo(Status.StatusCode.STATUS_CODE_ERROR);
            assertThat(OtlpCollector.attributes(bad)).containsKey("error.type");
            assertThat(collector.holds(SECRET)).isFalse();
        }
    }

    @Test
    void vectorsHaveSpansInEachDialect() throws Exception {
        String name = Json.compact(model.toString());
        String two = "[\"a " + SECRET + "\",\"b\"]";
        try (RunningServe server = new RunningServe(shell, "--otlp-endpoint", collector.address(), "--otlp-content")) {
            assertThat(server.post("/v1/embeddings", "{\"model\":" + name + ",\"dimensions\":8,\"input\":" + two + "}")
                            .statusCode())
                    .isEqualTo(200);
            assertThat(server.post("/api/embed", "{\"model\":" + name + ",\"input\":" + two + "}")
                            .statusCode())
                    .isEqualTo(200);
            assertThat(server.post("/api/embeddings", "{\"model\":" + name + ",\"prompt\":\"a " + SECRET + "\"}")
                            .statusCode())
                    .isEqualTo(200);
            assertThat(server.post(
                                    "/v1/embeddings",
                                    "{\"model\":" + name + ",\"dimensions\":99999,\"input\":" + two + "}")
                            .statusCode())
                    .isEqualTo(400);
        }
        Map<String, Span> byRequest = new HashMap<>();
        for (Span s : collector.named("embeddings " + model)) byRequest.put(OtlpCollector.hex(s.getParentSpanId()), s);
        assertThat(byRequest).hasSize(4);
        List<Span> requests = collector.named("POST /v1/embeddings");
        assertThat(requests).hasSize(2);
        for (String route : List.of("/v1/embeddings", "/api/embed", "/api/embeddings")) {
            for (Span request : collector.named("POST " + route)) {
                Span span = byRequest.get(OtlpCollector.hex(request.getSpanId()));
                assertThat(span).as(route).isNotNull();
                assertThat(span.getTraceId()).isEqualTo(request.getTraceId());
                assertThat(span.getKind()).isEqualTo(Span.SpanKind.SPAN_KIND_INTERNAL);
                assertThat(OtlpCollector.attributes(span))
                        .containsEntry("gen_ai.operation.name", "embeddings")
                        .containsEntry("gen_ai.provider.name", "dalang")
                        .containsEntry("gen_ai.request.model", model.toString());
            }
        }
        Span short8 = byRequest.get(OtlpCollector.hex(requests.getFirst().getSpanId()));
        Map<String, String> facts = OtlpCollector.attributes(short8);
        assertThat(facts)
                .containsEntry("gen_ai.embeddings.dimension.count", "8")
                .containsEntry("gen_ai.response.model", model.toString())
                .doesNotContainKeys("error.type", "server.address", "gen_ai.usage.output_tokens");
        assertThat(Integer.parseInt(facts.get("gen_ai.usage.input_tokens"))).isGreaterThan(2);
        Span whole = byRequest.get(
                OtlpCollector.hex(collector.named("POST /api/embed").getFirst().getSpanId()));
        assertThat(Integer.parseInt(OtlpCollector.attributes(whole).get("gen_ai.embeddings.dimension.count")))
                .isGreaterThan(8);
        Span bad = byRequest.get(OtlpCollector.hex(requests.getLast().getSpanId()));
        assertThat(bad.getStatus().getCode()).isEqualTo(Status.StatusCode.STATUS_CODE_ERROR);
        assertThat(OtlpCollector.attributes(bad)).containsEntry("error.type", "invalid_request");
        // The conventions have no place for what was embedded.
        assertThat(collector.holds(SECRET)).isFalse();
    }

    @Test
    void hostedVectorsSayWhereTheyAreFrom() throws Exception {
        try (Simulator provider = Simulator.start()) {
            shell.stdin = Simulator.KEY + "\n";
            assertThat(shell.run("providers", "add", "mistral", provider.at("/v1"), "--key-stdin", "--key-file")
                            .code())
                    .isZero();
            try (RunningServe server = new RunningServe(shell, "--otlp-endpoint", collector.address())) {
                HttpResponse<String> answer =
                        server.post("/v1/embeddings", "{\"model\":\"mistral/embed\",\"input\":\"a\"}");
                assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            }
            Span span = collector.named("embeddings mistral/embed").getFirst();
            assertThat(span.getKind()).isEqualTo(Span.SpanKind.SPAN_KIND_CLIENT);
            assertThat(OtlpCollector.attributes(span))
                    .containsEntry("gen_ai.provider.name", "mistral_ai")
                    .containsEntry("server.address", "localhost")
                    .containsEntry(
                            "server.port", Integer.toString(provider.at("/").getPort()))
                    .containsKeys("gen_ai.embeddings.dimension.count", "gen_ai.usage.input_tokens");
        }
    }

    @Test
    void contentsAreThereWhereAskedFor() throws Exception {
        try (RunningServe server = new RunningServe(shell, "--otlp-endpoint", collector.address(), "--otlp-content")) {
            assertThat(server.post("/v1/chat/completions", chat(model.toString()))
                            .statusCode())
                    .isEqualTo(200);
        }
        Map<String, String> facts =
                OtlpCollector.attributes(collector.named("chat " + model).getFirst());
        assertThat(facts.get("gen_ai.input.messages"))
                .isEqualTo("[{\"role\":\"user\",\"parts\":[{\"type\":\"text\",\"content\":\"a " + SECRET + "\"}]}]");
        assertThat(facts.get("gen_ai.output.messages"))
                .startsWith("[{\"role\":\"assistant\",\"parts\":[")
                .endsWith("\"finish_reason\":\"length\"}]");
    }

    @Test
    void aCollectorThatFailsHarmsNoAnswer() throws Exception {
        collector.status = 500;
        try (RunningServe server = new RunningServe(shell, "--otlp-endpoint", collector.address())) {
            assertThat(server.post("/v1/chat/completions", chat(model.toString()))
                            .statusCode())
                    .isEqualTo(200);
            while (collector.requests.get() == 0) Thread.sleep(20);
            assertThat(server.post("/v1/chat/completions", chat(model.toString()))
                            .statusCode())
                    .isEqualTo(200);
        }
        assertThat(collector.spans).isEmpty();
    }

    @Test
    void nothingIsSentUnasked() throws Exception {
        try (RunningServe server = new RunningServe(shell)) {
            assertThat(server.post("/v1/chat/completions", chat(model.toString()))
                            .statusCode())
                    .isEqualTo(200);
        }
        assertThat(home.resolve("egress.jsonl")).doesNotExist();
    }

    @Test
    void nothingIsSentOffline() throws Exception {
        try (RunningServe server = new RunningServe(shell, "--otlp-endpoint", collector.address(), "--offline")) {
            assertThat(server.post("/v1/chat/completions", chat(model.toString()))
                            .statusCode())
                    .isEqualTo(200);
        }
        assertThat(collector.requests).hasValue(0);
        assertThat(Files.readString(home.resolve("egress.jsonl"))).contains("\"event\":\"refused\"");
    }

    @Test
    void wrongSettingsAreSaid() {
        assertThat(shell.run("serve", "--otlp-endpoint", "collector:4318").err())
                .contains("--otlp-endpoint is like http://localhost:4318");
        assertThat(shell.run("serve", "--otlp-endpoint", "http://collector.example:4318")
                        .err())
                .contains("plain http");
        assertThat(shell.run("serve", "--otlp-content").err()).contains("needs --otlp-endpoint");
        shell.environment.put("DALANG_OTLP_HEADERS", "s3cret");
        assertThat(shell.run("serve", "--otlp-endpoint", "http://localhost:4318")
                        .err())
                .contains("--otlp-headers is like")
                .doesNotContain("s3cret");
    }
}
