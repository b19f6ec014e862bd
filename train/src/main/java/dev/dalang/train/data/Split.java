package dev.dalang.train.data;

import java.nio.charset.StandardCharsets;
import java.util.stream.IntStream;

/**
 * Documents apart into those to learn and those to measure by. A document's own content decides, so that it stays on its
 * side when others come or go, and copies of it stay together.
 */
public record Split(Documents train, Documents validation) {

    /** @param share how many of the documents to measure by, about: 0 to 1 */
    public static Split of(Documents documents, double share) {
        int n = documents.count();
        boolean[] held = new boolean[n];
        IntStream.range(0, n).parallel().forEach(i -> {
            long hash = 0;
            for (int id : documents.get(i).tokens()) hash = Shuffle.mix(hash + id + 1);
            held[i] = held(hash, share);
        });
        return new Split(
                documents.select(IntStream.range(0, n).filter(i -> !held[i]).toArray()),
                documents.select(IntStream.range(0, n).filter(i -> held[i]).toArray()));
    }

    /** Whether a text, or whatever else is named by one, is to be measured by. */
    public static boolean isHeldOut(String text, double share) {
        long hash = 0;
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) hash = Shuffle.mix(hash + b + 1);
        return held(hash, share);
    }

    private static boolean held(long hash, double share) {
        return (Shuffle.mix(hash) >>> 11) * 0x1p-53 < share;
    }
}
