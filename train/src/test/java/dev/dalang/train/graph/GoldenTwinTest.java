package dev.dalang.train.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.engine.arch.Families;
import dev.dalang.engine.format.Gguf;
import dev.dalang.engine.kernel.Compute;
import dev.dalang.engine.kernel.Floats;
import dev.dalang.engine.kernel.KernelTier;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * The twin's logits against those of the reference implementation, for every golden model: within the tolerances that
 * the engine is held to. What has no derivative must be refused by name.
 */
class GoldenTwinTest {

    private static final double EXACT = 1e-4;
    private static final double QUANTISED = 1e-3;

    /** Of plain attention and feed-forward networks; all others have experts, recurrences or other parts. */
    private static final Set<String> PLAIN = Set.of(
            "llama",
            "mistral3",
            "qwen2",
            "qwen3",
            "gemma",
            "gemma2",
            "gemma3",
            "phi2",
            "phi3",
            "granite",
            "granitemoe",
            "glm4",
            "cohere2",
            "olmo2",
            "smollm3",
            "stablelm",
            "starcoder2",
            "gpt2",
            "falcon",
            "ernie4_5",
            "exaone4",
            "hunyuan-dense",
            "seed_oss",
            "arcee");

    private record Golden(String name, Path model, int[] tokens, int context, FloatBuffer logits) {}

    @TestFactory
    List<DynamicTest> modelsOfRealTokenizers() throws IOException {
        return tests(shared("golden"));
    }

    @TestFactory
    List<DynamicTest> modelOfEveryFamily(@TempDir Path folder) throws Exception {
        Path archive = shared("golden/zoo.tar.xz");
        int status = new ProcessBuilder("tar", "xJf", archive.toString(), "-C", folder.toString())
                .inheritIO()
                .start()
                .waitFor();
        Assumptions.assumeTrue(status == 0, "tar cannot unpack " + archive);
        return tests(folder.resolve("zoo"));
    }

    private static Path shared(String relative) {
        String root = System.getProperty("dalang.shared");
        Assumptions.assumeTrue(root != null, "the system property dalang.shared is not set");
        Path path = Path.of(root, relative);
        Assumptions.assumeTrue(Files.exists(path), () -> "no shared test data at " + path);
        return path;
    }

    private static List<DynamicTest> tests(Path folder) throws IOException {
        List<DynamicTest> tests = new ArrayList<>();
        try (Stream<Path> files = Files.list(folder.resolve("logits"))) {
            for (Path description : files.sorted().toList()) {
                String name = description.getFileName().toString();
                boolean reduced = name.contains(".f16gelu.")
                        || Files.exists(description.resolveSibling(name.replace(".json", ".f32ref.json")));
                if (!name.endsWith(".json") || reduced) continue;
                Golden golden = read(folder, description);
                tests.add(DynamicTest.dynamicTest(golden.name, () -> check(golden)));
            }
        }
        return tests;
    }

    private static void check(Golden golden) {
        try (Gguf file = Gguf.open(golden.model);
                Compute compute = new Compute(KernelTier.named("exact"), 2)) {
            String family = file.metadata().string("general.architecture");
            boolean mixture = file.tensors().keySet().stream().anyMatch(t -> t.contains("_exps"));
            if (mixture || !PLAIN.contains(family)) {
                assertThatThrownBy(() -> logits(golden, file, compute, frozen()))
                        .isInstanceOfSatisfying(
                                DalangException.class,
                                e -> assertThat(e.failure()).isInstanceOf(Failure.Unsupported.class))
                        .hasMessageContaining("'" + family + "'");
                return;
            }
            double tolerance = golden.name.endsWith(".f32ref") ? QUANTISED : EXACT;
            close(golden, logits(golden, file, compute, frozen()), tolerance);
            close(golden, logits(golden, file, compute, new Trained.All()), tolerance);
        }
    }

    /** An adapter that adds nothing yet. */
    private static Trained frozen() {
        return new Trained.Lora(t -> t.startsWith("blk.0."), 2, 4, 0, 1);
    }

    private static void close(Golden golden, float[] logits, double tolerance) {
        assertThat(logits).hasSize(golden.logits.capacity());
        double worst = 0;
        for (int i = 0; i < logits.length; i++) {
            double difference = Math.abs(logits[i] - golden.logits.get(i));
            worst = Double.isNaN(difference) ? Double.POSITIVE_INFINITY : Math.max(worst, difference);
        }
        assertThat(worst).as("largest difference of a logit").isLessThan(tolerance);
    }

    private static float[] logits(Golden golden, Gguf file, Compute compute, Trained trained) {
        GraphSettings settings = GraphSettings.DEFAULT.withExact(true);
        try (TrainableDecoder network =
                TrainableDecoder.of(Families.assemble(file, golden.context), compute, trained, settings)) {
            int[] none = new int[golden.tokens.length];
            Arrays.fill(none, Batch.IGNORED);
            Floats out = Floats.allocate(Arena.ofAuto(), golden.logits.capacity());
            network.logits(new Batch(golden.tokens, none, new int[golden.tokens.length]), out);
            return out.toArray();
        }
    }

    private static Golden read(Path folder, Path description) throws IOException {
        String base = description.getFileName().toString().replaceAll("\\.json$", "");
        Path model = folder.resolve("models").resolve(base + ".gguf");
        if (!Files.exists(model)) model = model.resolveSibling(base.replaceAll("\\.[a-z0-9]+$", "") + ".gguf");
        List<Integer> tokens = new ArrayList<>();
        int context = 0;
        try (JsonParser p = new JsonFactory().createParser(ObjectReadContext.empty(), Files.readString(description))) {
            p.nextToken();
            while (p.nextToken() == JsonToken.PROPERTY_NAME) {
                String key = p.currentName();
                p.nextToken();
                switch (key) {
                    case "n_ctx" -> context = p.getIntValue();
                    case "tokens" -> {
                        while (p.nextToken() != JsonToken.END_ARRAY) tokens.add(p.getIntValue());
                    }
                    default -> p.skipChildren();
                }
            }
        }
        byte[] logits = Files.readAllBytes(description.resolveSibling(base + ".logits.bin"));
        return new Golden(
                base,
                model,
                tokens.stream().mapToInt(Integer::intValue).toArray(),
                context,
                ByteBuffer.wrap(logits).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer());
    }
}
