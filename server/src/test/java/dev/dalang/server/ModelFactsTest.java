package dev.dalang.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.engine.format.GgufWriter;
import dev.dalang.hub.store.InstalledModel;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelFactsTest {

    @TempDir
    private Path folder;

    private Set<String> capabilities(int pooling) {
        Path file = folder.resolve("pooling-" + pooling + ".gguf");
        new GgufWriter()
                .put("general.architecture", "bert")
                .put("bert.pooling_type", pooling)
                .write(file);
        InstalledModel model =
                new InstalledModel("reader", file, 1, Instant.EPOCH, InstalledModel.Holder.FILE, null, List.of());
        return new ModelFacts().of(model).capabilities();
    }

    @Test
    void anEncoderGivesEmbeddingsUnlessItRanksTexts() {
        assertThat(capabilities(2)).containsExactly("embedding");
        assertThat(capabilities(4)).isEmpty();
    }
}
