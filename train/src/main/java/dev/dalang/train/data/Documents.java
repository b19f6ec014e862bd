package dev.dalang.train.data;

import java.util.List;

/** Documents by number: in memory, or in a file larger than memory. Safe for use by many threads. */
public interface Documents {

    int count();

    /** Document {@code i}; a caller does not change it. */
    Document get(int i);

    /** Tokens of all documents together. */
    default long tokens() {
        long n = 0;
        for (int i = 0; i < count(); i++) n += get(i).count();
        return n;
    }

    /** Documents in memory. */
    static Documents of(List<Document> documents) {
        List<Document> all = List.copyOf(documents);
        return new Documents() {
            @Override
            public int count() {
                return all.size();
            }

            @Override
            public Document get(int i) {
                return all.get(i);
            }
        };
    }

    /** Some of these documents, by their numbers. */
    default Documents select(int[] numbers) {
        Documents from = this;
        int[] chosen = numbers.clone();
        return new Documents() {
            @Override
            public int count() {
                return chosen.length;
            }

            @Override
            public Document get(int i) {
                return from.get(chosen[i]);
            }
        };
    }
}
