package dev.dalang.hub.catalogue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.api.DalangException;
import dev.dalang.hub.json.Json;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A catalogue with a mistake is refused with the field's name, never half read. */
class CatalogueReaderTest {

    private static final String SOUND = """
            {"schema": 1, "serial": 7, "date": "2026-01-01",
             "sources": [{"id": "a", "title": "A", "url": "https://example.com", "read": "2026-01-01"}],
             "models": [
              {"name": "big", "title": "Big", "publisher": "P", "family": "F", "access": "hosted", "reach": "p/big",
               "nearest": ["small:1b"], "licence": "Terms", "sources": []},
              {"name": "small:1b", "title": "Small", "publisher": "P", "family": "F", "access": "open",
               "architecture": "llama", "parameters": 1000000000, "context": 4096, "capabilities": ["tools"],
               "shape": {"layers": 2, "embedding": 64, "heads": 4, "vocabulary": 100,
                 "cache": [{"layers": 2, "kv_heads": 2, "key": 16, "value": 16}]},
               "licence": "MIT", "weights": "hf.co/p/small",
               "files": [{"quantisation": "q4_0", "source": "hf.co/p/small-GGUF", "from": "a", "about_bytes": 600,
                 "parts": [{"file": "a/b.gguf"}]}],
               "sources": [{"facts": ["licence"], "source": "a", "at": "page", "verified": false}]}]}
            """;

    private static Catalogue read(String json) {
        return CatalogueReader.read(Json.parse(json.getBytes(StandardCharsets.UTF_8), "the test"));
    }

    @Test
    void whatIsUnknownStaysUnknown() {
        CatalogueModel small = read(SOUND).find("small:1b").orElseThrow();
        assertThat(small.released()).isNull();
        assertThat(small.activeParameters()).isNull();
        assertThat(small.files().getFirst().bytes()).isNull();
        assertThat(small.files().getFirst().size()).isEqualTo(600);
        assertThat(small.files().getFirst().reference()).isEqualTo("hf.co/p/small-GGUF:Q4_0");
    }

    @Test
    void modelsAreFoundByAllTheirNames() {
        Catalogue c = read(SOUND);
        assertThat(c.find("SMALL:1B")).isPresent();
        assertThat(c.find("hf.co/P/Small")).isPresent();
        assertThat(c.find("p/small")).isPresent();
        assertThat(c.find("small")).isEmpty();
        assertThat(c.near("small")).containsExactly("small:1b");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"schema\": 1 | \"schema\": 2 | a newer Dalang reads it",
                "\"serial\": 7 | \"serial\": 0 | serial is 0",
                "2026-01-01\", | 2026-13-01\", | date is not a date",
                "\"tools\" | \"telepathy\" | unknown capability telepathy",
                "small:1b\", \"title | ../small\", \"title | is no name for a model",
                "a/b.gguf | ../b.gguf | is no name for a file",
                "a/b.gguf | /b.gguf | is no name for a file",
                "\"file\": \"a/b.gguf\" | \"file\": \"b.gguf\", \"sha256\": \"12\" | not a SHA-256",
                "hf.co/p/small-GGUF | http://p/small | neither hf.co",
                "\"from\": \"a\" | \"from\": \"b\" | from names no source",
                "\"source\": \"a\" | \"source\": \"b\" | source names no source",
                "[\"small:1b\"] | [\"tiny\"] | refers to tiny",
                "\"reach\": \"p/big\", | '' | says how to reach it",
                "\"context\": 4096 | \"kontext\": 4096 | unknown member kontext",
                "\"layers\": 2, \"embedding\" | \"layers\": -2, \"embedding\" | layers is -2",
                "\"name\": \"big\" | \"name\": \"small:1b\" | comes twice",
                "\"access\": \"open\" | \"access\": \"leaked\" | neither open nor hosted"
            })
    void mistakesAreNamed(String from, String to, String complaint) {
        assertThat(SOUND).contains(from);
        assertThatThrownBy(() -> read(SOUND.replace(from, to)))
                .isInstanceOf(DalangException.class)
                .hasMessageContaining(complaint);
    }
}
