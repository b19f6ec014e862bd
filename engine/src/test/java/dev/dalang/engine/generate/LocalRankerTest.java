package dev.dalang.engine.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.dalang.api.Cancellation;
import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.engine.cache.Sequence;
import dev.dalang.engine.format.BlockType;
import dev.dalang.engine.format.Gguf;
import dev.dalang.engine.format.Metadata;
import dev.dalang.engine.format.ModelSource;
import dev.dalang.engine.format.TensorInfo;
import dev.dalang.engine.testing.Shared;
import dev.dalang.engine.tokenizer.Tokenizer;
import dev.dalang.engine.tokenizer.Tokenizers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A tiny BERT with a classifier of random weights, against the arithmetic written out. */
class LocalRankerTest {

    private static final String QUESTION = "who";
    private static final List<String> TEXTS = List.of("me", "you", "nobody");

    private final Arena arena = Arena.ofShared();
    private Gguf bert;
    private ModelRunner runner;
    private Tokenizer tokenizer;
    private int width;

    @BeforeEach
    void open() {
        bert = Gguf.open(Shared.require("golden/models/tiny-bert.f32.gguf"));
        tokenizer = Tokenizers.fromGguf(bert.metadata());
        width = (int) bert.metadata().integer("bert.embedding_length");
    }

    @AfterEach
    void close() {
        if (runner != null) runner.close();
        else if (bert != null) bert.close();
        arena.close();
    }

    /** The encoder with further tensors, and the type of pooling that goes with them. */
    private final class WithHead implements ModelSource {
        private final Map<String, TensorInfo> tensors = new LinkedHashMap<>(bert.tensors());
        private final Map<String, MemorySegment> data = new LinkedHashMap<>();
        private final Random random = new Random(3);

        WithHead add(String name, long... shape) {
            long n = 1;
            for (long s : shape) n *= s;
            MemorySegment values = arena.allocate(4 * n, 64);
            for (long i = 0; i < n; i++) values.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextGaussian());
            data.put(name, values);
            tensors.put(name, new TensorInfo(name, BlockType.F32, shape, 0, 0, 4 * n));
            return this;
        }

        float[] values(String name) {
            return data.get(name).toArray(ValueLayout.JAVA_FLOAT);
        }

        @Override
        public String name() {
            return bert.name();
        }

        @Override
        public Metadata metadata() {
            Map<String, Metadata.Value> all =
                    new LinkedHashMap<>(bert.metadata().asMap());
            all.put("bert.pooling_type", new Metadata.Value(Metadata.Type.UINT32, null, 4L));
            return new Metadata(bert.name(), all);
        }

        @Override
        public Map<String, TensorInfo> tensors() {
            return tensors;
        }

        @Override
        public MemorySegment data(TensorInfo t) {
            MemorySegment own = data.get(t.name());
            return own != null ? own : bert.data(t);
        }

        @Override
        public void close() {
            bert.close();
        }
    }

    private LocalRanker ranker(ModelSource source) {
        runner = new ModelRunner(source, LoadOptions.DEFAULT.withThreads(1));
        return new LocalRanker("ranker", runner, tokenizer);
    }

    /** The first token's state of {@code [CLS] question [SEP] text [SEP]}. */
    private float[] state(String text) {
        int[] question = tokenizer.withSpecials(tokenizer.encode(QUESTION, false));
        int[] answer = tokenizer.withSpecials(tokenizer.encode(text, false));
        int[] ids = new int[question.length + answer.length - 1];
        System.arraycopy(question, 0, ids, 0, question.length);
        System.arraycopy(answer, 1, ids, question.length, answer.length - 1);
        float[] first = new float[width];
        try (Sequence sequence = runner.newSequence()) {
            runner.evaluateStates(
                    sequence,
                    ids,
                    (position, row) -> {
                        if (position == 0) System.arraycopy(row, 0, first, 0, width);
                    },
                    Cancellation.NONE);
        }
        return first;
    }

    private static double dot(float[] weights, int row, double[] x) {
        double sum = 0;
        for (int i = 0; i < x.length; i++) sum += (double) weights[row * x.length + i] * x[i];
        return sum;
    }

    @Test
    void givesNoEmbeddings() {
        ranker(new WithHead().add("cls.output.weight", width, 1).add("cls.output.bias", 1));
        assertThatThrownBy(() -> new LocalEmbedder("mine", runner, tokenizer))
                .isInstanceOf(DalangException.class)
                .hasMessageStartingWith("mine was made to rank texts");
    }

    @Test
    void scoresEachTextWithTheQuestion() {
        WithHead head = new WithHead()
                .add("cls.weight", width, width)
                .add("cls.bias", width)
                .add("cls.output.weight", width, 1)
                .add("cls.output.bias", 1);
        LocalRanker.Ranking ranking = ranker(head).rank(QUESTION, TEXTS, Cancellation.NONE);
        assertThat(ranking.scores()).hasSize(3);
        assertThat(ranking.tokens()).isPositive();
        for (int t = 0; t < TEXTS.size(); t++) {
            float[] state = state(TEXTS.get(t));
            double[] x = new double[width];
            for (int i = 0; i < width; i++) x[i] = state[i];
            double[] hidden = new double[width];
            for (int i = 0; i < width; i++) {
                hidden[i] = Math.tanh(dot(head.values("cls.weight"), i, x) + head.values("cls.bias")[i]);
            }
            double score = dot(head.values("cls.output.weight"), 0, hidden) + head.values("cls.output.bias")[0];
            assertThat(ranking.scores()[t]).isCloseTo((float) score, within(1e-3f));
        }
    }

    @Test
    void refusesWhatWasNotMadeForIt() {
        assertThatThrownBy(() -> ranker(bert))
                .isInstanceOfSatisfying(
                        DalangException.class, e -> assertThat(e.failure()).isInstanceOf(Failure.Unsupported.class));
    }

    @Test
    void refusesAClassifierThatDoesNotFit() {
        WithHead head = new WithHead().add("cls.output.weight", width + 1, 1);
        assertThatThrownBy(() -> ranker(head))
                .isInstanceOfSatisfying(
                        DalangException.class, e -> assertThat(e.failure()).isInstanceOf(Failure.BadModelFile.class));
    }
}
