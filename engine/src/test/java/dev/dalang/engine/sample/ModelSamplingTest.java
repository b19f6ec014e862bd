package dev.dalang.engine.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.api.Sampling;
import dev.dalang.engine.format.Metadata;
import dev.dalang.engine.format.Metadata.Type;
import dev.dalang.engine.format.Metadata.Value;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ModelSamplingTest {

    @Test
    void requestOverModelOverDefault() {
        Sampling model = Sampling.builder().temperature(0.6f).topK(20).build();
        Sampling request = Sampling.builder().topK(5).seed(9L).build();
        SamplerSettings s = SamplerSettings.resolve(request, model, 77);
        assertThat(s.topK()).isEqualTo(5);
        assertThat(s.temperature()).isEqualTo(0.6f);
        assertThat(s.topP()).isEqualTo(0.95f);
        assertThat(s.seed()).isEqualTo(9);
        assertThat(SamplerSettings.resolve(Sampling.DEFAULT, Sampling.DEFAULT, 77))
                .isEqualTo(SamplerSettings.DEFAULT.withSeed(77));
    }

    @Test
    void readsTheKeysOfGguf() {
        Sampling s = ModelSampling.fromMetadata(new Metadata(
                "m.gguf",
                Map.of(
                        "general.sampling.temp", new Value(Type.FLOAT32, null, 0.6),
                        "general.sampling.top_k", new Value(Type.INT32, null, 20L),
                        "general.sampling.penalty_last_n", new Value(Type.INT32, null, -1L),
                        "general.sampling.mirostat", new Value(Type.INT32, null, 2L))));
        assertThat(s)
                .isEqualTo(Sampling.builder()
                        .temperature(0.6f)
                        .topK(20)
                        .repeatLastN(-1)
                        .mirostat(2)
                        .build());
        assertThatThrownBy(() -> ModelSampling.fromMetadata(
                        new Metadata("m.gguf", Map.of("general.sampling.top_p", new Value(Type.FLOAT32, null, 7.0)))))
                .isInstanceOfSatisfying(
                        DalangException.class, e -> assertThat(e.failure()).isInstanceOf(Failure.BadModelFile.class))
                .hasMessageContaining("m.gguf")
                .hasMessageContaining("top_p must be 0 to 1, not 7");
    }

    @Test
    void readsGenerationConfig() {
        String qwen = """
                {"bos_token_id": 151643, "do_sample": true, "eos_token_id": [151645, 151643], "temperature": 0.6,
                 "top_k": 20, "top_p": 0.95, "repetition_penalty": 1.05, "nested": {"top_k": 3}, "x": [1, {"a": 2}]}""";
        assertThat(ModelSampling.fromGenerationConfig(qwen, null))
                .isEqualTo(Sampling.builder()
                        .temperature(0.6f)
                        .topK(20)
                        .topP(0.95f)
                        .repeatPenalty(1.05f)
                        .build());
        assertThat(ModelSampling.fromGenerationConfig("{\"do_sample\": false}", null))
                .isEqualTo(Sampling.GREEDY);
        assertThat(ModelSampling.fromGenerationConfig("{}", null)).isEqualTo(Sampling.DEFAULT);
        for (String bad : new String[] {"", "[1]", "{\"top_k\":", "{\"a\":" + "[".repeat(5000), "{\"top_p\": 9}"}) {
            assertThatThrownBy(() -> ModelSampling.fromGenerationConfig(bad, "g.json"))
                    .isInstanceOfSatisfying(
                            DalangException.class,
                            e -> assertThat(e.failure()).isInstanceOf(Failure.BadModelFile.class))
                    .hasMessageContaining("g.json");
        }
    }
}
