package dev.dalang.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.api.ChatEvent;
import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.api.Message;
import dev.dalang.api.Prompt;
import dev.dalang.api.ReasoningOptions;
import dev.dalang.api.ResponseFormat;
import dev.dalang.api.Truncation;
import dev.dalang.engine.generate.Speculation;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunCommandTest {

    @TempDir
    Path home;

    private Shell shell;
    private Path file;
    private ScriptedModel model = ScriptedModel.saying("");

    @BeforeEach
    void shell() {
        shell = new Shell(home);
        file = shell.write("m.gguf", "");
        use(ScriptedModel.saying(new ChatEvent.TextDelta("Sugeng "), new ChatEvent.TextDelta("enjang")));
    }

    private void use(ScriptedModel scripted) {
        model = scripted;
        shell.models = scripted;
    }

    private String asked() {
        Prompt prompt = model.requests.getLast().prompt();
        return prompt instanceof Prompt.Conversation c ? c.messages().getLast().text() : ((Prompt.Raw) prompt).text();
    }

    @Test
    void theAnswerAloneGoesToStandardOutput() {
        Shell.Result result = shell.run("run", file, "say", "good", "morning");
        assertThat(result).isEqualTo(new Shell.Result(0, "Sugeng enjang\n", ""));
        assertThat(asked()).isEqualTo("say good morning");
        assertThat(model.closed).isTrue();
    }

    @Test
    void standardInputIsThePromptOrGoesBeforeIt() {
        shell.stdin = "from a pipe\n";
        shell.run("run", file);
        assertThat(asked()).isEqualTo("from a pipe");
        shell.run("run", file, "summarise");
        assertThat(asked()).isEqualTo("from a pipe\n\nsummarise");
        shell.run("run", file, "before", "-", "after");
        assertThat(asked()).isEqualTo("before from a pipe\n after");
        shell.stdin = "";
        assertThat(shell.run("run", file).code()).isEqualTo(ExitCode.USAGE);
    }

    @Test
    void inputThatComesTooLateIsSaid() {
        // Nothing is there when the prompt is read, something when the answer is complete.
        ByteArrayInputStream late = new ByteArrayInputStream("late".getBytes(StandardCharsets.UTF_8)) {
            @Override
            public synchronized int available() {
                return model.requests.isEmpty() ? 0 : super.available();
            }
        };
        shell.input = late;
        Shell.Result result = shell.run("run", file, "summarise");
        assertThat(asked()).isEqualTo("summarise");
        assertThat(result.code()).isZero();
        assertThat(result.err()).contains("standard input came too late", "a - among the words");
        model.requests.clear();
        assertThat(shell.run("run", file, "summarise", "-").err()).isEmpty();
        assertThat(asked()).isEqualTo("summarise late");
    }

    @Test
    void flagsReachTheRequest() {
        Path schema = shell.write("schema.json", "{\"type\":\"object\"}");
        Path grammar = shell.write("g.gbnf", "root ::= \"a\"");
        shell.run(
                "run",
                file,
                "--system",
                "be brief",
                "--temp",
                "0.5",
                "--top-k",
                "7",
                "--seed",
                "42",
                "-n",
                "9",
                "--stop",
                "END",
                "--think=low",
                "--drop-oldest",
                "--format",
                schema,
                "--context",
                "512",
                "--kernels",
                "scalar",
                "--cache-type",
                "q8_0",
                "--logit-bias",
                "7+1.5",
                "--logit-bias",
                "8-inf",
                "hi");
        var request = model.requests.getLast();
        assertThat(((Prompt.Conversation) request.prompt()).messages())
                .containsExactly(Message.system("be brief"), Message.user("hi"));
        assertThat(request.sampling().temperature()).isEqualTo(0.5f);
        assertThat(request.sampling().topK()).isEqualTo(7);
        assertThat(request.sampling().seed()).isEqualTo(42L);
        assertThat(request.sampling().logitBias()).isEqualTo(Map.of(7, 1.5f, 8, Float.NEGATIVE_INFINITY));
        assertThat(request.maxTokens()).isEqualTo(9);
        assertThat(request.stop()).containsExactly("END");
        assertThat(request.reasoning()).isEqualTo(ReasoningOptions.of(ReasoningOptions.Effort.LOW));
        assertThat(request.truncation()).isEqualTo(Truncation.DROP_OLDEST);
        assertThat(request.responseFormat())
                .isEqualTo(new ResponseFormat.JsonSchema(null, "{\"type\":\"object\"}", null));
        assertThat(model.opened.getLast())
                .isEqualTo(new ModelOpener.Options(512, "scalar", null, null, "q8_0", Set.of(), Speculation.NONE));

        shell.run("run", file, "--lora", "a.gguf", "--lora", "b=c=-0.5", "hi");
        assertThat(model.opened.getLast().adapters()).containsExactly(Path.of("a.gguf"), Path.of("b=c"));
        assertThat(model.requests.getLast().adapters()).isEqualTo(Map.of("a.gguf", 1f, "b=c", -0.5f));
        assertThat(shell.run("run", file, "--lora", "a.gguf=x", "hi").err()).contains("must be a number");
        assertThat(shell.run("run", file, "--lora", "a.gguf=NaN", "hi").err()).contains("must be finite");
        assertThat(shell.run("run", file, "--lora", "a", "--lora", "a=2", "hi").err())
                .contains("a twice");

        shell.run("run", file, "--format", "json", "--raw", "-n", "-1", "hi");
        assertThat(model.requests.getLast().responseFormat()).isEqualTo(new ResponseFormat.JsonObject());
        assertThat(model.requests.getLast().prompt()).isEqualTo(new Prompt.Raw("hi"));
        assertThat(model.requests.getLast().maxTokens()).isNull();
        shell.run("run", file, "--format", grammar, "hi");
        assertThat(model.requests.getLast().responseFormat()).isEqualTo(new ResponseFormat.Grammar("root ::= \"a\""));
    }

    @Test
    void aBrokenSchemaIsRefusedBeforeTheModelIsOpened() {
        Path schema = shell.write("schema.json", "{\"type\":");
        Shell.Result result = shell.run("run", file, "--format", schema, "hi");
        assertThat(result.code()).isEqualTo(ExitCode.USAGE);
        assertThat(result.err()).contains("schema.json is not JSON");
        assertThat(model.opened).isEmpty();
    }

    @Test
    void jsonIsOneObjectInOllamasWords() {
        Map<?, ?> answer =
                (Map<?, ?>) Json.parse(shell.run("run", file, "--json", "hi").out(), "answer");
        assertThat(answer.get("model")).isEqualTo("scripted");
        assertThat(answer.get("message")).isEqualTo(Map.of("role", "assistant", "content", "Sugeng enjang"));
        assertThat(answer.get("done")).isEqualTo(true);
        assertThat(answer.get("done_reason")).isEqualTo("stop");
        assertThat(answer.get("eval_count")).isEqualTo(20L);
        assertThat(answer.get("prompt_eval_count")).isEqualTo(10L);
        assertThat(answer.get("load_duration")).isEqualTo(100_000_000L);
        assertThat(answer.get("total_duration")).isEqualTo(3_100_000_000L);
    }

    @Test
    void verboseSpeaksOllamasWordsOnStandardError() {
        Shell.Result result = shell.run("run", file, "--verbose", "hi");
        assertThat(result.out()).isEqualTo("Sugeng enjang\n");
        assertThat(result.err())
                .contains("total duration:       3.10s", "load duration:        100.0ms")
                .contains("prompt eval count:    6 token(s)", "prompt eval rate:     12.00 tokens/s")
                .contains("eval count:           20 token(s)", "eval rate:            10.00 tokens/s");
    }

    @Test
    void reasoningIsDimmedForPeopleAndLeftOutOfPipes() {
        use(ScriptedModel.saying(new ChatEvent.ReasoningDelta("hmm"), new ChatEvent.TextDelta("yes")));
        assertThat(shell.run("run", file, "hi")).isEqualTo(new Shell.Result(0, "yes\n", ""));
        shell.errIsTerminal = true;
        Shell.Result toError = shell.run("run", file, "hi");
        assertThat(toError.out()).isEqualTo("yes\n");
        assertThat(toError.err()).contains("hmm");
        shell.outIsTerminal = true;
        assertThat(shell.run("run", file, "hi").out()).isEqualTo("\u001b[2mhmm\u001b[0m\n\nyes\n");
        assertThat(shell.run("run", file, "--hidethinking", "hi").out()).isEqualTo("yes\n");
        shell.environment.put("NO_COLOR", "1");
        assertThat(shell.run("run", file, "hi").out()).isEqualTo("hmm\n\nyes\n");
    }

    @Test
    void aModelCannotDriveTheTerminal() {
        use(ScriptedModel.saying("\u001b]0;owned\u0007\u009b31mx\ty"));
        assertThat(shell.run("run", file, "hi").out()).isEqualTo("\u001b]0;owned\u0007\u009b31mx\ty\n");
        shell.outIsTerminal = true;
        assertThat(shell.run("run", file, "hi").out()).isEqualTo("\uFFFD]0;owned\uFFFD\uFFFD31mx\ty\n");
    }

    @Test
    void longPromptsShowProgressOnlyToPeople() {
        use(ScriptedModel.saying(new ChatEvent.PromptProgress(512, 2048), new ChatEvent.TextDelta("x")));
        assertThat(shell.run("run", file, "hi").err()).isEmpty();
        shell.errIsTerminal = true;
        assertThat(shell.run("run", file, "hi").err())
                .contains("512 of 2048 tokens (25%)")
                .endsWith("\r\u001b[K");
        use(ScriptedModel.saying(new ChatEvent.PromptProgress(0, 20), new ChatEvent.TextDelta("x")));
        assertThat(shell.run("run", file, "hi").err()).isEmpty();
    }

    @Test
    void noticesAreSaid() {
        use(ScriptedModel.saying(
                new ChatEvent.Notice("prompt_truncated", "2 turns were left out"), new ChatEvent.TextDelta("x")));
        assertThat(shell.run("run", file, "hi").err()).isEqualTo("dalang: 2 turns were left out\n");
    }

    @Test
    void aFailureInTheMiddleKeepsWhatWasSaidAndEndsTheLine() {
        use(new ScriptedModel((request, cancellation, events) -> {
            events.accept(new ChatEvent.TextDelta("half"));
            throw new DalangException(
                    new Failure.ContextOverflow("the prompt has 9 tokens,\nthe context 4", 9, 4, List.of()));
        }));
        assertThat(shell.run("run", file, "hi"))
                .isEqualTo(new Shell.Result(1, "half\n", "dalang: the prompt has 9 tokens, the context 4\n"));
        assertThat(model.closed).isTrue();
    }

    @Test
    void lackOfMemoryIsFour() {
        use(new ScriptedModel((request, cancellation, events) -> {
            throw new DalangException(new Failure.DoesNotFit("needs 9 GB", 9, 1));
        }));
        assertThat(shell.run("run", file, "hi").code()).isEqualTo(ExitCode.DOES_NOT_FIT);
    }

    @Test
    void interruptedIs130() {
        use(new ScriptedModel((request, cancellation, events) -> {
            events.accept(new ChatEvent.TextDelta("half"));
            shell.interrupt.cancel();
            if (!cancellation.isCancelled()) events.accept(new ChatEvent.TextDelta(" and the rest"));
        }));
        assertThat(shell.run("run", file, "hi")).isEqualTo(new Shell.Result(130, "half\n", ""));
    }

    @Test
    void theConfiguredModelAnswersWhenNoneIsNamed() {
        shell.environment.put("DALANG_MODEL", file.toString());
        assertThat(shell.run("run", "good morning").code()).isZero();
        assertThat(asked()).isEqualTo("good morning");
    }
}
