package dev.dalang.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.engine.format.GgufWriter;
import dev.dalang.testserver.TestHub;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code pull}, {@code list}, {@code cp}, {@code rm}, {@code import}, {@code export}, {@code du}, {@code verify-store}, {@code egress}. */
class HubCommandsTest {

    @TempDir
    Path folder;

    private final TestHub hub = new TestHub();
    private Shell shell;
    private byte[] weights;

    @BeforeEach
    void start() throws IOException {
        shell = new Shell(folder.resolve("home"));
        shell.environment.putAll(hub.environment());
        weights = gguf();
        hub.repository(
                "owner/tiny",
                null,
                Map.of("tiny-Q4_K_M.gguf", weights, "LICENSE", "do good".getBytes(StandardCharsets.UTF_8)));
    }

    @AfterEach
    void stop() {
        hub.close();
    }

    private byte[] gguf() throws IOException {
        Path file = folder.resolve("made.gguf");
        new GgufWriter()
                .put("general.architecture", "llama")
                .tensor("token_embd.weight", new float[50_000], 50_000)
                .write(file);
        return Files.readAllBytes(file);
    }

    private String ok(Object... args) {
        Shell.Result r = shell.run(args);
        assertThat(r.code()).as(r.err()).isZero();
        return r.out();
    }

    private void fails(int code, String words, Object... args) {
        Shell.Result r = shell.run(args);
        assertThat(r.code()).as(r.err()).isEqualTo(code);
        assertThat(r.err().lines().toList().getLast()).startsWith("dalang: ").contains(words);
    }

    @Test
    void aPulledModelIsListedShownAndRemoved() {
        Shell.Result pulled = shell.run("pull", "hf.co/owner/tiny");
        assertThat(pulled.code()).as(pulled.err()).isZero();
        assertThat(pulled.err()).contains("pulled hf.co/owner/tiny:Q4_K_M");
        assertThat(ok("list")).contains("hf.co/owner/tiny:Q4_K_M", "dalang");
        assertThat(ok("list", "--json")).contains("\"holder\": \"dalang\"", "\"digest\": \"sha256:");
        assertThat(ok("show", "hf.co/owner/tiny")).contains("llama");
        assertThat(shell.run("pull", "hf.co/owner/tiny").err()).contains("up to date");
        ok("cp", "tiny", "mine:latest");
        assertThat(ok("show", "mine")).contains("llama");
        // The same name in its other spelling makes no second model.
        ok("cp", "tiny", "mine");
        assertThat(ok("list").lines().filter(l -> l.startsWith("mine"))).hasSize(1);
        assertThat(ok("du")).contains("mine:latest", "shared files once");
        assertThat(ok("verify-store")).contains("hf.co/owner/tiny:Q4_K_M: ok", "mine:latest: ok");
        ok("rm", "hf.co/owner/tiny:Q4_K_M", "mine");
        assertThat(ok("list").lines()).hasSize(1);
        fails(3, "no model named", "rm", "mine");
        assertThat(folder.resolve("home/models/blobs")).isEmptyDirectory();
    }

    /** Ctrl-C, while the hub is silent and would be for an hour. */
    @Test
    @Timeout(120)
    void anInterruptEndsAPullThatStalls() throws Exception {
        shell.environment.put("DALANG_STALL_SECONDS", "3600");
        Stall stall = new Stall();
        hub.server().on("/cdn/", stall);
        try (ExecutorService runs = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Shell.Result> pull = runs.submit(() -> shell.run("pull", "hf.co/owner/tiny"));
            stall.begun.await();
            shell.interrupt.cancel();
            assertThat(pull.get().code()).isEqualTo(ExitCode.INTERRUPTED);
        }
        hub.server().on("/cdn/", x -> x.file(weights));
        Shell again = new Shell(shell.home);
        again.environment.putAll(hub.environment());
        assertThat(again.run("pull", "hf.co/owner/tiny").code()).isZero();
        assertThat(again.run("verify-store").out()).contains("hf.co/owner/tiny:Q4_K_M: ok");
    }

    @Test
    void progressAsJsonSpeaksLikeOllama() {
        String out = ok("pull", "hf.co/owner/tiny", "--json", "--name", "mine:1");
        assertThat(out.lines().toList().getFirst()).isEqualTo("{\"status\":\"pulling manifest\"}");
        assertThat(out)
                .contains("{\"status\":\"verifying sha256 digest\"}", "{\"status\":\"writing manifest\"}")
                .contains("\"digest\":\"sha256:" + TestHub.sha256(weights) + "\"", "\"total\":" + weights.length);
        assertThat(out.lines().toList().getLast()).contains("\"status\":\"success\"", "\"model\":\"mine:1\"");
        assertThat(ok("list")).contains("mine:1");
    }

    @Test
    void egressShowsWhatWentOut() {
        assertThat(shell.run("egress").err()).contains("no connection was ever made");
        ok("pull", "hf.co/owner/tiny");
        shell.run("pull", "--offline", "hf.co/owner/tiny");
        String table = ok("egress");
        assertThat(table).contains("pull hf.co/owner/tiny:Q4_K_M", "127.0.0.1", "206", "refused");
        assertThat(ok("egress", "-n", "1").lines()).hasSize(2);
        assertThat(ok("egress", "--json")).contains("\"event\":\"open\"").doesNotContain("Signature");
    }

    @Test
    void offlineRefuses() {
        fails(3, "offline", "pull", "--offline", "hf.co/owner/tiny");
        shell.write("config", "offline = true\n");
        fails(3, "offline", "pull", "hf.co/owner/tiny");
        assertThat(hub.server().requests()).isEmpty();
    }

    @Test
    void whatCannotBeHadIsThree() {
        fails(3, "has no owner/none", "pull", "hf.co/owner/none");
        fails(3, "names no place", "pull", "what is this");
        fails(2, "DALANG_BANDWIDTH", "pull", "hf.co/owner/tiny", "--bandwidth", "fast");
        fails(2, "cannot be a model's name", "pull", "hf.co/owner/tiny", "--name", "../up");
        fails(1, "an address of this machine", "pull", "hf.co/owner/tiny", "--allow-private", "elsewhere");
    }

    @Test
    void importAndExportKeepTheBytes() throws IOException {
        Path file = folder.resolve("made.gguf");
        assertThat(shell.run("import", file).err()).contains("imported made");
        Files.delete(file);
        Path out = folder.resolve("out");
        assertThat(ok("export", "made", out)).contains("made.gguf");
        assertThat(out.resolve("made.gguf")).hasBinaryContent(weights);
        fails(1, "it is there already", "export", "made", out);
        Path text = Files.writeString(folder.resolve("notes.gguf"), "no model");
        fails(1, "notes.gguf", "import", text);
        assertThat(folder.resolve("home/models/partial")).isEmptyDirectory();
    }

    @Test
    void damageIsFoundAndRepairedByAnotherPull() throws IOException {
        ok("pull", "hf.co/owner/tiny");
        Path blob = folder.resolve("home/models/blobs/sha256-" + TestHub.sha256(weights));
        byte[] damaged = weights.clone();
        damaged[damaged.length - 1] ^= 1;
        Files.write(blob, damaged);
        fails(1, "is not what it was", "verify-store");
        fails(1, "pull the model again", "verify-store", "--repair");
        ok("pull", "hf.co/owner/tiny");
        ok("verify-store");
        assertThat(blob).hasBinaryContent(weights);
    }

    @Test
    void whatOtherToolsHoldIsListedAndUsedInPlace() throws IOException {
        String sha = TestHub.sha256(weights);
        Path user = folder.resolve("user");
        Path ollama = user.resolve(".ollama/models");
        Files.createDirectories(ollama.resolve("blobs"));
        Files.write(ollama.resolve("blobs/sha256-" + sha), weights);
        Path manifest = ollama.resolve("manifests/registry.ollama.ai/library/olly/1b");
        Files.createDirectories(manifest.getParent());
        Files.writeString(
                manifest,
                "{\"layers\":[{\"mediaType\":\"application/vnd.ollama.image.model\",\"digest\":\"sha256:" + sha
                        + "\",\"size\":" + weights.length + "}]}");
        Path evil = ollama.resolve("manifests/registry.ollama.ai/library/evil/1b");
        Files.createDirectories(evil.getParent());
        Files.writeString(
                evil,
                "{\"layers\":[{\"mediaType\":\"application/vnd.ollama.image.model\",\"digest\":\"sha256:../../x\",\"size\":1}]}");
        Path snapshot = user.resolve(".cache/huggingface/hub/models--own--hugo/snapshots/" + TestHub.COMMIT);
        Files.createDirectories(snapshot);
        Files.write(snapshot.resolve("hugo-Q8_0.gguf"), weights);
        Path studio = user.resolve(".lmstudio/models/pub/repo");
        Files.createDirectories(studio);
        Files.write(studio.resolve("stu-Q4_0.gguf"), weights);
        shell.environment.put("HOME", user.toString());
        assertThat(ok("list"))
                .contains("olly:1b", "hf.co/own/hugo:Q8_0", "pub/repo/stu-Q4_0", "ollama", "huggingface", "lmstudio")
                .doesNotContain("evil");
        for (String name : List.of("olly:1b", "ollama://olly:1b", "hf.co/own/hugo", "hugo:Q8_0", "stu-Q4_0")) {
            assertThat(ok("show", name)).as(name).contains("llama");
        }
        fails(1, "not the store's to remove", "rm", "olly:1b");
        assertThat(ok("du")).contains("(in place: ollama)");
        ok("import", "olly:1b", "--name", "olly:mine");
        assertThat(ok("list")).contains("olly:mine");
        ok("import", "olly:1b", "--name", "mine");
        ok("import", "olly:1b", "--name", "mine:latest");
        assertThat(ok("list").lines().filter(l -> l.startsWith("mine"))).hasSize(1);
        ok("rm", "mine");
        // The same bytes by another name: copied from where they are, and checked.
        ok("rm", "olly:mine");
        ok("pull", "hf.co/owner/tiny");
        assertThat(ok("egress").lines().filter(l -> l.contains("/cdn/")))
                .allMatch(l -> l.contains("look at"), "only the header was read");
        assertThat(ok("verify-store")).contains("hf.co/owner/tiny:Q4_K_M: ok");
    }
}
