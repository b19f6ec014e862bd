package dev.dalang.train.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A curve in a terminal, in the dots of Unicode's Braille patterns: two across and four down in each character. The
 * values' axis stands at the left, the steps' below. Where all values are above zero their axis is logarithmic, so that
 * the end of a loss curve shows as well as its beginning.
 */
public final class TerminalCurve {

    private static final int LABEL = 7;
    private static final int BRAILLE = 0x2800;
    /** Bits of the dots of a character, by row and column (Unicode 15, chapter 21.1). */
    private static final int[][] DOTS = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};

    private static final int MEMORY = 1 << 13;

    /** An empty one. */
    public TerminalCurve() {}

    private record Scale(double low, double high, boolean logarithmic) {
        /** Where a value lies, from 0 at the top to 1 at the bottom. */
        double down(double value) {
            return logarithmic ? Math.log(high / value) / Math.log(high / low) : (high - value) / (high - low);
        }

        double value(double down) {
            return logarithmic ? high * Math.pow(low / high, down) : high - (high - low) * down;
        }
    }

    private double[] steps = new double[256];
    private double[] values = new double[256];
    private int count;
    /** How many points that were added make one of those kept. */
    private int stride = 1;

    private double waiting;
    private int waitingCount;

    /** Adds a point; steps rise. What is no finite number is left out. */
    public void add(long step, double value) {
        if (!Double.isFinite(value)) return;
        waiting += value;
        if (++waitingCount < stride) return;
        if (count == MEMORY) halve();
        if (count == steps.length) {
            steps = Arrays.copyOf(steps, 2 * count);
            values = Arrays.copyOf(values, 2 * count);
        }
        steps[count] = (double) step;
        values[count++] = waiting / waitingCount;
        waiting = 0;
        waitingCount = 0;
    }

    /** Two neighbours become one, and so do all that come, so that a long run takes no more memory than a short one. */
    private void halve() {
        for (int i = 0; i < count / 2; i++) {
            steps[i] = steps[2 * i + 1];
            values[i] = (values[2 * i] + values[2 * i + 1]) / 2;
        }
        count /= 2;
        stride *= 2;
    }

    /**
     * Draws what is there over an axis that reaches from step 0 to {@code last}.
     *
     * @param columns characters a line may take
     * @param rows lines that the curve takes; one more for the steps' axis comes below
     * @return the lines; none before there are two points, or where there is no room
     */
    public List<String> draw(long last, int columns, int rows) {
        int width = columns - LABEL - 2;
        if (count < 2 || width < 10 || rows < 2) return List.of();
        double low = Double.POSITIVE_INFINITY;
        double high = Double.NEGATIVE_INFINITY;
        double[] sums = new double[2 * width];
        int[] counts = new int[2 * width];
        double span = Math.max(1, Math.max((double) last, steps[count - 1]));
        for (int i = 0; i < count; i++) {
            int dot = (int) Math.min(2L * width - 1, (long) (steps[i] / span * 2 * width));
            sums[dot] += values[i];
            counts[dot]++;
        }
        for (int dot = 0; dot < sums.length; dot++) {
            if (counts[dot] == 0) continue;
            sums[dot] /= counts[dot];
            low = Math.min(low, sums[dot]);
            high = Math.max(high, sums[dot]);
        }
        Scale scale = new Scale(low, Math.max(high, low + 1e-3), low > 0);
        int[][] cells = new int[rows][width];
        int before = -1;
        for (int dot = 0; dot < sums.length; dot++) {
            if (counts[dot] == 0) continue;
            int y = (int) Math.round(scale.down(sums[dot]) * (4 * rows - 1));
            // A line, not a cloud: what lies between two neighbours is filled.
            int from = before < 0 ? y : Math.min(y, before < y ? before + 1 : before - 1);
            int to = before < 0 ? y : Math.max(y, before < y ? before + 1 : before - 1);
            if (before == y) from = to = y;
            for (int d = from; d <= to; d++) cells[d / 4][dot / 2] |= DOTS[d % 4][dot % 2];
            before = y;
        }
        return lines(cells, scale, (long) span);
    }

    private static List<String> lines(int[][] cells, Scale scale, long last) {
        List<String> lines = new ArrayList<>();
        int rows = cells.length;
        for (int r = 0; r < rows; r++) {
            StringBuilder line = new StringBuilder();
            boolean labelled = r == 0 || r == rows - 1 || rows >= 5 && r == rows / 2;
            double value = scale.value((double) r / (rows - 1));
            line.append(labelled ? padded(Ticks.text(value)) : padded("")).append(labelled ? " ┤" : " │");
            for (int cell : cells[r]) line.append(cell == 0 ? ' ' : (char) (BRAILLE + cell));
            lines.add(line.toString().stripTrailing());
        }
        String end = "step " + last;
        int width = cells[0].length;
        lines.add(padded("") + " └0" + "─".repeat(Math.max(0, width - 1 - end.length())) + end);
        return lines;
    }

    private static String padded(String text) {
        return " ".repeat(Math.max(0, LABEL - text.length())) + text;
    }
}
