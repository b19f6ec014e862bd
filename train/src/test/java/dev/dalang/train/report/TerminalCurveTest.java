package dev.dalang.train.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class TerminalCurveTest {

    @Test
    void aFallingLineGoesFromTopLeftToBottomRight() {
        TerminalCurve curve = new TerminalCurve();
        for (int i = 0; i < 80; i++) curve.add(i, -i);
        List<String> lines = curve.draw(80, 49, 5);
        assertThat(lines).hasSize(6);
        int before = -1;
        for (String line : lines.subList(0, 5)) {
            int first = firstDot(line);
            assertThat(first).isGreaterThan(before);
            before = first;
            assertThat(line.length()).isLessThanOrEqualTo(49);
        }
        assertThat(lines.getFirst()).startsWith("      0 ┤");
        assertThat(lines.get(4)).startsWith("    -79 ┤");
        assertThat(lines.get(5)).startsWith("        └0─").endsWith("step 80").hasSize(49);
    }

    @Test
    void aHalfwayRunFillsHalfTheWidth() {
        TerminalCurve curve = new TerminalCurve();
        for (int i = 0; i < 50; i++) curve.add(i, i % 2 == 0 ? 1 : 2);
        for (String line : curve.draw(100, 49, 4)) {
            if (!line.contains("step")) assertThat(line.length()).isLessThanOrEqualTo(9 + 20);
        }
    }

    @Test
    void thereIsNoCurveOfOnePointOrWithoutRoomOrOfNoNumbers() {
        TerminalCurve curve = new TerminalCurve();
        curve.add(1, 3);
        curve.add(2, Double.NaN);
        assertThat(curve.draw(100, 80, 5)).isEmpty();
        curve.add(3, 4);
        assertThat(curve.draw(100, 15, 5)).isEmpty();
        assertThat(curve.draw(100, 80, 1)).isEmpty();
        assertThat(curve.draw(100, 80, 5)).hasSize(6);
    }

    @Test
    void aVeryLongRunKeepsItsShape() {
        TerminalCurve curve = new TerminalCurve();
        for (int i = 0; i < 100_000; i++) curve.add(i, 10.0 - i / 20_000.0);
        List<String> lines = curve.draw(100_000, 80, 6);
        assertThat(firstDot(lines.get(0))).isEqualTo(9);
        assertThat(lines.get(5).length()).isGreaterThan(76);
    }

    private static int firstDot(String line) {
        for (int i = 0; i < line.length(); i++) if (line.charAt(i) > 0x2800 && line.charAt(i) < 0x2900) return i;
        return -1;
    }
}
