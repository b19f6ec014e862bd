package dev.dalang.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.dalang.engine.format.Gguf;
import dev.dalang.engine.format.GgufWriter;
import dev.dalang.engine.kernel.KernelTier;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The commands that run the engine, on the golden models. */
class EngineCommandsTest {

    @TempDir
    Path home;

    private Shell shell;

    @BeforeEach
    void shell() {
        shell = new Shell(home);
    }

    private static Path shared(String name) {
        Path file = Path.of(System.getProperty("dalang.shared", "../shared"), name);
        assumeTrue(Files.exists(file), file + " is not here");
        return file;
    }

    private static FloatBuffer floats(Path file) throws IOException {
        return ByteBuffer.wrap(Files.readAllBytes(file))
                .order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer();
    }

    @Test
    void logitsAreThoseOfTheReference() throws IOException {
        Path model = shared("golden/models/tiny-llama.f32.gguf");
        Map<?, ?> golden =
                (Map<?, ?>) Json.parse(Files.readString(shared("golden/logits/tiny-llama.f32.json")), "golden");
        String ids =
                ((List<?>) golden.get("tokens")).stream().map(String::valueOf).collect(Collectors.joining(","));
        Path out = home.resolve("logits.bin");
        Shell.Result result = shell.run("debug", "logits", model, "--tokens", ids, "--out", out, "--exact");
        assertThat(result).isEqualTo(new Shell.Result(0, "", ""));
        FloatBuffer ours = floats(out);
        FloatBuffer theirs = floats(shared("golden/logits/tiny-llama.f32.logits.bin"));
        assertThat(ours.limit()).isEqualTo(theirs.limit());
        for (int i = 0; i < ours.limit(); i++) {
            assertThat(ours.get(i)).as("logit %d", i).isCloseTo(theirs.get(i), within(1e-4f));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "model.gguf, model.gguf, SOURCE and TARGET are the same file",
        "model.gguf, same.gguf, SOURCE and TARGET are the same file",
        "checkpoint, checkpoint/model.safetensors, TARGET is one of SOURCE's files",
        "m-00001-of-00002.gguf, m-00002-of-00002.gguf, TARGET is one of SOURCE's files",
        "model.gguf, other.gguf, other.gguf exists; --force replaces it",
        "model.gguf, checkpoint, checkpoint exists and is not a file",
        "model.gguf, nowhere/target.gguf, its folder does not exist",
    })
    void quantizeLosesNothing(String source, String target, String why) throws IOException {
        new GgufWriter()
                .put("general.architecture", "llama")
                .tensor("token_embd.weight", new float[64], 32, 2)
                .write(home.resolve("model.gguf"));
        Files.createLink(home.resolve("same.gguf"), home.resolve("model.gguf"));
        Files.createDirectory(home.resolve("checkpoint"));
        Files.writeString(home.resolve("checkpoint/config.json"), "{}");
        List<String> others =
                List.of("checkpoint/model.safetensors", "m-00001-of-00002.gguf", "m-00002-of-00002.gguf", "other.gguf");
        for (String other : others) Files.writeString(home.resolve(other), "precious");
        byte[] model = Files.readAllBytes(home.resolve("model.gguf"));
        List<String> arguments =
                new ArrayList<>(List.of("quantize", home.resolve(source) + "", home.resolve(target) + ""));
        if (!target.equals("other.gguf")) arguments.add("--force");
        Shell.Result result = shell.run(arguments.toArray());
        assertThat(result.code()).isIn(1, 2);
        assertThat(result.err()).contains(why).hasLineCount(1);
        assertThat(Files.readAllBytes(home.resolve("model.gguf"))).isEqualTo(model);
        for (String other : others) assertThat(home.resolve(other)).hasContent("precious");
        try (var files = Files.list(home)) {
            assertThat(files.filter(f -> f.toString().contains(".part"))).isEmpty();
        }
    }

    @Test
    void adaptersChangeWhatIsComputed() throws IOException {
        Path model = shared("golden/models/tiny-llama.f32.gguf");
        int width;
        try (Gguf file = Gguf.open(model)) {
            width = (int) file.metadata().integer("llama.embedding_length");
        }
        Path adapter = home.resolve("adapter.gguf");
        float[] a = new float[width];
        float[] b = new float[width];
        for (int i = 0; i < width; i++) {
            a[i] = i % 7 - 3;
            b[i] = i % 5 - 2;
        }
        new GgufWriter()
                .put("general.type", "adapter")
                .put("general.architecture", "llama")
                .put("adapter.type", "lora")
                .put("adapter.lora.alpha", 0.1f)
                .tensor("blk.1.attn_output.weight.lora_a", a, width, 1)
                .tensor("blk.1.attn_output.weight.lora_b", b, 1, width)
                .write(adapter);
        FloatBuffer base = logits(model);
        assertThat(logits(model, "--lora", adapter + "=0")).isEqualTo(base);
        assertThat(logits(model, "--lora", adapter.toString())).isNotEqualTo(base);
        assertThat(logits(model, "--lora", adapter + "=1")).isEqualTo(logits(model, "--lora", adapter.toString()));

        Path text = Files.writeString(home.resolve("text"), "one two three ".repeat(40));
        Shell.Result plain = shell.run("perplexity", model, "-f", text, "-c", "16", "--chunks", "2");
        Shell.Result adapted =
                shell.run("perplexity", model, "-f", text, "-c", "16", "--chunks", "2", "--lora", adapter);
        assertThat(plain.code()).isZero();
        assertThat(adapted.code()).isZero();
        assertThat(adapted.out()).isNotEqualTo(plain.out());

        Shell.Result refused =
                shell.run("debug", "logits", model, "--tokens", "1", "--out", home.resolve("l"), "--lora", model);
        assertThat(refused.code()).isEqualTo(ExitCode.FAILED);
        assertThat(refused.err()).contains("this file is no adapter");
    }

    private FloatBuffer logits(Path model, String... flags) throws IOException {
        Path out = home.resolve("logits.bin");
        List<Object> words =
                new ArrayList<>(List.of("debug", "logits", model, "--tokens", "1,2,3", "--out", out, "--exact"));
        words.addAll(List.of(flags));
        assertThat(shell.run(words.toArray())).isEqualTo(new Shell.Result(0, "", ""));
        return floats(out);
    }

    @Test
    void tokensOutsideTheVocabularyLeaveNoFile() {
        Path model = shared("golden/models/tiny-llama.f32.gguf");
        Path out = home.resolve("logits.bin");
        Shell.Result result = shell.run("debug", "logits", model, "--tokens", "1,99999", "--out", out);
        assertThat(result.code()).isEqualTo(ExitCode.USAGE);
        assertThat(result.err()).contains("99999");
        assertThat(home).isEmptyDirectory();
    }

    @Test
    void logitsGoWholeIntoAFileOrNowhere() throws IOException {
        Path model = shared("golden/models/tiny-llama.f32.gguf");
        for (Path wrong : List.of(home, home.resolve("no/such"))) {
            Shell.Result result = shell.run("debug", "logits", model, "--tokens", "1", "--out", wrong);
            assertThat(result.code()).isEqualTo(ExitCode.USAGE);
            assertThat(result.err().lines()).singleElement().asString().contains("folder");
        }
        assertThat(home).isEmptyDirectory();
        Path full = Path.of("/dev/full");
        assumeTrue(Files.exists(full) && !Files.isRegularFile(full), "no device that is always full");
        Path link = Files.createSymbolicLink(home.resolve("link"), full);
        Shell.Result result = shell.run("debug", "logits", model, "--tokens", "1", "--out", link);
        assertThat(result.code()).isEqualTo(ExitCode.FAILED);
        assertThat(result.err().lines()).singleElement().asString().contains(link.toString(), "space");
        assertThat(link).as("the device is still there").isSymbolicLink();
    }

    @Test
    void aPromptLongerThanTheContextNamesTheLimit() {
        Path model = shared("golden/models/tiny-llama.f32.gguf");
        Shell.Result result = shell.run(
                "debug", "logits", model, "--tokens", "1,2,3,4,5", "--context", "4", "--out", home.resolve("l"));
        assertThat(result.code()).isEqualTo(ExitCode.FAILED);
        assertThat(result.err()).contains("5 tokens", "4");
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama-spm", "gpt-2", "phi-3", "bert-bge"})
    void tokensAreThoseOfTheAuthors(String name) throws IOException {
        String base = "external/tokenizers/llama.cpp/ggml-vocab-" + name + ".gguf";
        Shell.Result result = shell.run("debug", "tokens", shared(base), "--samples", shared(base + ".inp"));
        assertThat(result.code()).isZero();
        List<String> golden = Files.readAllLines(shared(base + ".out"));
        assertThat(result.out().lines().map(String::strip).toList())
                .isEqualTo(golden.stream().map(String::strip).toList());
    }

    @Test
    void samplesSplitAtTheSeparator() {
        assertThat(DebugTokensCommand.split("a|b||", "|")).containsExactly("a", "b", "");
        assertThat(DebugTokensCommand.split("a|b", "|")).containsExactly("a", "b");
        assertThat(DebugTokensCommand.split("", "|")).isEmpty();
    }

    @Test
    void tokenizeShowsIdsAndTurnsThemBack() {
        Path vocabulary = shared("external/tokenizers/llama.cpp/ggml-vocab-gpt-2.gguf");
        assertThat(shell.run("tokenize", vocabulary, "--ids", "Hello, world").out())
                .isEqualTo("15496 11 995\n");
        assertThat(shell.run("tokenize", vocabulary, "--count", "Hello, world").out())
                .isEqualTo("3\n");
        assertThat(shell.run("tokenize", vocabulary, "--decode", "15496,11,995").out())
                .isEqualTo("Hello, world\n");
        assertThat(shell.run("tokenize", vocabulary, "Hello, world").out()).contains(" 15496 -> 'Hello'\n");
        shell.stdin = "Hello";
        assertThat(shell.run("tokenize", vocabulary, "--json").out()).contains("\"count\": 1", "15496");
    }

    @Test
    void rawGreedyAnswersRepeat() {
        Path model = shared("golden/models/tiny-llama.f32.gguf");
        Shell.Result first = shell.run("run", model, "--raw", "--temp", "0", "-n", "8", "--json", "hello");
        assertThat(first.code()).isZero();
        Map<?, ?> answer = (Map<?, ?>) Json.parse(first.out(), "answer");
        Shell.Result again = shell.run("run", model, "--raw", "--temp", "0", "-n", "8", "hello");
        assertThat(again.out().strip())
                .isEqualTo(((Map<?, ?>) answer.get("message"))
                        .get("content")
                        .toString()
                        .strip());
        assertThat(answer.get("model")).isEqualTo("tiny-llama.f32");
    }

    /** Each conversation through the real templates; what Jinja refused, we refuse. */
    @ParameterizedTest
    @ValueSource(strings = {"Qwen-Qwen3-0.6B", "GLM-4.6", "mistralai-Mistral-Nemo-Instruct-2407"})
    void templatesRenderAsInPython(String name) throws IOException {
        String folder = "external/chat-templates/";
        Path template = shared(folder + "templates/" + name + ".jinja");
        Map<?, ?> cases = (Map<?, ?>) Json.parse(Files.readString(shared(folder + "golden/_cases.json")), "cases");
        Map<?, ?> golden =
                (Map<?, ?>) Json.parse(Files.readString(shared(folder + "golden/" + name + ".jinja.json")), "golden");
        Map<?, ?> results = (Map<?, ?>) golden.get("results");
        assertThat(results).hasSizeGreaterThan(20);
        for (Map.Entry<?, ?> c : ((Map<?, ?>) cases.get("cases")).entrySet()) {
            Map<Object, Object> context = new LinkedHashMap<>((Map<?, ?>) c.getValue());
            if (context.remove("extra") instanceof Map<?, ?> arguments) context.putAll(arguments);
            context.put("bos_token", cases.get("bos_token"));
            context.put("eos_token", cases.get("eos_token"));
            context.put("now", cases.get("frozen_now"));
            Path file = shell.write("context.json", Json.compact(context));
            Shell.Result ours = shell.run("debug", "render", "--template", template, "--context", file);
            Map<?, ?> theirs = (Map<?, ?>) results.get(c.getKey());
            if (theirs.containsKey("output")) {
                assertThat(ours).as("%s", c.getKey()).isEqualTo(new Shell.Result(0, (String) theirs.get("output"), ""));
            } else {
                assertThat(ours.code()).as("%s", c.getKey()).isEqualTo(1);
                assertThat(ours.out()).isEmpty();
                assertThat(ours.err().lines()).hasSize(1);
            }
        }
    }

    @Test
    void aTemplateThatRaisesIsOneAndABrokenContextTwo() {
        Path template = shell.write("t.jinja", "{{ raise_exception('roles must alternate') }}");
        Path context = shell.write("c.json", "{}");
        Shell.Result raised = shell.run("debug", "render", "--template", template, "--context", context);
        assertThat(raised.code()).isEqualTo(1);
        assertThat(raised.out()).isEmpty();
        assertThat(raised.err()).contains("roles must alternate");
        for (String broken : List.of("[]", "{\"now\":\"soon\"}", "{")) {
            shell.write("c.json", broken);
            assertThat(shell.run("debug", "render", "--template", template, "--context", context)
                            .code())
                    .as(broken)
                    .isEqualTo(2);
        }
    }

    @Test
    void perplexityOfARandomModelIsNearItsVocabulary() throws IOException {
        Path model = shared("golden/models/tiny-llama.f32.gguf");
        Path text = shell.write("text.txt", "the quick brown fox jumps over the lazy dog. ".repeat(60));
        Shell.Result result = shell.run("perplexity", model, "-f", text, "-c", "64", "--chunks", "2", "--json");
        assertThat(result.code()).isZero();
        Map<?, ?> figures = (Map<?, ?>) Json.parse(result.out(), "figures");
        assertThat(figures.get("chunks")).isEqualTo(2L);
        // Of each chunk of 64 the positions 32 to 62 predict a successor.
        assertThat(figures.get("tokens_scored")).isEqualTo(62L);
        assertThat((Double) figures.get("perplexity")).isBetween(100.0, 5000.0);
        Shell.Result tooShort = shell.run("perplexity", model, "-f", shell.write("s.txt", "short"));
        assertThat(tooShort.code()).isEqualTo(2);
        assertThat(tooShort.err()).contains("fewer than");
    }

    @Test
    void benchReportsEachTest() {
        Path model = shared("golden/models/tinyq-llama.Q4_K_M.gguf");
        Shell.Result result = shell.run(
                "bench", model, "-p", "8", "-n", "4", "-r", "2", "-t", "1", "--cache-type", "q8_0", "-o", "json");
        assertThat(result.code()).isZero();
        List<?> tests = (List<?>) Json.parse(result.out(), "bench");
        assertThat(tests).hasSize(2);
        Map<?, ?> prompt = (Map<?, ?>) tests.getFirst();
        assertThat(prompt.get("n_prompt")).isEqualTo(8L);
        assertThat(prompt.get("n_gen")).isEqualTo(0L);
        assertThat(prompt.get("n_threads")).isEqualTo(1L);
        assertThat(prompt.get("type_k")).isEqualTo("q8_0");
        assertThat(prompt.get("model_size")).isEqualTo(892160L);
        assertThat(prompt.get("model_n_params")).isEqualTo(1443072L);
        assertThat((List<?>) prompt.get("samples_ts")).hasSize(2);
        assertThat(((Map<?, ?>) tests.getLast()).get("n_gen")).isEqualTo(4L);
    }

    @Test
    void aModelOfRandomWeightsAnswersNonsense() throws IOException {
        Path model = shell.write("nonsense.gguf", "");
        assertThat(shell.run("debug", "model", model).code()).isZero();
        Shell.Result shown = shell.run("show", model);
        assertThat(shown.code()).isZero();
        assertThat(shown.out()).contains("nonsense");
        Shell.Result answer = shell.run("run", model, "--temperature", "0", "--max-tokens", "12", "Hello");
        assertThat(answer.code()).isZero();
        assertThat(answer.out()).isNotBlank();
        Path again = shell.write("again.gguf", "");
        assertThat(shell.run("debug", "model", again).code()).isZero();
        assertThat(again).hasSameBinaryContentAs(model);
    }

    @Test
    void oneThreadIsOne() {
        Path model = shell.write("one.gguf", "");
        assertThat(shell.run("debug", "model", model).code()).isZero();
        Shell.Result result = shell.run("bench", model, "-p", "0", "-n", "2", "-r", "1", "-t", "1");
        assertThat(result.code()).as(result.err()).isZero();
        assertThat(result.out()).contains(", 1 thread: weights at ");
    }

    @Test
    void benchReportsWhatItMeasuredBeforeItFailedOrWasStopped() {
        Path model = shell.write("bench.gguf", "");
        assertThat(shell.run("debug", "model", model).code()).isZero();
        Path broken = shell.write("broken.gguf", "no model");
        Shell.Result result = shell.run("bench", model, broken, "-p", "4", "-n", "0", "-r", "1", "-t", "1");
        assertThat(result.code()).isEqualTo(ExitCode.FAILED);
        assertThat(result.err()).contains("broken.gguf");
        assertThat(result.out()).contains("pp4");
        shell.interrupt.cancel();
        Shell.Result stopped = shell.run("bench", model, "-p", "4", "-n", "0", "-r", "1", "-t", "1");
        assertThat(stopped.code()).isEqualTo(ExitCode.INTERRUPTED);
        assertThat(stopped.out()).isEmpty();
    }

    @Test
    void benchLaysAnotherReportBesideItsOwn() {
        Path model = shared("golden/models/tinyq-llama.Q4_K_M.gguf");
        // As llama-bench writes it, with a field of each kind that is not looked at.
        Path report = shell.write("other.json", """
                [{"build_commit": "x", "model_filename": "some/where/tinyq-llama.Q4_K_M.gguf", "n_threads": 1,
                  "n_prompt": 8, "n_gen": 4, "n_depth": 2, "avg_ts": 0.5, "embeddings": false, "samples_ts": [0.5]}]""");
        Shell.Result result = shell.run(
                "bench",
                model,
                model,
                "-p",
                "0",
                "-n",
                "2",
                "-pg",
                "8,4",
                "-d",
                "2",
                "-npl",
                "3",
                "-r",
                "1",
                "-t",
                "1",
                "--against",
                report);
        assertThat(result.code()).isZero();
        assertThat(result.out()).contains("pp8+tg4 @ d2").contains("tg2 @ d2 x 3");
        List<String> ratios = result.out()
                .lines()
                .filter(l -> l.startsWith("| tinyq-llama.Q4_K_M.gguf"))
                .toList();
        assertThat(ratios).hasSize(2).allMatch(l -> l.contains("| pp8+tg4 @ d2 |") && l.contains("0.50"));

        Path noReport = shell.write("none.json", "{\"a\": 1}");
        Shell.Result refused = shell.run("bench", model, "--against", noReport);
        assertThat(refused.code()).isEqualTo(ExitCode.USAGE);
        assertThat(refused.err().lines()).singleElement().asString().contains("none.json", "no report");
    }

    @Test
    void benchSaysWhichOfTheOtherReportsTestsItLeftOut() {
        Path model = shared("golden/models/tinyq-llama.Q4_K_M.gguf");
        Path report = shell.write("other.json", """
                [{"model_filename": "tinyq-llama.Q4_K_M.gguf", "n_threads": 1, "type_k": "f16", "type_v": "f16",
                  "n_prompt": 0, "n_gen": 2, "avg_ts": 0.5},
                 {"model_filename": "tinyq-llama.Q4_K_M.gguf", "n_threads": 1, "type_k": "q8_0", "type_v": "f16",
                  "n_prompt": 0, "n_gen": 2, "avg_ts": 0.5},
                 {"model_filename": "tinyq-llama.Q4_K_M.gguf", "n_threads": 2, "n_prompt": 8, "n_gen": 0, "avg_ts": 0.5}]""");
        String[] test = {"bench", model.toString(), "-p", "0", "-n", "2", "-r", "1", "-t", "1", "--against"};
        Shell.Result result = shell.run(words(test, report));
        assertThat(result.out().lines().filter(l -> l.startsWith("| tinyq-llama.Q4_K_M.gguf")))
                .hasSize(1);
        assertThat(result.out())
                .endsWith("of the other report: tinyq-llama.Q4_K_M.gguf tg2, 1 thread, f16 and q8_0 cache;"
                        + " tinyq-llama.Q4_K_M.gguf pp8, 2 threads\n");
        Shell.Result otherCache = shell.run(words(test, report, "--cache-type", "f32"));
        assertThat(otherCache.out())
                .contains("none of the other report's tests was run here")
                .contains("cache types");

        shell.write("other.json", """
                [{"model_filename": "x", "n_threads": 1, "n_prompt": 0, "n_gen": 2, "avg_ts": 0}]""");
        Shell.Result noSpeed = shell.run(words(test, report));
        assertThat(noSpeed.code()).isEqualTo(ExitCode.USAGE);
        assertThat(noSpeed.err()).contains("no report", "avg_ts");
    }

    private static Object[] words(String[] words, Object... more) {
        List<Object> all = new ArrayList<>(List.of(words));
        all.addAll(List.of(more));
        return all.toArray();
    }

    @Test
    void benchWritesAsManyFieldsInEachRowOfItsCsv() {
        Path model = shared("golden/models/tinyq-llama.Q4_K_M.gguf");
        Shell.Result result =
                shell.run("bench", model, "-p", "0", "-n", "2", "-npl", "1,2", "-r", "1", "-t", "1", "-o", "csv");
        List<String> lines = result.out().lines().toList();
        assertThat(lines).hasSize(3);
        List<String> names = List.of(lines.getFirst().split(","));
        assertThat(names).contains("n_parallel", "avg_ts");
        for (int i = 1; i < lines.size(); i++) {
            List<String> values = List.of(lines.get(i).split(",(?=\")"));
            assertThat(values).hasSameSizeAs(names);
            assertThat(values.get(names.indexOf("n_parallel"))).isEqualTo("\"" + i + "\"");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "-p 0 -n 0 | nothing to measure",
                "-pg 16 | two numbers like 512,128",
                "-pg a,b | two numbers like 512,128",
                "-pg 16,8, | two numbers like 512,128",
                "-pg 0,8 | -pg must be 1 to",
                "--cache-type frob | --cache-type is 'frob': use f32, f16, bf16, q8_0 or q4_0",
            })
    void benchRefusesWhatItCannotMeasure(String flags, String why) {
        Path model = shell.write("bench.gguf", "");
        assertThat(shell.run("debug", "model", model).code()).isZero();
        Shell.Result result = shell.run(words(("bench -r 1 " + flags).split(" "), model));
        assertThat(result.code()).isEqualTo(ExitCode.USAGE);
        assertThat(result.err().lines()).singleElement().asString().contains(why);
    }

    @Test
    void anEncoderIsRefusedWhereTokensArePredicted() {
        Path model = shared("golden/models/tiny-bert.f32.gguf");
        Path text = shell.write("text.txt", "the cat sat on the mat and looked at the other cat ".repeat(20));
        Shell.Result perplexity = shell.run("perplexity", model, "-f", text, "-c", "32");
        assertThat(perplexity.code()).isEqualTo(ExitCode.FAILED);
        assertThat(perplexity.err().lines()).singleElement().asString().contains("is an encoder");
        Shell.Result bench = shell.run("bench", model, "-r", "1");
        assertThat(bench.code()).isEqualTo(ExitCode.USAGE);
        assertThat(bench.err().lines()).singleElement().asString().contains("is an encoder", "-n 0");
        assertThat(shell.run("bench", model, "-r", "1", "-p", "8", "-n", "0").code())
                .isZero();
    }

    @Test
    void everyVerbSaysOnceThatSlowerKernelsRun() {
        assumeTrue(KernelTier.best().name().equals("native"), "there are no better kernels here to do without");
        Path model = shared("golden/models/tiny-llama.f32.gguf");
        Path text = shell.write("text.txt", "the cat sat on the mat and looked at the other cat ".repeat(20));
        Path logits = home.resolve("logits.bin");
        for (String verb : List.of(
                "run --raw -n 2 --temp 0 --kernels auto %s hi",
                "run --raw -n 2 --temp 0 %s hi",
                "bench -p 2 -n 0 -r 1 -t 1,2 %s",
                "embed %s hi",
                "perplexity --json -c 32 --chunks 1 -f " + text + " %s",
                "debug logits --tokens 1,2 --out " + logits + " %s")) {
            String command = verb.formatted("--cpu-features=-avx2 " + model);
            Shell.Result result = shell.run((Object[]) command.split(" "));
            assertThat(result.code()).as(command + result.err()).isZero();
            assertThat(result.err().lines())
                    .as(command)
                    .filteredOn(l -> l.contains("native kernels cannot run"))
                    .hasSize(1);
        }
    }

    /** Each of these begins like a short option of its verb. */
    @ParameterizedTest
    @CsvSource({"bench, -popcnt", "bench, -bmi2", "perplexity, -fma", "run, -sse4_1", "run, '-sse4_1,-frob'"})
    void aMaskIsNoOption(String verb, String mask) {
        Path model = shell.write("mask.gguf", "");
        assertThat(shell.run("debug", "model", model).code()).isZero();
        String[] call = switch (verb) {
            case "bench" -> new String[] {"bench", "-p", "2", "-n", "0", "-r", "1"};
            case "run" -> new String[] {"run", "--raw", "-n", "1"};
            default -> {
                Path text = shell.write("text.txt", "The cat sat on the mat. ".repeat(40));
                yield new String[] {"perplexity", "-c", "16", "--chunks", "1", "-f", text.toString()};
            }
        };
        for (List<Object> flag :
                List.of(List.<Object>of("--cpu-features=" + mask), List.<Object>of("--cpu-features", mask))) {
            List<Object> words = new ArrayList<>(List.of(call));
            words.addAll(flag);
            words.add(model);
            if (verb.equals("run")) words.add("hi");
            Shell.Result result = shell.run(words.toArray());
            if (mask.contains("frob")) assertThat(result.err()).contains("no processor feature 'frob'");
            else assertThat(result.code()).as(result.err()).isZero();
        }
        Shell.Result none = shell.run(call[0], model, "--cpu-features");
        assertThat(none.code()).isEqualTo(ExitCode.USAGE);
        assertThat(none.err().lines()).singleElement().asString().contains("--cpu-features");
    }

    @Test
    void aCacheTypeThatCannotBeIsWrongUsage() {
        Path model = shared("golden/models/tiny-llama.f32.gguf");
        for (String type : List.of("q4_k", "frob")) {
            Shell.Result result = shell.run("run", model, "--cache-type", type, "hi");
            assertThat(result.code()).isEqualTo(ExitCode.USAGE);
            assertThat(result.err().lines()).singleElement().asString().containsIgnoringCase(type);
        }
    }

    @Test
    void benchStatistics() {
        double[] v = {1, 2, 4};
        assertThat(BenchReport.mean(v)).isEqualTo(7 / 3.0, within(1e-12));
        assertThat(BenchReport.deviation(v)).isEqualTo(Math.sqrt(7 / 3.0), within(1e-12));
        assertThat(BenchReport.deviation(new double[] {5})).isZero();
    }
}
