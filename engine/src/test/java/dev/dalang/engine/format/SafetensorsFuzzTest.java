package dev.dalang.engine.format;

import com.code_intelligence.jazzer.junit.FuzzTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Searches, guided by coverage, for bytes that break {@link AnyBytes}: {@code mvn -Pfuzz test}. */
class SafetensorsFuzzTest {

    @MethodSource("dev.dalang.engine.format.AnyBytes#safetensorsSeeds")
    @FuzzTest(maxDuration = "15s")
    void safetensors(byte[] bytes) {
        AnyBytes.safetensors(bytes);
    }
}
