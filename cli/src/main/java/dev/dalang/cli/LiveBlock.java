package dev.dalang.cli;

import java.util.List;

/** Lines at the bottom of a terminal that are redrawn in place; what is said in between goes above them. */
final class LiveBlock implements AutoCloseable {

    private final Surroundings around;
    private final TerminalSize size;
    private List<String> shown = List.of();

    LiveBlock(Surroundings around) {
        this.around = around;
        this.size = new TerminalSize(around);
    }

    int columns() {
        return size.columns();
    }

    int rows() {
        return size.rows();
    }

    /** Shows lines in place of those shown before, each cut to the terminal's width. */
    void show(List<String> lines) {
        int room = Math.max(1, columns() - 1);
        List<String> cut = lines.stream()
                .map(l -> l.codePointCount(0, l.length()) <= room ? l : l.substring(0, l.offsetByCodePoints(0, room)))
                .toList();
        StringBuilder text = new StringBuilder(back());
        for (int i = 0; i < cut.size(); i++)
            text.append(i == 0 ? "" : "\n").append(cut.get(i)).append("\u001b[K");
        print(text.append("\u001b[J"));
        shown = cut;
    }

    /** Takes the lines away, for others to write where they were. */
    void clear() {
        if (shown.isEmpty()) return;
        print(new StringBuilder(back()).append("\u001b[J"));
        shown = List.of();
    }

    /** To the start of the first line; in a window that was made narrower the terminal has broken lines in two. */
    private String back() {
        if (shown.isEmpty()) return "\r";
        int columns = Math.max(1, columns());
        int up = -1;
        for (String line : shown) up += Math.max(1, (line.codePointCount(0, line.length()) + columns - 1) / columns);
        return up == 0 ? "\r" : "\r\u001b[" + up + "A";
    }

    private void print(StringBuilder text) {
        around.err().print(text);
        around.err().flush();
    }

    /** Leaves the lines where they are and goes below them. */
    @Override
    public void close() {
        if (!shown.isEmpty()) print(new StringBuilder("\n"));
        shown = List.of();
        size.close();
    }
}
