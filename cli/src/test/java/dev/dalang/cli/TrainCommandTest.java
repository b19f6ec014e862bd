package dev.dalang.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.engine.format.GgufWriter;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainCommandTest {

    private static final String RECIPE = """
            [model]
            name = "Tiny"
            temperature = 0.25
            description = "Knows the colours of things."
            licence = "CC0-1.0"
            [tokenizer]
            size = 330
            special = ["<|user|>", "<|assistant|>", "<|system|>"]
            [shape]
            context = 48
            embedding = 32
            layers = 2
            heads = 4
            kv_heads = 2
            feed_forward = 48
            [chat]
            template = "chat.jinja"
            [data]
            held_out = 0.1
            [[data.source]]
            name = "tales"
            files = ["tales.txt"]
            cut = "lines"
            [[data.source]]
            name = "talk"
            kind = "chat"
            files = ["*.jsonl"]
            [training]
            steps = 12
            batch = 256
            threads = 2
            [schedule]
            rate = 5e-3
            [validation]
            every = 6
            [checkpoints]
            every = 5
            [samples]
            every = 6
            prompts = ["What colour is the hat?"]
            tokens = 8
            [output]
            folder = "out"
            gguf = ["F32", "Q8_0"]
            """;

    @TempDir
    Path home;

    @Test
    void aRunThatWasInterruptedEndsLikeOneThatWasNot() throws Exception {
        Path recipe = recipe();
        Shell whole = new Shell(home);
        Shell.Result done = whole.run("train", recipe, "--output", home.resolve("whole"));
        assertThat(done.code()).as(done.err()).isZero();
        assertThat(done.out().lines())
                .containsExactly(
                        home.resolve("whole/tiny-F32.gguf").toString(),
                        home.resolve("whole/tiny-Q8_0.gguf").toString(),
                        home.resolve("whole/huggingface").toString(),
                        home.resolve("whole/report.html").toString());
        assertThat(done.err()).contains("step 6  validation loss", "> What colour is the hat?", "step 12/12  loss");

        Path parts = home.resolve("parts");
        Shell.Result stopped = interruptedAt(7, "train", recipe, "--output", parts, "--json");
        assertThat(stopped.code()).isEqualTo(ExitCode.INTERRUPTED);
        assertThat(stopped.err()).contains("stopped at step 7; saved in", "--output " + parts + " --resume` goes on");
        assertThat(parts.resolve("report.html")).exists();
        assertThat(parts.resolve("tiny-F32.gguf")).doesNotExist();

        Shell.Result again = new Shell(home).run("train", recipe, "--output", parts);
        assertThat(again.code()).isEqualTo(ExitCode.USAGE);
        assertThat(again.err()).contains("holds a run that was begun", "--resume goes on with it");

        Shell.Result other =
                new Shell(home).run("train", recipe, "--output", parts, "--resume", "--set", "schedule.rate=1e-3");
        assertThat(other.code()).isEqualTo(ExitCode.USAGE);
        assertThat(other.err()).contains("belongs to another run");

        Shell.Result resumed = new Shell(home).run("train", recipe, "--output", parts, "--resume");
        assertThat(resumed.code()).as(resumed.err()).isZero();
        assertThat(resumed.err()).contains("going on from step 7");
        for (String file : List.of("tiny-F32.gguf", "tiny-Q8_0.gguf", "huggingface/model.safetensors")) {
            assertThat(parts.resolve(file))
                    .hasSameBinaryContentAs(home.resolve("whole").resolve(file));
        }
        assertThat(parts.resolve("report.html"))
                .content()
                .contains("12 of 12", "Sittings", "Knows the colours of things.");

        for (String model : List.of("parts/tiny-Q8_0.gguf", "parts/huggingface")) {
            Shell.Result answer =
                    new Shell(home).run("run", home.resolve(model), "--max-tokens", "4", "--seed", "1", "What colour?");
            assertThat(answer.code()).as(answer.err()).isZero();
        }
        Shell.Result show = new Shell(home).run("show", home.resolve("parts/tiny-Q8_0.gguf"), "--json");
        assertThat(show.out()).contains("CC0-1.0");
        assertThat(Files.readString(home.resolve("parts/tiny-Q8_0.gguf"), StandardCharsets.ISO_8859_1))
                .contains("general.sampling.temp");
        assertThat(home.resolve("parts/huggingface/generation_config.json"))
                .content()
                .containsPattern("\"do_sample\" ?: ?true")
                .containsPattern("\"temperature\" ?: ?0.25");
    }

    /** What is written as floats is the very network: its loss before the first step is that after the last one. */
    @Test
    void aRunGoesOnFromAModel() throws Exception {
        Path recipe = recipe();
        Shell.Result first = new Shell(home).run("train", recipe, "--json");
        assertThat(first.code()).as(first.err()).isZero();
        String text = Files.readString(recipe);
        Path further = Files.writeString(
                home.resolve("further.toml"),
                text.substring(0, text.indexOf("[tokenizer]"))
                        + "[start]\nmodel = \"out/tiny-F32.gguf\"\n"
                        + text.substring(text.indexOf("[data]"))
                                .replace("folder = \"out\"", "folder = \"further\"\nhuggingface = \"none\""));
        Shell.Result plan = new Shell(home).run("train", further, "--dry-run");
        assertThat(plan.out()).as(plan.err()).containsPattern("goes on from +" + home.resolve("out/tiny-F32.gguf"));
        Shell.Result second = new Shell(home).run("train", further, "--json");
        assertThat(second.code()).as(second.err()).isZero();
        Shell.Result third = new Shell(home)
                .run(
                        "train",
                        further,
                        "--json",
                        "--output",
                        home.resolve("third"),
                        "--set",
                        "start.model=further/tiny-F32.gguf",
                        "--set",
                        "training.steps=1");
        assertThat(third.code()).as(third.err()).isZero();
        // Not those of the first run, which settles the rows of tokens that it never saw before it writes them.
        assertThat(validations(second).getLast()).isLessThan(validations(first).getLast());
        assertThat(validations(third).getFirst()).isEqualTo(validations(second).getLast());
        Shell.Result answer =
                new Shell(home).run("run", home.resolve("further/tiny-F32.gguf"), "--max-tokens", "4", "What colour?");
        assertThat(answer.code()).as(answer.err()).isZero();

        Shell.Result both = new Shell(home).run("train", further, "--set", "shape.layers=3");
        assertThat(both.code()).isEqualTo(ExitCode.USAGE);
        assertThat(both.err()).contains("shape comes with the model that start.model names: leave it out");
        Shell.Result gone = new Shell(home).run("train", further, "--set", "start.model=gone.gguf");
        assertThat(gone.err()).contains("start.model names", "there is no such file");
        Path qwen = home.resolve("qwen.gguf");
        new GgufWriter().put("general.architecture", "qwen3").write(qwen);
        Shell.Result another = new Shell(home).run("train", further, "--set", "start.model=" + qwen);
        assertThat(another.code()).isEqualTo(ExitCode.USAGE);
        assertThat(another.err())
                .contains("is no plain decoder of the Llama family, which is what a recipe trains: its architecture");
    }

    private static List<Double> validations(Shell.Result run) {
        return run.out()
                .lines()
                .map(line -> (Map<?, ?>) Json.parse(line, "line"))
                .filter(event -> "validated".equals(event.get("event")))
                .map(event -> ((Number) event.get("loss")).doubleValue())
                .toList();
    }

    @Test
    void everyEventIsALineOfJson() throws Exception {
        Shell.Result done = new Shell(home).run("train", recipe(), "--json", "--set", "training.steps=3");
        assertThat(done.code()).as(done.err()).isZero();
        List<Object> events = done.out()
                .lines()
                .map(line -> ((Map<?, ?>) Json.parse(line, "line")).get("event"))
                .map(Object.class::cast)
                .toList();
        assertThat(events).startsWith("started", "validated", "step").endsWith("ended", "exported");
        assertThat(events.stream().filter("step"::equals)).hasSize(3);
    }

    @Test
    void onATerminalACurveRenewsItselfWithinTheWindow() throws Exception {
        Shell shell = new Shell(home);
        shell.errIsTerminal = true;
        shell.environment.put("COLUMNS", "60");
        shell.environment.put("LINES", "20");
        Shell.Result done = shell.run("train", recipe());
        assertThat(done.code()).as(done.err()).isZero();
        assertThat(done.err()).contains("\u001b[", "┤", "12/12");
        for (String line : done.err().replaceAll("\u001b\\[[0-9]*[A-Z]", "").split("[\r\n]+")) {
            if (line.startsWith("dalang:")) continue;
            assertThat(line.codePointCount(0, line.length())).as(line).isLessThan(60);
        }
        Path out = home.resolve("out");
        shell.environment.put("NO_COLOR", "1");
        Shell.Result quiet = shell.run("train", recipe(), "--output", out + "2", "--set", "training.steps=2");
        assertThat(quiet.err()).doesNotContain("\u001b");
    }

    @Test
    void aDryRunShowsThePlanAndWritesNothing() throws Exception {
        Shell.Result plan = new Shell(home).run("train", recipe(), "--dry-run");
        assertThat(plan.code()).as(plan.err()).isZero();
        assertThat(plan.out()).contains("tales", "talk", "parameters", "memory", "tokens/s", "expected time");
        assertThat(home.resolve("out")).doesNotExist();
    }

    @Test
    void aRunThatDivergesEndsWithAdvice() throws Exception {
        // Forty steps of learning and a rate that goes on rising.
        Map<String, Object> wild = Map.of(
                "training.steps", 200,
                "training.clip", 0,
                "schedule.kind", "constant",
                "schedule.rate", 10,
                "schedule.warmup", 100,
                "validation.every", 0,
                "samples.every", 500);
        List<Object> args = new ArrayList<>(List.of("train", recipe(), "--plain"));
        wild.forEach((key, value) -> args.addAll(List.of("--set", key + "=" + value)));
        Shell.Result r = new Shell(home).run(args.toArray());
        assertThat(r.code()).isEqualTo(ExitCode.FAILED);
        assertThat(r.out()).isEmpty();
        assertThat(r.err().lines().toList().getLast())
                .startsWith("dalang: the training diverged at step ")
                .contains("a lower schedule.rate or a longer schedule.warmup helps", "the last good weights are in ")
                .contains("report: ");
        assertThat(home.resolve("out/report.html")).exists();
        assertThat(home.resolve("out/tiny-F32.gguf")).doesNotExist();
    }

    @Test
    void whatIsWrongWithARecipeIsOneLine() throws Exception {
        Shell shell = new Shell(home);
        Path recipe = recipe();
        Shell.Result typo = shell.run("train", recipe, "--set", "shape.layer=2");
        assertThat(typo.code()).isEqualTo(ExitCode.USAGE);
        assertThat(typo.err())
                .isEqualTo("dalang: --set shape.layer: shape.layer is no key of a recipe; did you mean"
                        + " layers?; here are embedding, heads, kv_heads, head_size, context, layers, feed_forward, rope_base,"
                        + " norm_epsilon, tied\n");
        Shell.Result gone = shell.run("train", home.resolve("gone.toml"));
        assertThat(gone.code()).isEqualTo(ExitCode.FAILED);
        assertThat(gone.err()).contains("gone.toml: no such file").hasLineCount(1);
        Shell.Result generator = shell.run(
                "train", recipe, "--set", "data.source.tales.kind=generator", "--set", "data.source.tales.generator=x");
        assertThat(generator.code()).isEqualTo(ExitCode.USAGE);
    }

    /** Presses Ctrl-C when a step's line has been printed. */
    private Shell.Result interruptedAt(int step, Object... args) {
        Shell shell = new Shell(home);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        String sign = "\"event\":\"step\",\"step\":" + step + ",";
        OutputStream watched = new OutputStream() {
            @Override
            public void write(int b) {
                out.write(b);
            }

            @Override
            public void flush() {
                if (out.toString(StandardCharsets.UTF_8).contains(sign)) shell.interrupt.cancel();
            }
        };
        String[] words = new String[args.length];
        for (int i = 0; i < args.length; i++) words[i] = args[i].toString();
        int code = Dalang.execute(
                shell.around(
                        new PrintStream(watched, false, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8)),
                words);
        return new Shell.Result(code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    private Path recipe() throws Exception {
        Random random = new Random(4);
        List<String> things = List.of("ball", "hat", "cup", "kite");
        List<String> colours = List.of("red", "blue", "green");
        StringBuilder tales = new StringBuilder();
        StringBuilder talk = new StringBuilder();
        for (int i = 0; i < 150; i++) {
            String thing = things.get(random.nextInt(4));
            String colour = colours.get(random.nextInt(3));
            tales.append("The " + thing + " number " + i + " is " + colour + ".\n");
            talk.append("{\"messages\":[{\"role\":\"user\",\"content\":\"A " + colour + " " + thing + " " + i
                    + ". What colour is it?\"},{\"role\":\"assistant\",\"content\":\"It is " + colour + ".\"}]}\n");
        }
        Files.writeString(home.resolve("tales.txt"), tales);
        Files.writeString(home.resolve("talk.jsonl"), talk);
        Files.writeString(
                home.resolve("chat.jinja"),
                "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}<|end|>{% endfor %}"
                        + "{% if add_generation_prompt %}<|assistant|>{% endif %}");
        return Files.writeString(home.resolve("tiny.toml"), RECIPE);
    }
}
