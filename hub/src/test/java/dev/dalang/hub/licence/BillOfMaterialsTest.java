package dev.dalang.hub.licence;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.hub.json.Json;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** The fields that CycloneDX 1.6 and SPDX 2.3 demand. */
class BillOfMaterialsTest {

    private static final Instant NOW = Instant.parse("2026-11-25T10:00:00.5Z");
    private static final UUID SERIAL = UUID.fromString("3e671687-395b-41f5-a30f-a58921a69b79");
    private static final String SHA = "ab".repeat(32);

    private final Licences licences = Licences.bundled();

    private List<BillOfMaterials.Item> items() {
        return List.of(
                new BillOfMaterials.Item(
                        "hf.co/a/b:Q4_K_M",
                        1234,
                        List.of("sha256:" + SHA),
                        List.of(licences.named("MIT"), licences.named("Llama-3.1")),
                        "https://huggingface.co/a/b",
                        "c0ffee",
                        "A",
                        "llama",
                        List.of("meta-llama/Llama-3.1-8B")),
                new BillOfMaterials.Item(
                        "mine", 5, List.of(), List.of(licences.named(null)), null, null, null, null, List.of()));
    }

    @Test
    void cycloneDx() {
        String json = Json.write(BillOfMaterials.cycloneDx(items(), "1.0", NOW, SERIAL));
        assertThat(json)
                .contains("\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.6\"")
                .contains("\"serialNumber\":\"urn:uuid:" + SERIAL + "\"")
                .contains("\"timestamp\":\"2026-11-25T10:00:00Z\"")
                .contains("\"type\":\"machine-learning-model\"")
                .contains("{\"alg\":\"SHA-256\",\"content\":\"" + SHA + "\"}")
                .contains("\"license\":{\"id\":\"MIT\"")
                .contains("\"license\":{\"name\":\"Llama 3.1 Community License\"")
                .contains("\"pedigree\":{\"ancestors\":[{\"type\":\"machine-learning-model\"")
                .contains("\"modelArchitecture\":\"llama\"");
    }

    @Test
    void spdx() {
        String json = Json.write(BillOfMaterials.spdx(items(), "1.0", NOW, SERIAL));
        assertThat(json)
                .contains("\"spdxVersion\":\"SPDX-2.3\",\"dataLicense\":\"CC0-1.0\",\"SPDXID\":\"SPDXRef-DOCUMENT\"")
                .contains("\"created\":\"2026-11-25T10:00:00Z\",\"creators\":[\"Tool: dalang-1.0\"]")
                .contains("\"licenseDeclared\":\"MIT AND LicenseRef-Llama-3.1\"")
                .contains("\"licenseDeclared\":\"NOASSERTION\"")
                .contains("\"algorithm\":\"SHA256\",\"checksumValue\":\"" + SHA + "\"")
                .contains("\"licenseId\":\"LicenseRef-Llama-3.1\"")
                .contains("\"relationshipType\":\"DESCRIBES\"");
    }

    @Test
    void whatIsNotKnownIsNotClaimed() {
        String json = Json.write(BillOfMaterials.cycloneDx(items().subList(1, 2), "1.0", NOW, SERIAL));
        assertThat(json).doesNotContain("licenses").doesNotContain("hashes").doesNotContain("publisher");
    }
}
