package dev.dalang.train.graph;

import java.util.ArrayList;
import java.util.List;

/** The documents of a batch, in its order. */
final class Documents {

    /** Tokens {@code first .. first+count-1} of a batch. */
    record Document(int first, int count) {}

    private Documents() {}

    static List<Document> of(Batch batch) {
        List<Document> all = new ArrayList<>();
        int[] starts = batch.starts();
        for (int i = 0; i < starts.length; ) {
            int end = i + 1;
            while (end < starts.length && starts[end] == starts[i]) end++;
            all.add(new Document(i, end - i));
            i = end;
        }
        return all;
    }

    /** Successive documents together as long as they have no more than {@code tokens} tokens; a longer one alone. */
    static List<List<Document>> groups(List<Document> documents, int tokens) {
        List<List<Document>> groups = new ArrayList<>();
        int room = 0;
        for (Document d : documents) {
            if (groups.isEmpty() || d.count > room) {
                groups.add(new ArrayList<>());
                room = tokens;
            }
            groups.getLast().add(d);
            room -= d.count;
        }
        return groups;
    }
}
