package dev.dalang.server.web;

import dev.dalang.server.http.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * The events of one answer, numbered from 1, which any number of readers take at their own pace, from wherever they left
 * off. Whoever reads late or slowly gets neighbouring pieces of text as one.
 */
final class AnswerLog {

    /**
     * @param n number of the last event that went into it
     * @param last nothing follows
     */
    record Batch(List<ObjectNode> events, int n, boolean last) {}

    private record Entry(
            String type,
            @Nullable String text,
            int index,
            @Nullable ObjectNode data) {
        /** Whether both are text of one kind, so that they can become one. */
        boolean joins(Entry next) {
            return text != null && next.text != null && type.equals(next.type) && index == next.index;
        }
    }

    private final List<Entry> entries = new ArrayList<>();
    private boolean closed;

    /** More text of a kind; {@code index} tells calls apart and is 0 for other kinds. */
    synchronized void text(String type, int index, String text) {
        if (text.isEmpty()) return;
        entries.add(new Entry(type, text, index, null));
        notifyAll();
    }

    synchronized void event(String type, ObjectNode data) {
        entries.add(new Entry(type, null, 0, data));
        notifyAll();
    }

    /** The last event. */
    synchronized void close(String type, ObjectNode data) {
        event(type, data);
        closed = true;
    }

    /** What came after event {@code after}; waits for it, but not longer than {@code millis}, and then gives nothing. */
    synchronized Batch after(int after, long millis) throws InterruptedException {
        int from = Math.max(0, Math.min(after, entries.size()));
        long end = System.nanoTime() + millis * 1_000_000;
        while (entries.size() == from && !closed) {
            long left = (end - System.nanoTime()) / 1_000_000;
            if (left <= 0) break;
            wait(left);
        }
        List<ObjectNode> events = new ArrayList<>();
        for (int i = from; i < entries.size(); ) {
            Entry e = entries.get(i);
            int next = i + 1;
            ObjectNode node = Json.object().put("type", e.type());
            if (e.data() != null) node.setAll(e.data());
            if (e.text() != null) {
                StringBuilder text = new StringBuilder(e.text());
                while (next < entries.size() && e.joins(entries.get(next))) {
                    text.append(Objects.requireNonNull(entries.get(next++).text()));
                }
                node.put("text", text.toString());
                if (e.type().equals("arguments")) node.put("index", e.index());
            }
            events.add(node.put("n", next));
            i = next;
        }
        return new Batch(events, entries.size(), closed);
    }
}
