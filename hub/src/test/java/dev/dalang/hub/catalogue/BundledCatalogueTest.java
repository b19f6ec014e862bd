package dev.dalang.hub.catalogue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.hub.catalogue.CatalogueModel.Access;
import dev.dalang.hub.licence.Licences;
import java.net.URI;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What must hold for the catalogue that is shipped: whoever edits it learns of a mistake here. */
class BundledCatalogueTest {

    @TempDir
    Path home;

    private Catalogue catalogue() {
        return new Catalogues(home, Signatures.ofProject()).current().catalogue();
    }

    /** Reading it checks the signature, the types of all fields, unknown fields, references and doubles. */
    @Test
    void itIsSignedAndSound() {
        Catalogues.Loaded loaded = new Catalogues(home, Signatures.ofProject()).current();
        assertThat(loaded.warning()).isNull();
        assertThat(loaded.updated()).isFalse();
        assertThat(loaded.catalogue().models()).hasSizeGreaterThanOrEqualTo(100);
        assertThat(loaded.catalogue().serial() / 100)
                .isEqualTo(number(loaded.catalogue().date()));
    }

    @Test
    void hostedAndOpenModelsOfAllWellKnownPublishersAreThere() {
        List<String> hosted = catalogue().models().stream()
                .filter(m -> m.access() == Access.HOSTED)
                .map(CatalogueModel::publisher)
                .distinct()
                .toList();
        assertThat(hosted).contains("OpenAI", "Anthropic", "Google", "xAI");
        List<String> open = catalogue().models().stream()
                .filter(m -> m.access() == Access.OPEN)
                .map(CatalogueModel::publisher)
                .distinct()
                .toList();
        assertThat(open)
                .contains("OpenAI", "Meta", "Alibaba (Qwen)", "Google DeepMind", "Mistral AI", "DeepSeek", "Microsoft");
    }

    @Test
    void everyLicenceIsExplained() {
        Licences licences = Licences.bundled();
        for (CatalogueModel m : catalogue().models()) {
            assertThat(licences.find(m.licence())).as(m.name()).isPresent();
            assertThat(licences.find(m.licence()).orElseThrow().weights())
                    .as(m.name() + ": a licence of weights is for open models, a contract for hosted ones")
                    .isEqualTo(m.access() == Access.OPEN);
        }
    }

    @Test
    void everyFactHasOneSource() {
        Catalogue catalogue = catalogue();
        for (CatalogueModel m : catalogue.models()) {
            List<String> facts = new ArrayList<>();
            m.sources().forEach(s -> facts.addAll(s.facts()));
            Set<String> wanted = new HashSet<>(List.of("licence"));
            // An empty list states nothing, and needs a source only where it was read that there is nothing.
            if (!m.capabilities().isEmpty() || facts.contains("capabilities")) wanted.add("capabilities");
            if (!m.languages().isEmpty() || m.languageCount() != null || facts.contains("languages")) {
                wanted.add("languages");
            }
            if (m.access() == Access.HOSTED) wanted.add("access");
            if (m.architecture() != null) wanted.add("architecture");
            if (m.parameters() != null) wanted.add("parameters");
            if (m.shape() != null) wanted.add("shape");
            if (m.context() != null) wanted.add("context");
            if (m.released() != null) wanted.add("released");
            if (!m.templates().isEmpty()) wanted.add("templates");
            assertThat(facts).as(m.name()).doesNotHaveDuplicates().containsExactlyInAnyOrderElementsOf(wanted);
        }
    }

    /** Every fact was read for the catalogue, at a place that can be read again: general knowledge is left out. */
    @Test
    void everyFactWasReadAtItsSource() {
        Catalogue catalogue = catalogue();
        for (CatalogueModel m : catalogue.models()) {
            for (CatalogueModel.FactSource s : m.sources()) {
                assertThat(s.verified()).as(m.name() + " " + s.facts()).isTrue();
                assertThat(s.source()).as(m.name() + " " + s.facts()).isNotEqualTo("publisher");
                assertThat(s.at()).as(m.name() + " " + s.facts()).isNotBlank();
            }
        }
        for (Catalogue.Source s : catalogue.sources()) {
            assertThat(URI.create(s.url()).getScheme()).isEqualTo("https");
            assertThat(s.read()).isBeforeOrEqualTo(catalogue.date());
        }
    }

    @Test
    void datesAreInThePast() {
        Catalogue catalogue = catalogue();
        for (CatalogueModel m : catalogue.models()) {
            if (m.released() == null) continue;
            assertThat(m.released()).as(m.name()).isBetween(LocalDate.of(2022, 11, 1), catalogue.date());
        }
    }

    @Test
    void successorsLeadSomewhereAndAreOpenForOpenModels() {
        Catalogue catalogue = catalogue();
        for (CatalogueModel m : catalogue.models()) {
            CatalogueModel latest = catalogue.latest(m);
            assertThat(latest.successor()).as(m.name()).isNull();
            assertThat(latest.access()).as(m.name()).isEqualTo(m.access());
            for (String n : m.nearest()) {
                assertThat(catalogue.find(n).orElseThrow().access())
                        .as(m.name())
                        .isEqualTo(Access.OPEN);
            }
        }
    }

    @Test
    void shapesAddUp() {
        for (CatalogueModel m : catalogue().models()) {
            CatalogueModel.Shape s = m.shape();
            if (s == null) continue;
            int cached = s.cache().stream()
                    .mapToInt(CatalogueModel.CacheGroup::layers)
                    .sum();
            assertThat(cached).as(m.name()).isPositive().isLessThanOrEqualTo(s.layers());
            if (m.activeParameters() != null && m.parameters() != null) {
                assertThat(m.activeParameters()).as(m.name()).isLessThan(m.parameters());
            }
        }
    }

    private static long number(LocalDate d) {
        return d.getYear() * 10_000L + d.getMonthValue() * 100 + d.getDayOfMonth();
    }
}
