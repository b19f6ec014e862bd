package dev.dalang.clients;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.dalang.server.http.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** OpenAI's own OpenAPI document, as the judge of what we answer. */
final class OpenAiDocument {

    private static final Path FILE =
            Path.of(System.getProperty("dalang.shared", "shared"), "external/api/openai-openapi/openapi.json");

    private final ObjectNode document;
    private final SchemaRegistry registry = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);
    private final Map<String, Schema> schemas = new HashMap<>();

    private OpenAiDocument(ObjectNode document) {
        this.document = document;
    }

    /** Skips the test where the document is not there. */
    static OpenAiDocument open() {
        Assumptions.assumeTrue(Files.exists(FILE), "OpenAI's API document is not here: " + FILE);
        try {
            return new OpenAiDocument((ObjectNode) Json.parse(Files.readAllBytes(FILE)));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    void check(String schema, JsonNode answer) {
        assertThat(schemas.computeIfAbsent(schema, this::schema).validate(answer))
                .as(schema + ": " + answer)
                .isEmpty();
    }

    private Schema schema(String name) {
        ObjectNode root = Json.object();
        root.put("$ref", "#/components/schemas/" + name);
        root.set("components", document.get("components"));
        return registry.getSchema(SchemaLocation.of("https://dalang.test/" + name), root);
    }
}
