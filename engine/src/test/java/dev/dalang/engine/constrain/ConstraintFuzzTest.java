package dev.dalang.engine.constrain;

import com.code_intelligence.jazzer.junit.FuzzTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Searches, guided by coverage, for bytes that break {@link AnyConstraint}: {@code mvn -Pfuzz test}. */
class ConstraintFuzzTest {

    @MethodSource("dev.dalang.engine.constrain.AnyConstraint#seeds")
    @FuzzTest(maxDuration = "15s")
    void constraint(byte[] bytes) {
        AnyConstraint.check(bytes);
    }
}
