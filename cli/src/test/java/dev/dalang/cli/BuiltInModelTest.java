package dev.dalang.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.api.ChatEvent;
import dev.dalang.api.Prompt;
import dev.dalang.mini.BuiltIn;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The verbs in a build that has a model of its own: here one that answers nonsense. */
class BuiltInModelTest {

    @TempDir
    Path home;

    private Shell shell;
    private byte[] bytes = new byte[0];

    @BeforeEach
    void build() throws Exception {
        shell = new Shell(home.resolve("home"));
        Path file = home.resolve("m.gguf");
        assertThat(shell.run("debug", "model", file).code()).isZero();
        bytes = Files.readAllBytes(file);
        shell.builtIn = Optional.of(builtIn());
    }

    private BuiltIn builtIn() throws Exception {
        CRC32C sum = new CRC32C();
        sum.update(bytes);
        String digest =
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        return new BuiltIn(() -> new ByteArrayInputStream(bytes), bytes.length, sum.getValue(), digest);
    }

    @Test
    void itAnswersWhereNoModelIsNamed() {
        ScriptedModel model = ScriptedModel.saying(new ChatEvent.TextDelta("Nairobi"));
        shell.models = model;
        Shell.Result result = shell.run("run", "What is the capital of Kenya?");
        assertThat(result).isEqualTo(new Shell.Result(0, "Nairobi\n", ""));
        Prompt.Conversation asked =
                (Prompt.Conversation) model.requests.getLast().prompt();
        assertThat(asked.messages().getLast().text()).isEqualTo("What is the capital of Kenya?");
        assertThat(model.paths.getLast()).hasBinaryContent(bytes).startsWith(shell.home);
        shell.stdin = "from a pipe";
        assertThat(shell.run("run").code()).isZero();
        assertThat(shell.run("run", "dalang-mini", "hello").code()).isZero();
        asked = (Prompt.Conversation) model.requests.getLast().prompt();
        assertThat(asked.messages().getLast().text()).contains("hello").doesNotContain("dalang-mini");
    }

    @Test
    void aConfiguredModelGoesBeforeIt() {
        ScriptedModel model = ScriptedModel.saying("");
        shell.models = model;
        Path other = shell.write("other.gguf", "");
        shell.environment.put("DALANG_MODEL", other.toString());
        shell.run("run", "hello");
        assertThat(model.paths.getLast()).isEqualTo(other);
    }

    @Test
    void itReallyRuns() {
        Shell.Result result = shell.run("run", "-n", "4", "--kernels", "scalar", "hello");
        assertThat(result.code()).isZero();
        assertThat(result.out()).isNotBlank();
    }

    @Test
    void itIsShownAndListedAndFound() {
        assertThat(shell.run("show").out()).startsWith("# Dalang Mini").containsPattern("architecture +llama");
        assertThat(shell.run("show", "dalang-mini").out())
                .isEqualTo(shell.run("show").out());
        assertThat(shell.run("show", "--template").out()).startsWith("{% for m in messages %}");
        assertThat(shell.run("list").out()).containsPattern("dalang-mini +1.3 MB .*built-in");
        assertThat(Json.parse(shell.run("list", "--json").out(), "list"))
                .extracting("models")
                .asInstanceOf(InstanceOfAssertFactories.LIST)
                .singleElement()
                .asInstanceOf(InstanceOfAssertFactories.map(String.class, Object.class))
                .containsAllEntriesOf(Map.of("name", "dalang-mini", "holder", "built-in", "size", (long) bytes.length));
        assertThat(shell.run("search").out()).contains("dalang-mini");
        assertThat(shell.run("search", "mini").out()).contains("dalang-mini");
        assertThat(shell.run("search", "--min-size", "4b").out()).doesNotContain("dalang-mini");
        assertThat(shell.run("tokenize", "dalang-mini", "ab").code()).isZero();
    }

    @Test
    void itCannotBeRemoved() {
        Shell.Result result = shell.run("rm", "dalang-mini");
        assertThat(result.code()).isNotZero();
        assertThat(result.err()).contains("not the store's to remove");
        assertThat(shell.run("list").out()).contains("dalang-mini");
    }

    @Test
    void aHomeThatCannotBeWrittenIsNoHindrance() throws IOException {
        // A file in the place of the folder: nobody, not even root, can write below it.
        shell.write("builtin", "");
        ScriptedModel model = ScriptedModel.saying("here");
        shell.models = model;
        Shell.Result result = shell.run("run", "hello");
        assertThat(result).isEqualTo(new Shell.Result(0, "here\n", ""));
        assertThat(model.paths.getLast()).hasBinaryContent(bytes);
        Files.delete(model.paths.getLast());
    }
}
