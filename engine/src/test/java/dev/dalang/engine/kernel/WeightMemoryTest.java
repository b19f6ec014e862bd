package dev.dalang.engine.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

class WeightMemoryTest {

    @Test
    void partsAreZeroedAndApart() {
        try (WeightMemory memory = new WeightMemory()) {
            MemorySegment a = memory.allocate(100);
            MemorySegment b = memory.allocate(100L << 20);
            MemorySegment c = memory.allocate(1);
            for (MemorySegment part : new MemorySegment[] {a, b, c}) {
                assertThat(part.address() % Floats.ALIGNMENT).isZero();
                assertThat(part.mismatch(MemorySegment.ofArray(new byte[(int) part.byteSize()])))
                        .isEqualTo(-1);
            }
            a.fill((byte) 1);
            b.fill((byte) 2);
            c.fill((byte) 3);
            assertThat(a.get(ValueLayout.JAVA_BYTE, 99)).isEqualTo((byte) 1);
            assertThat(b.get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 2);
        }
    }

    /** Not memory that is gone: machine code would write there. */
    @Test
    void nothingIsGivenAfterItsEnd() {
        WeightMemory memory = new WeightMemory();
        memory.allocate(64);
        memory.close();
        assertThatIllegalStateException().isThrownBy(() -> memory.allocate(64));
    }
}
