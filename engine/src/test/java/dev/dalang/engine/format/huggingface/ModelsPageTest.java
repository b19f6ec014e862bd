package dev.dalang.engine.format.huggingface;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.engine.arch.Families;
import dev.dalang.engine.format.BlockType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The page of what runs names everything that does. */
class ModelsPageTest {

    private static String page() throws IOException {
        return Files.readString(Path.of("../docs/MODELS.md"));
    }

    @Test
    void namesEveryFamily() throws IOException {
        for (String family : Families.names()) assertThat(page()).contains("`" + family + "`");
    }

    @Test
    void namesEveryClassOfFolders() throws IOException {
        for (String name : HfFamilies.names()) assertThat(page()).contains("`" + name + "`");
    }

    @Test
    void namesEveryBlockType() throws IOException {
        List<String> words = List.of(page().split("[^A-Za-z0-9_]+"));
        for (BlockType type : BlockType.values()) assertThat(words).contains(type.name());
    }
}
