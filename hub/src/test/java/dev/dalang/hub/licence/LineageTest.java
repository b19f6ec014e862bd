package dev.dalang.hub.licence;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.engine.format.Metadata;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LineageTest {

    private static Metadata meta(String... pairs) {
        Map<String, Metadata.Value> keys = new LinkedHashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            keys.put(pairs[i], new Metadata.Value(Metadata.Type.STRING, null, pairs[i + 1]));
        }
        return new Metadata("test", keys);
    }

    @Test
    void aFileNamesItsLicenceAndWhatItWasMadeFrom() {
        Lineage l = Lineage.of(meta(
                "general.license", "other",
                "general.license.name", "llama3.1",
                "general.base_model.0.name", "Llama 3.1 8B",
                "general.base_model.0.organization", "Meta Llama",
                "general.base_model.0.repo_url", "https://huggingface.co/meta-llama/Llama-3.1-8B",
                "general.base_model.2.name", "never reached"));
        assertThat(l.licences()).containsExactly("llama3.1");
        assertThat(l.bases()).containsExactly("https://huggingface.co/meta-llama/Llama-3.1-8B");
    }

    @Test
    void aMergeIsUnderAllLicencesOfItsParts() {
        Lineage merged = Lineage.merged(List.of(
                Lineage.of(meta("general.license", "mit")),
                Lineage.of(meta("general.license", "gemma")),
                Lineage.of(meta("general.license", "mit"))));
        assertThat(merged.licences()).containsExactly("mit", "gemma");
        Map<String, Metadata.Value> keys = new LinkedHashMap<>(merged.metadata());
        assertThat(Lineage.of(new Metadata("merged", keys)).licences()).containsExactly("mit", "gemma");
    }

    @Test
    void nothingIsInvented() {
        Lineage none = Lineage.of(meta("general.name", "x"));
        assertThat(none.licences()).isEmpty();
        assertThat(none.metadata()).isEmpty();
        assertThat(none.and(null)).isSameAs(none);
        assertThat(none.and("MIT").and("MIT").licences()).containsExactly("MIT");
    }

    @Test
    void oddTypesDoNotBreakIt() {
        Map<String, Metadata.Value> keys = Map.of(
                "general.license", new Metadata.Value(Metadata.Type.ARRAY, Metadata.Type.STRING, new String[] {"mit"}),
                "general.base_model.0.name", new Metadata.Value(Metadata.Type.UINT32, null, 7L));
        assertThat(Lineage.of(new Metadata("test", keys)).licences()).containsExactly("mit");
    }
}
