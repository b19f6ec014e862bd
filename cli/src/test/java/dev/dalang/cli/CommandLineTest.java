package dev.dalang.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.dalang.hub.store.Library;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Arguments, configuration, errors and exit codes. */
class CommandLineTest {

    @TempDir
    Path home;

    private Shell shell;

    @BeforeEach
    void shell() {
        shell = new Shell(home);
    }

    private static void failsWithOneLine(Shell.Result result, int code, String... parts) {
        assertThat(result.code()).isEqualTo(code);
        assertThat(result.out()).isEmpty();
        assertThat(result.err()).startsWith("dalang: ").endsWith("\n");
        for (String part : parts) assertThat(result.err()).contains(part);
        assertThat(result.err().lines()).hasSize(1);
    }

    @Test
    void versionAndHelpGoToStandardOutput() {
        assertThat(shell.run("--version").out()).startsWith("dalang ");
        Shell.Result help = shell.run("--help");
        assertThat(help.code()).isZero();
        assertThat(help.out()).contains("run", "show", "bench", "doctor", "completion");
        assertThat(shell.run("debug", "logits", "--help").out()).contains("--tokens", "--out", "--exact");
    }

    /** As of a model's file that is cut short while it is mapped, on the team's threads. */
    @Test
    void aFileThatBecomesShorterIsNoInternalError() {
        shell.models = (path, options) -> {
            throw new IllegalStateException(
                    "a worker failed", new InternalError("a fault occurred in an unsafe memory access operation"));
        };
        Path model = shell.write("model.gguf", "");
        failsWithOneLine(shell.run("run", model, "hi"), ExitCode.FAILED, "became shorter");
    }

    @Test
    void everyVerbHasHelp() {
        var line = Dalang.commandLine(shell.around(System.out, System.err));
        assertThat(line.getSubcommands().keySet())
                .contains("run", "show", "tokenize", "perplexity", "bench", "doctor", "debug", "list", "completion");
        for (String verb : line.getSubcommands().keySet()) {
            assertThat(shell.run(verb, "--help").code()).as(verb).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "frobnicate",
                "run --frobnicate",
                "run --temperature warm x.gguf hi",
                "run --temperature -1 x.gguf hi",
                "run --top-p 2 x.gguf hi",
                "run --max-tokens -3 x.gguf hi",
                "run --logit-bias 7 x.gguf hi",
                "run --logit-bias x+1 x.gguf hi",
                "run --logit-bias 7+1e x.gguf hi",
                "run --logit-bias 99999999999+1 x.gguf hi",
                "run --mirostat 3 x.gguf hi",
                "run --context 0 x.gguf hi",
                "run --threads 0 x.gguf hi",
                "run --think loudly x.gguf hi",
                "run --raw --system be x.gguf hi",
                "run --format no-such-file x.gguf hi",
                "debug",
                "debug logits x.gguf",
                "debug logits x.gguf --tokens 1,x --out o",
                "debug logits x.gguf --tokens -1 --out o",
                "bench x.gguf -p -1",
                "bench x.gguf -r 0",
                "bench x.gguf -o xml",
                "perplexity x.gguf",
                "perplexity x.gguf -f t --chunks 0",
            })
    void wrongUsageIsTwo(String line) {
        Object[] args = line.isEmpty() ? new Object[0] : line.split(" ");
        failsWithOneLine(shell.run(args), ExitCode.USAGE);
    }

    @Test
    void aWrongWordIsNamedWithWhatItMayHaveMeant() {
        failsWithOneLine(shell.run("rnu"), ExitCode.USAGE, "there is no verb 'rnu'; did you mean run?");
        failsWithOneLine(shell.run("serv"), ExitCode.USAGE, "there is no verb 'serv'; did you mean serve?");
        failsWithOneLine(
                shell.run("run", "--temprature", "1"), ExitCode.USAGE, "'--temprature'", "did you mean --temperature?");
        failsWithOneLine(
                shell.run("keys", "lits"),
                ExitCode.USAGE,
                "there is no verb 'lits'; did you mean list?",
                "dalang keys --help");
        failsWithOneLine(shell.run("list", "models"), ExitCode.USAGE, "'models'");
    }

    @Test
    void aMissingFileIsThree() {
        failsWithOneLine(shell.run("show", "/no/such/model.gguf"), 3, "no such file: /no/such/model.gguf");
        failsWithOneLine(shell.run("run", "gone.gguf", "hi"), 3, "no such file: gone.gguf");
        failsWithOneLine(shell.run("run", "qwen9:4b", "hi"), 3, "no model named qwen9:4b", "dalang list");
        failsWithOneLine(shell.run("show", "../../../etc/nothing"), 3);
    }

    @Test
    void noModelNamedIsThreeAndSaysHowToNameOne() {
        shell.inIsTerminal = true;
        failsWithOneLine(shell.run("run"), 3, "no model was named", "none built in", "DALANG_MODEL");
        failsWithOneLine(shell.run("run", "why is the sky blue"), 3, "\"why is the sky blue\" names none");
    }

    @Test
    void aBuildWithoutAModelSaysSo() {
        failsWithOneLine(shell.run("show"), 3, "no model built in");
        failsWithOneLine(shell.run("run", "dalang-mini"), 3, "none built in");
    }

    @Test
    void whatIsNoModelIsOne() {
        Path text = shell.write("notes.gguf", "these are notes, not weights\n");
        failsWithOneLine(shell.run("show", text), 1, "notes.gguf");
        failsWithOneLine(shell.run("show", shell.write("empty.gguf", "")), 1, "empty.gguf");
        failsWithOneLine(shell.run("show", home), 1, "config.json");
    }

    @Test
    void noPermissionIsOne() throws IOException {
        Path file = shell.write("secret.gguf", "x");
        assumeTrue(Files.getFileStore(file).supportsFileAttributeView("posix"), "needs POSIX permissions");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("---------"));
        assumeFalse(Files.isReadable(file), "this user may read everything");
        failsWithOneLine(shell.run("show", file), 1, "permission denied");
        Path inside = shell.write("closed/m.gguf", "x");
        Files.setPosixFilePermissions(inside.getParent(), PosixFilePermissions.fromString("---------"));
        failsWithOneLine(shell.run("show", inside), 1, "permission denied");
        Files.setPosixFilePermissions(inside.getParent(), PosixFilePermissions.fromString("rwx------"));
    }

    @Test
    void stackTracesOnlyOnRequest() {
        Path text = shell.write("notes.gguf", "no");
        assertThat(shell.run("show", text).err()).doesNotContain("\tat ");
        shell.environment.put("DALANG_DEBUG", "1");
        assertThat(shell.run("show", text).err()).contains("\tat ");
    }

    @Test
    void messagesCannotDriveTheTerminal() {
        failsWithOneLine(shell.run("show", "/no/\u001b[31mred\nline.gguf"), 3);
        assertThat(shell.run("show", "/no/\u001b[31mred.gguf").err()).doesNotContain("\u001b");
    }

    @Test
    void aFlagWinsOverAVariableWhichWinsOverTheFile() {
        ScriptedModel model = ScriptedModel.saying("x");
        shell.models = model;
        Path file = shell.write("m.gguf", "");
        shell.write("config", "# mine\ntop-k = 5\n\nthreads = 1\ntemperature = 0.1\n");
        shell.environment.put("DALANG_TEMPERATURE", "0.2");
        shell.environment.put("DALANG_THREADS", "2");
        assertThat(shell.run("run", file, "hi", "--threads", "3").code()).isZero();
        assertThat(model.requests.getFirst().sampling().topK()).isEqualTo(5);
        assertThat(model.requests.getFirst().sampling().temperature()).isEqualTo(0.2f);
        assertThat(model.opened.getFirst().threads()).isEqualTo(3);
    }

    @Test
    void aWrongConfigurationSaysWhere() {
        shell.write("config", "\n\ntemprature = 1\n");
        failsWithOneLine(shell.run("list"), 2, "config line 3", "temprature");
        shell.write("config", "temperature = warm");
        failsWithOneLine(shell.run("list"), 2, "config line 1", "a number", "warm");
        shell.write("config", "temperature");
        failsWithOneLine(shell.run("list"), 2, "config line 1", "key = value");
        shell.write("config", "");
        shell.environment.put("DALANG_THREADS", "many");
        failsWithOneLine(shell.run("list"), 2, "DALANG_THREADS", "whole number");
    }

    @Test
    void doctorPrintsAConfigurationThatReadsBack() {
        shell.environment.put("DALANG_TEMPERATURE", "0.5");
        String text = shell.run("doctor", "--config").out();
        assertThat(text).contains("\ntemperature = 0.5\n", "# threads =");
        shell.environment.remove("DALANG_TEMPERATURE");
        shell.environment.put("DALANG_OFFLINE", "1");
        assertThat(shell.run("doctor", "--config").out()).contains("\noffline = true\n");
        shell.environment.remove("DALANG_OFFLINE");
        shell.write("config", text);
        assertThat(shell.run("doctor", "--config").out()).isEqualTo(text);
    }

    @Test
    void completionIsAScriptThatKnowsTheVerbs() {
        Shell.Result result = shell.run("completion");
        assertThat(result.code()).isZero();
        assertThat(result.out()).startsWith("#!").contains("perplexity", "--max-tokens");
    }

    @Test
    void bashCompletesVerbsFlagsAndFiles() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/bin/bash")), "needs bash");
        Path script = shell.write("completion.sh", shell.run("completion").out());
        assertThat(completed(script, "sh")).containsExactly("show");
        assertThat(completed(script, "run", "m.gguf", "--temper")).containsExactly("--temperature");
        assertThat(completed(script, "debug", "log")).containsExactly("logits");
        // Nothing of its own, and no word against the files that bash then offers.
        assertThat(completed(script, "run", "./mo")).isEmpty();
        assertThat(script)
                .content()
                .contains("complete -F _complete_dalang -o default")
                .doesNotContain("+o default");
    }

    /** What bash is offered for the last of these words. */
    private List<String> completed(Path script, String... words) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                "/bin/bash",
                "-c",
                "source \"$0\"; COMP_WORDS=(dalang \"$@\"); COMP_CWORD=$#; _complete_dalang;"
                        + " printf '%s\\n' \"${COMPREPLY[@]}\"",
                script.toString()));
        command.addAll(List.of(words));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        List<String> lines = process.inputReader().readAllLines();
        process.waitFor();
        return lines.stream().filter(line -> !line.isEmpty()).toList();
    }

    @Test
    void listShowsTheStore() {
        assertThat(shell.run("list").out()).startsWith("NAME");
        shell.write("models/a/tiny.gguf", "12345");
        shell.write("models/hf/config.json", "{}");
        shell.write("models/hf/model.safetensors", "123");
        shell.write("models/readme.txt", "no model");
        assertThat(shell.run("list").out()).contains("a/tiny", "5 B", "hf").doesNotContain("readme");
        assertThat(Json.parse(shell.run("list", "--json").out(), "list"))
                .asInstanceOf(InstanceOfAssertFactories.MAP)
                .extractingByKey("models")
                .asInstanceOf(InstanceOfAssertFactories.LIST)
                .hasSize(2);
    }

    @Test
    void doctorKnowsThisMachine() {
        Shell.Result result = shell.run("doctor", "--json");
        assertThat(result.code()).isZero();
        assertThat(Json.parse(result.out(), "doctor"))
                .asInstanceOf(InstanceOfAssertFactories.MAP)
                .containsKeys("dalang", "java", "os", "cpu", "memory", "disk_free_bytes");
        assertThat(shell.run("doctor").out()).contains(System.getProperty("java.version"), home.toString());
    }

    @Test
    void storeNamesAreLookedUpAndNeverMadeIntoPaths() {
        shell.write("models/a/tiny.gguf", "x");
        shell.write("outside.gguf", "x");
        Library store = new Library(home, Map.of());
        assertThat(store.find("a/tiny")).isPresent();
        assertThat(store.find("TINY")).isPresent();
        assertThat(store.find("../outside")).isEmpty();
        shell.write("models/b/tiny.gguf", "x");
        assertThat(store.find("tiny")).as("two have that name").isEmpty();
    }

    @Test
    void firstArgumentsThatNameAModel() {
        shell.write("models/tiny.gguf", "x");
        Library store = new Library(home, Map.of());
        for (String name : List.of("x.gguf", "./here", "/abs/x", "qwen3:4b", "hf.co/a/b:Q4_K_M", "tiny", "a/b")) {
            assertThat(ModelArgument.namesModel(name, store)).as(name).isTrue();
        }
        for (String prompt : List.of("hello", "why is 1/2 small", "note: this", "", " ", "what?", "a b.gguf-like x")) {
            assertThat(ModelArgument.namesModel(prompt, store)).as(prompt).isFalse();
        }
    }
}
