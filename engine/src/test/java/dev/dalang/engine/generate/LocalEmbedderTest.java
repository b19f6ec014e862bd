package dev.dalang.engine.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.dalang.api.Cancellation;
import dev.dalang.api.ChatRequest;
import dev.dalang.api.DalangException;
import dev.dalang.api.EmbeddingRequest;
import dev.dalang.api.EmbeddingResponse;
import dev.dalang.api.Failure;
import dev.dalang.api.Prompt;
import dev.dalang.api.Truncation;
import dev.dalang.engine.cache.Sequence;
import dev.dalang.engine.format.Gguf;
import dev.dalang.engine.testing.Shared;
import dev.dalang.engine.tokenizer.Tokenizers;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A tiny BERT against the per-token vectors of the reference implementation. */
class LocalEmbedderTest {

    private ModelRunner runner;
    private float[][] states;
    private int[] ids;

    @BeforeEach
    void open() throws IOException {
        Path model = Shared.require("golden/models/tiny-bert.f32.gguf");
        String json = Files.readString(Shared.require("golden/logits/tiny-bert.f32.json"));
        String list = json.substring(json.indexOf("\"tokens\": [") + 11);
        ids = Arrays.stream(list.substring(0, list.indexOf(']')).split(","))
                .mapToInt(s -> Integer.parseInt(s.trim()))
                .toArray();
        FloatBuffer want = ByteBuffer.wrap(Files.readAllBytes(Shared.require("golden/logits/tiny-bert.f32.logits.bin")))
                .order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer();
        states = new float[ids.length][want.capacity() / ids.length];
        for (float[] s : states) want.get(s);
        // Batches shorter than the input: an encoder must not be cut.
        runner = new ModelRunner(
                Gguf.open(model), LoadOptions.DEFAULT.withThreads(2).withBatch(3));
    }

    @AfterEach
    void close() {
        if (runner != null) runner.close();
    }

    @Test
    void anEncoderIsRefusedAnswersByTheNameThatItWasAskedBy() {
        try (LocalModel model =
                LocalModel.open(Shared.require("golden/models/tiny-bert.f32.gguf"), LoadOptions.DEFAULT)) {
            ChatRequest asked =
                    ChatRequest.builder("reader:latest", Prompt.user("hi")).build();
            assertThatThrownBy(() -> model.complete(asked)).hasMessageStartingWith("reader:latest is an encoder");
        }
    }

    private LocalEmbedder embedder(Pooling pooling) {
        return new LocalEmbedder(
                "tiny-bert", runner, Tokenizers.fromGguf(runner.source().metadata()), pooling);
    }

    private EmbeddingResponse embed(Pooling pooling, Integer dimensions, Truncation truncation, int[] tokens) {
        EmbeddingRequest request = new EmbeddingRequest(
                "tiny-bert",
                List.of(new Prompt.Tokens(tokens)),
                dimensions,
                EmbeddingRequest.Purpose.UNSPECIFIED,
                truncation,
                null);
        return embedder(pooling).embed(request, Cancellation.NONE);
    }

    @Test
    void poolsAsTheFileAsks() {
        LocalEmbedder embedder = new LocalEmbedder(
                "tiny-bert", runner, Tokenizers.fromGguf(runner.source().metadata()));
        assertThat(embedder.pooling()).isEqualTo(Pooling.CLS);
        assertThat(embedder.dimensions()).isEqualTo(states[0].length);
    }

    @Test
    void takesTheFirstTheLastOrTheMean() {
        assertUnit(embed(Pooling.CLS, null, Truncation.REFUSE, ids).vectors().getFirst(), states[0]);
        assertUnit(embed(Pooling.LAST, null, Truncation.REFUSE, ids).vectors().getFirst(), states[ids.length - 1]);
        float[] mean = new float[states[0].length];
        for (float[] s : states) for (int i = 0; i < mean.length; i++) mean[i] += s[i] / ids.length;
        EmbeddingResponse response = embed(Pooling.MEAN, null, Truncation.REFUSE, ids);
        assertUnit(response.vectors().getFirst(), mean);
        assertThat(response.usage().promptTokens()).isEqualTo(ids.length);
    }

    @Test
    void shortensAndNormalisesAgain() {
        float[] vector =
                embed(Pooling.CLS, 10, Truncation.REFUSE, ids).vectors().getFirst();
        assertThat(vector).hasSize(10);
        assertUnit(vector, Arrays.copyOf(states[0], 10));
        assertThatThrownBy(() -> embed(Pooling.CLS, 1000, Truncation.REFUSE, ids))
                .isInstanceOf(DalangException.class);
    }

    @Test
    void refusesOrCutsWhatIsTooLong() {
        int[] tooLong = new int[runner.contextLength() + 1];
        Arrays.fill(tooLong, ids[1]);
        assertThatThrownBy(() -> embed(Pooling.CLS, null, Truncation.REFUSE, tooLong))
                .isInstanceOfSatisfying(
                        DalangException.class,
                        e -> assertThat(e.failure()).isInstanceOf(Failure.ContextOverflow.class));
        EmbeddingResponse cut = embed(Pooling.CLS, null, Truncation.DROP_OLDEST, tooLong);
        assertThat(cut.notices()).anyMatch(n -> n.code().equals("input_truncated"));
        assertThat(cut.usage().promptTokens()).isEqualTo(runner.contextLength());
    }

    @Test
    void oneTextIsTheSameAloneAndAmongOthers() {
        LocalEmbedder embedder = embedder(Pooling.MEAN);
        float[] alone = embedder.embed(EmbeddingRequest.of("m", List.of("hello world")), Cancellation.NONE)
                .vectors()
                .getFirst();
        EmbeddingResponse both =
                embedder.embed(EmbeddingRequest.of("m", List.of("another", "hello world")), Cancellation.NONE);
        assertThat(both.vectors().get(1)).isEqualTo(alone);
    }

    @Test
    void anEncoderTakesNothingAfterItsInput() {
        try (Sequence sequence = runner.newSequence()) {
            runner.evaluateAll(sequence, ids, (i, row) -> {});
            assertThatThrownBy(() -> runner.evaluateAll(sequence, ids, (i, row) -> {}))
                    .isInstanceOf(DalangException.class)
                    .hasMessageContaining("as a whole");
        }
    }

    private static void assertUnit(float[] got, float[] want) {
        double squares = 0;
        for (float w : want) squares += (double) w * w;
        for (int i = 0; i < want.length; i++) {
            assertThat((double) got[i]).isCloseTo(want[i] / Math.sqrt(squares), within(1e-5));
        }
    }
}
