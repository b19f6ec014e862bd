package dev.dalang.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.api.DalangException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {

    @Test
    void readsUtf8() {
        byte[] text = "{\"a\":\"é\"}".getBytes(StandardCharsets.UTF_8);
        assertThat(Json.parse(text).path("a").asString()).isEqualTo("é");
        assertThat(Json.parse("1".getBytes(StandardCharsets.UTF_8)).asInt()).isEqualTo(1);
    }

    /** What reads it before or after the server, a proxy's rule say, would not see the same text. */
    @ParameterizedTest
    @ValueSource(strings = {"UTF-16", "UTF-16LE", "UTF-16BE", "UTF-32", "UTF-32LE"})
    void refusesOtherEncodings(String encoding) {
        byte[] text = "{\"a\":1}".getBytes(Charset.forName(encoding));
        assertThatThrownBy(() -> Json.parse(text))
                .isInstanceOf(DalangException.class)
                .hasMessageContaining("UTF-8");
    }
}
