package dev.dalang.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.dalang.gateway.simulator.Fault;
import dev.dalang.gateway.simulator.Script;
import dev.dalang.gateway.simulator.Simulator;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Mistral's own client against the simulator of the gateway's tests. There is none for Java: that for Node runs in a process
 * of its own, {@code node/simulated/mistral.mjs}, and is fetched with npm the first time.
 */
class SimulatedMistralTest {
    private static final Path FOLDER = Path.of("node", "simulated");
    private static final int SECONDS = 120;

    private final Simulator simulator = Simulator.start();

    @AfterEach
    void stop() {
        simulator.close();
    }

    private record Ran(int status, String output) {}

    private static Ran run(Map<String, String> environment, String... command)
            throws InterruptedException, IOException {
        Path log = Files.createTempFile("node", ".log");
        try {
            ProcessBuilder builder = new ProcessBuilder(command)
                    .directory(FOLDER.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile());
            builder.environment().putAll(environment);
            Process process;
            try {
                process = builder.start();
            } catch (IOException e) {
                return new Ran(127, command[0] + " is not there");
            }
            process.getOutputStream().close();
            if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly().waitFor();
                return new Ran(124, "no end after " + SECONDS + " s\n" + Files.readString(log));
            }
            return new Ran(process.exitValue(), Files.readString(log, StandardCharsets.UTF_8));
        } finally {
            Files.delete(log);
        }
    }

    /** Runs the one test of that name. */
    private void judges(String name) throws Exception {
        Ran node = run(Map.of(), "node", "--version");
        assumeTrue(node.status() == 0, "no Node: " + node.output());
        if (!Files.isDirectory(FOLDER.resolve("node_modules/@mistralai/mistralai"))) {
            Ran npm = run(Map.of(), "npm", "install", "--silent", "--no-package-lock");
            assumeTrue(npm.status() == 0, "Mistral's client could not be fetched: " + npm.output());
        }
        Map<String, String> environment =
                Map.of("SIMULATOR_URL", simulator.at("/mistral").toString(), "SIMULATOR_KEY", Simulator.KEY);
        Ran test = run(
                environment,
                "node",
                "--test",
                "--test-reporter=spec",
                "--test-name-pattern=^" + name + "$",
                "mistral.mjs");
        assertThat(test.status()).as(test.output()).isZero();
        assertThat(test.output()).as("a test of that name").contains("✔ " + name);
    }

    @Test
    void mistralReadsItsAnswers() throws Exception {
        simulator.says(Script.saying("Hello", " there", "!").cached(4));
        judges("answers");
        assertThat(simulator.asked())
                .extracting(Simulator.Asked::path)
                .containsExactly(
                        "/mistral/v1/chat/completions",
                        "/mistral/v1/chat/completions",
                        "/mistral/v1/fim/completions",
                        "/mistral/v1/fim/completions");
    }

    @Test
    void mistralReadsItsThoughtsAndCalls() throws Exception {
        simulator.says(Script.of(
                new Script.Think("Kenya, so", "c2lnbmVk"),
                new Script.Say("One moment."),
                new Script.Call("weather01", "weather", List.of("{\"city\":", "\"Nairobi\"}")),
                new Script.Call("time00002", "time", List.of("{\"zone\":\"EAT\"}"))));
        judges("calls");
        assertThat(simulator.last().json()).contains("c2lnbmVk", "\"tool_call_id\":\"weather01\"");
    }

    @Test
    void mistralReadsThatItIsCutOff() throws Exception {
        simulator.says(Script.saying("cut").ending(Script.End.LENGTH));
        judges("cut");
    }

    @Test
    void mistralUnderstandsItsRefusals() throws Exception {
        Fault slow = new Fault.Status(
                429,
                "application/json",
                "{\"object\":\"error\",\"message\":\"slow down\",\"type\":\"rate_limit_error\",\"param\":null,\"code\":null}",
                Map.of("Retry-After", "7"));
        // The first two are a stranger's.
        Fault none = new Fault.None();
        simulator.next(
                none,
                none,
                slow,
                slow,
                new Fault.Refused(422, "no such number"),
                new Fault.ErrorAt(2),
                new Fault.Malformed(2));
        judges("refusals");
    }

    @Test
    void mistralReadsItsEmbeddings() throws Exception {
        judges("embeddings");
    }
}
