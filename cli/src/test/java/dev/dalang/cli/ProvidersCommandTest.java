package dev.dalang.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.gateway.simulator.Fault;
import dev.dalang.gateway.simulator.Script;
import dev.dalang.gateway.simulator.Simulator;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From adding a provider to its answer, as a user does it. */
class ProvidersCommandTest {

    @TempDir
    Path home;

    private final Simulator simulator = Simulator.start();
    private Shell shell;

    @BeforeEach
    void shell() {
        shell = new Shell(home);
    }

    @AfterEach
    void stop() {
        simulator.close();
    }

    private Shell.Result run(Object... args) {
        return shell.run(args);
    }

    private void add(String name, String path, Object... more) {
        shell.stdin = Simulator.KEY + "\n";
        Object[] args = new Object[6 + more.length];
        Object[] first = {"providers", "add", name, simulator.at(path), "--key-stdin", "--key-file"};
        System.arraycopy(first, 0, args, 0, first.length);
        System.arraycopy(more, 0, args, first.length, more.length);
        Shell.Result added = run(args);
        assertThat(added.code()).as(added.err()).isZero();
        assertThat(added.err()).contains(name + " is at", "only you may read").doesNotContain(Simulator.KEY);
        shell.stdin = "";
    }

    @Test
    void anAnswerOfAHostedModel() throws Exception {
        add("openai", "/v1");
        simulator.says(Script.saying("Nai", "robi"));
        assertThat(run("run", "openai/gpt-5", "What is the capital of Kenya?"))
                .isEqualTo(new Shell.Result(0, "Nairobi\n", ""));
        assertThat(simulator.last().json())
                .contains(
                        "\"model\":\"gpt-5\"",
                        "\"messages\":[{\"role\":\"user\",\"content\":\"What is the capital of Kenya?\"}]");
        Shell.Result json = run("run", "openai/gpt-5", "--json", "--system", "Be brief.", "Hi");
        assertThat(json.out()).contains("\"model\": \"openai/gpt-5\"", "\"content\": \"Nairobi\"", "\"eval_count\": 2");
        // What is said and the keys are in no log.
        assertThat(Files.readString(home.resolve("egress.jsonl")))
                .contains("chat openai/gpt-5")
                .doesNotContain("Kenya", Simulator.KEY);
        assertThat(run("egress").out()).contains("chat openai/gpt-5", "200");
    }

    /** Names of providers' models have forms of their own; none of them is the beginning of a question to a local model. */
    @Test
    void aProvidersModelMayHaveAnyName() {
        add("openai", "/v1");
        for (String model : new String[] {
            "ft:gpt-4.1-2025-04-14:house::AbC1",
            "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/ab12",
            "größe/☃"
        }) {
            assertThat(run("run", "openai/" + model, "Hi").out()).as(model).isEqualTo("Hello there!\n");
            assertThat(simulator.last().body().path("model").stringValue()).isEqualTo(model);
        }
    }

    @Test
    void whatAProviderCannotDoIsSaid() {
        add("openai", "/v1");
        Shell.Result refused = run("run", "openai/gpt-5", "--top-k", "5", "Hi");
        assertThat(refused.code()).isEqualTo(ExitCode.FAILED);
        assertThat(refused.err()).contains("openai has no top_k");
        assertThat(simulator.asked()).isEmpty();
        Shell.Result dropped = run("run", "openai/gpt-5", "--top-k", "5", "--drop-unsupported", "Hi");
        assertThat(dropped.code()).isZero();
        assertThat(dropped.out()).isEqualTo("Hello there!\n");
        assertThat(dropped.err()).contains("openai has no top_k; the answer came without");
    }

    @Test
    void failuresAreOneLine() {
        add("anthropic", "/v1");
        simulator.next(new Fault.CutAfter(5));
        Shell.Result cut = run("run", "anthropic/claude", "Hi");
        assertThat(cut.code()).isEqualTo(ExitCode.FAILED);
        assertThat(cut.err().lines()).hasSize(1);
        simulator.next(
                new Fault.Status(404, "{\"error\":{\"type\":\"not_found_error\",\"message\":\"model: claude\"}}"));
        assertThat(run("run", "anthropic/claude", "Hi"))
                .isEqualTo(new Shell.Result(ExitCode.MODEL_UNAVAILABLE, "", "dalang: anthropic: model: claude\n"));
        Shell.Result offline = run("run", "--offline", "anthropic/claude", "Hi");
        assertThat(offline.code()).isEqualTo(ExitCode.FAILED);
        assertThat(offline.err()).contains("told to stay offline");
    }

    @Test
    void providersComeAndGo() {
        assertThat(run("providers", "list").err()).contains("there are no providers", "anthropic");
        add("box", "/v1", "--flavour", "vllm");
        shell.environment.put("OPENAI_API_KEY", "sk-1");
        assertThat(run("providers", "list").out())
                .contains("box", "vllm", "file", "openai", "environment:OPENAI_API_KEY");
        assertThat(run("providers", "list", "--json").out())
                .contains("\"has_key\": true")
                .doesNotContain("sk-1");
        Shell.Result tested = run("providers", "test", "box", "--models");
        assertThat(tested.code()).as(tested.err()).isZero();
        assertThat(tested.out()).isEqualTo("box/sim-large\nbox/sim-small\n");
        assertThat(tested.err()).contains("takes the key", "2 models");
        assertThat(run("providers", "test", "box", "--ask", "m").err()).contains("box/m answers: Hello there!");
        assertThat(run("providers", "remove", "box").code()).isZero();
        assertThat(run("run", "box/m", "Hi").code()).isEqualTo(ExitCode.MODEL_UNAVAILABLE);
        assertThat(run("providers", "remove", "openai").err()).contains("OPENAI_API_KEY");
    }

    @Test
    void keysAreAskedForWhereThatIsPossible() {
        Shell.Result result = run("providers", "add", "openai");
        assertThat(result.code()).isEqualTo(ExitCode.USAGE);
        assertThat(result.err()).contains("--key-env", "--key-stdin");
        shell.stdin = "sk-a\nb";
        assertThat(run("providers", "add", "openai", "--key-stdin").code()).isEqualTo(ExitCode.USAGE);
        assertThat(run("providers", "add", "openai", "--key-env", "no good").code())
                .isEqualTo(ExitCode.USAGE);
        assertThat(run("providers", "add", "openai", "--key-env", "MY_KEY").code())
                .isZero();
        assertThat(run("run", "openai/gpt-5", "Hi").err()).contains("MY_KEY is not set");
        assertThat(run("providers").code()).isEqualTo(ExitCode.USAGE);
    }

    @Test
    void aProviderThatIsNotThereHasAWayOut() {
        assertThat(run("run", "openai/gpt-5", "Hi").err()).contains("hosted only", "`dalang providers add openai`");
        Shell.Result other = run("run", "mistral/mistral-none", "Hi");
        assertThat(other.code()).isEqualTo(ExitCode.MODEL_UNAVAILABLE);
        assertThat(other.err())
                .contains("`dalang providers add mistral` lets `dalang run mistral/mistral-none` ask it");
    }
}
