package dev.dalang.train.data;

import dev.dalang.api.DalangException;
import java.util.Arrays;
import java.util.BitSet;

/**
 * Documents made to fit the context: piece {@code i} is some positions of a document, and most are the whole of one.
 */
final class Pieces {

    private final Documents documents;
    private final Intake intake;
    private int count;
    private int[] document = new int[1024];
    private int[] from = new int[1024];
    private int[] length = new int[1024];
    private long digest;

    /** @throws DalangException (invalid request) for a long document where those are refused */
    Pieces(Documents documents, int context, LongDocuments policy) {
        this.documents = documents;
        long positions = 0;
        long targets = 0;
        int longer = 0;
        int longest = 0;
        int silent = 0;
        for (int i = 0; i < documents.count(); i++) {
            Document d = documents.get(i);
            digest = Shuffle.mix(
                    digest + Arrays.hashCode(d.tokens()) ^ (long) d.asked().hashCode() << 32);
            int n = d.positions();
            longest = Math.max(longest, n);
            if (n > context) {
                longer++;
                if (policy == LongDocuments.REFUSE || policy == LongDocuments.SKIP) continue;
            }
            int end = policy == LongDocuments.SPLIT ? n : Math.min(n, context);
            if (end == 0) silent++;
            for (int at = 0; at < end; at += context) {
                int size = Math.min(context, end - at);
                int asked = asked(d.asked(), at, size);
                if (asked == 0) {
                    silent++;
                    continue;
                }
                add(i, at, size);
                positions += size;
                targets += asked;
            }
        }
        if (longer > 0 && policy == LongDocuments.REFUSE) {
            throw DalangException.invalidRequest(
                    longer + " of " + documents.count() + " documents are longer than the context of " + context
                            + " tokens, the longest " + longest
                            + ": enlarge the context, or choose to skip, cut or split them",
                    "data");
        }
        intake = new Intake(documents.count(), count, positions, targets, longer, longest, silent);
    }

    /** Targets of the positions {@code at .. at+size-1}: position p asks for token p + 1. */
    private static int asked(BitSet asked, int at, int size) {
        int n = 0;
        for (int p = asked.nextSetBit(at + 1); p >= 0 && p <= at + size; p = asked.nextSetBit(p + 1)) n++;
        return n;
    }

    private void add(int doc, int at, int size) {
        if (count == document.length) {
            document = Arrays.copyOf(document, 2 * count);
            from = Arrays.copyOf(from, 2 * count);
            length = Arrays.copyOf(length, 2 * count);
        }
        document[count] = doc;
        from[count] = at;
        length[count++] = size;
    }

    int count() {
        return count;
    }

    /** Positions of piece {@code i}. */
    int length(int i) {
        return length[i];
    }

    Intake intake() {
        return intake;
    }

    /** Tells other documents, or the same in another order, apart. */
    long digest() {
        return digest;
    }

    /** Writes piece {@code i} into the arrays of a batch at {@code to}. */
    void write(int i, int[] tokens, int[] targets, int[] starts, int to, int ignored) {
        Document d = documents.get(document[i]);
        System.arraycopy(d.tokens(), from[i], tokens, to, length[i]);
        for (int p = 0; p < length[i]; p++) {
            int next = from[i] + p + 1;
            targets[to + p] = d.asked().get(next) ? d.tokens()[next] : ignored;
            starts[to + p] = to;
        }
    }
}
