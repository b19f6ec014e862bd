package dev.dalang.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.gateway.price.PriceTable;
import dev.dalang.hub.catalogue.CatalogueModel;
import dev.dalang.hub.catalogue.Catalogues;
import dev.dalang.hub.catalogue.Signatures;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the catalogue says can be asked somewhere has a price, or is known to have none here. */
class CataloguePricesTest {

    /** Without a price that could be found with a source and a date. */
    private static final Set<String> UNPRICED = Set.of(
            // The same names cost other amounts in other regions, and more for long prompts than the lists at hand say.
            "dashscope/qwen3-coder-plus",
            "dashscope/qwen3-max",
            "dashscope/qwen3.5-plus",
            "dashscope/qwen3.6-plus",
            "dashscope/qwen3.7-max",
            "dashscope/qwen3.7-plus",
            // Named in an announcement; no price list has it under this name.
            "openai/gpt-5.5-instant");

    @Test
    void whatIsHostedHasAPrice(@TempDir Path home) {
        PriceTable prices = PriceTable.builtIn();
        List<String> hosted = new Catalogues(home, Signatures.ofProject())
                .current().catalogue().models().stream()
                        .map(CatalogueModel::reach)
                        .filter(Objects::nonNull)
                        .toList();
        assertThat(hosted).hasSizeGreaterThan(50);
        Set<String> missing = new TreeSet<>();
        for (String model : hosted) if (prices.find(model).isEmpty()) missing.add(model);
        assertThat(missing).containsExactlyInAnyOrderElementsOf(UNPRICED);
    }
}
