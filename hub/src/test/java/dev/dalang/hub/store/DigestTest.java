package dev.dalang.hub.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.api.DalangException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DigestTest {

    /** FIPS 180-2, appendix B.1. */
    @Test
    void abc() {
        assertThat(Digest.of("abc"))
                .hasToString("sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "sha256:",
                "sha256:../../../etc/passwd",
                "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015a",
                "sha256:BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD",
                "sha256-ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
                "sha512:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
                "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n",
                "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f2/../ad"
            })
    void anythingElseIsRefused(String text) {
        assertThatThrownBy(() -> Digest.parse(text, "a manifest"))
                .isInstanceOf(DalangException.class)
                .hasMessageContaining("a manifest")
                .hasMessageNotContaining("\n");
    }
}
