package dev.dalang.engine.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.dalang.api.ChatRequest;
import dev.dalang.api.DalangException;
import dev.dalang.api.Prompt;
import dev.dalang.engine.testing.HostileFiles;
import dev.dalang.engine.testing.Shared;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every malformed GGUF of the shared collection, all the way to an answer: refused by name, or answered. */
@Timeout(60)
class HostileModelsTest {

    static Stream<HostileFiles.Case> files() {
        return HostileFiles.of("gguf");
    }

    @ParameterizedTest
    @MethodSource("files")
    void isRefusedByNameOrAnswers(HostileFiles.Case file) {
        Throwable thrown = catchThrowable(() -> {
            try (LocalModel model = LocalModel.open(file.path(), LoadOptions.DEFAULT.withThreads(1))) {
                model.complete(ChatRequest.builder("m", Prompt.user("hello"))
                        .maxTokens(2)
                        .build());
            }
        });
        if (thrown != null) {
            assertThat(thrown).isInstanceOf(DalangException.class);
            assertThat(thrown.getMessage()).isNotBlank().doesNotContain("\n", "Exception");
        }
        if (file.level().equals("structure") || file.level().equals("model")) {
            assertThat(thrown).as("must be refused").isNotNull();
            assertThat(thrown.getMessage()).contains(file.path().getFileName().toString());
        }
    }

    @Test
    void theSoundModelAnswers() {
        try (LocalModel model = LocalModel.open(
                Shared.require("external/hostile-files/files/ok_model_llama.gguf"), LoadOptions.DEFAULT)) {
            assertThat(model.complete(ChatRequest.builder("m", Prompt.user("hi"))
                                    .maxTokens(2)
                                    .build())
                            .usage()
                            .completionTokens())
                    .isPositive();
        }
    }
}
