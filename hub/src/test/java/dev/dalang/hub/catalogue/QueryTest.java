package dev.dalang.hub.catalogue;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Searches of the shipped catalogue, in the words that people use. */
class QueryTest {

    @TempDir
    Path home;

    private List<String> find(String... typed) {
        Catalogue c = new Catalogues(home, Signatures.ofProject()).current().catalogue();
        return new Query(Query.words(List.of(typed)), null, null, null, null, Set.of())
                .find(c, m -> true).stream().map(CatalogueModel::name).toList();
    }

    @Test
    void aQuestionIsReducedToWhatItIsAbout() {
        assertThat(Query.words(List.of("Can I download ChatGPT?"))).containsExactly("chatgpt");
        assertThat(Query.words(List.of("can", "I", "run", "Claude", "here?"))).containsExactly("claude");
        assertThat(Query.isQuestion(List.of("can", "I", "run", "Claude"))).isTrue();
        assertThat(Query.isQuestion(List.of("qwen3"))).isFalse();
    }

    @Test
    void chatGptIsFoundThoughNoModelIsCalledThat() {
        assertThat(find("Can I download ChatGPT models?"))
                .contains("openai/gpt-5.5", "openai/gpt-4o")
                .allMatch(n -> n.startsWith("openai/"));
    }

    @Test
    void anExactNameComesFirst() {
        assertThat(find("qwen3:8b").getFirst()).isEqualTo("qwen3:8b");
        assertThat(find("gpt-5").getFirst()).isEqualTo("openai/gpt-5");
    }

    @Test
    void allWordsMustOccurWhereSomeModelHasThemAll() {
        assertThat(find("qwen", "coding")).isNotEmpty().allMatch(n -> n.contains("coder"));
        assertThat(find("indonesian")).contains("sahabat-ai:9b", "sea-lion4:27b");
    }

    @Test
    void wordsThatNothingHasFindNothing() {
        assertThat(find("zzyzx")).isEmpty();
    }

    @Test
    void filtersLeaveOutWhatIsUnknown() {
        Catalogue c = new Catalogues(home, Signatures.ofProject()).current().catalogue();
        List<CatalogueModel> small = new Query(
                        List.of(), "tools", null, null, 4_000_000_000L, Set.of(CatalogueModel.Access.OPEN))
                .find(c, m -> true);
        assertThat(small).isNotEmpty().allSatisfy(m -> {
            assertThat(m.parameters()).isNotNull().isLessThanOrEqualTo(4_000_000_000L);
            assertThat(m.capabilities()).contains("tools");
        });
    }
}
