package dev.dalang.engine.arch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.dalang.api.Cancellation;
import dev.dalang.api.ChatEvent;
import dev.dalang.api.ChatRequest;
import dev.dalang.api.Prompt;
import dev.dalang.api.Sampling;
import dev.dalang.api.TokenScore;
import dev.dalang.engine.assembler.CpuFeatures;
import dev.dalang.engine.generate.LoadOptions;
import dev.dalang.engine.generate.LocalModel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A model loads and answers on every processor that this one can be taken for: with any features that the kernels ask
 * for missing. Up to sixty of these processors in each build, with {@code -Ddalang.test.masks=10000} all of them.
 */
class CpuMasksTest {

    private static final List<String> ASKED_FOR = List.of(
            "avx2",
            "fma",
            "f16c",
            "avx_vnni",
            "avx512f",
            "avx512bw",
            "avx512dq",
            "avx512vl",
            "avx512_vnni",
            "avx512_bf16",
            "amx_tile",
            "amx_int8",
            "amx_bf16");

    /** How far a log-probability may be from the scalar one: activations are rounded to 8 bits, or BF16. */
    private static final double NEAR = 0.05;

    @TempDir
    Path folder;

    @Test
    void answersWhateverIsMissing() throws Exception {
        Path file = TinyModel.withVocabulary(TinyFamilies.of("llama").write(folder), folder.resolve("model.gguf"));
        List<TokenScore> expected = answer(file, LoadOptions.DEFAULT.withKernels("scalar"));
        List<String> masks = new ArrayList<>(masks().values());
        Collections.shuffle(masks, new Random(11));
        for (String mask : masks.subList(0, Math.min(masks.size(), Integer.getInteger("dalang.test.masks", 60)))) {
            List<TokenScore> scores = answer(file, LoadOptions.DEFAULT.withCpuFeatures(mask));
            assertThat(scores).as(mask).hasSameSizeAs(expected);
            for (int i = 0; i < scores.size(); i++) {
                assertThat(scores.get(i).id())
                        .as(mask)
                        .isEqualTo(expected.get(i).id());
                assertThat((double) scores.get(i).logprob())
                        .as(mask)
                        .isCloseTo(expected.get(i).logprob(), within(NEAR));
            }
        }
    }

    /** A mask for each processor that is different from the others. */
    private static Map<String, String> masks() {
        CpuFeatures here = CpuFeatures.detect();
        Map<String, String> masks = new LinkedHashMap<>();
        for (int missing = 1; missing < 1 << ASKED_FOR.size(); missing++) {
            List<String> names = new ArrayList<>();
            for (int i = 0; i < ASKED_FOR.size(); i++) if ((missing >> i & 1) > 0) names.add("-" + ASKED_FOR.get(i));
            String mask = String.join(",", names);
            masks.putIfAbsent(here.masked(mask).toString(), mask);
        }
        masks.remove(here.toString());
        return masks;
    }

    private static List<TokenScore> answer(Path file, LoadOptions options) {
        List<TokenScore> scores = new ArrayList<>();
        ChatRequest request = ChatRequest.builder("m", new Prompt.Tokens(new int[] {5, 17, 42, 8, 61, 30, 2, 77, 19}))
                .maxTokens(4)
                .topLogprobs(0)
                .sampling(Sampling.builder().temperature(0f).build())
                .build();
        try (LocalModel model = LocalModel.open(file, options.withThreads(1))) {
            model.chat(request, Cancellation.NONE, e -> {
                if (e instanceof ChatEvent.TokenScores s) scores.addAll(s.tokens());
            });
        }
        assertThat(scores).isNotEmpty();
        return scores;
    }
}
