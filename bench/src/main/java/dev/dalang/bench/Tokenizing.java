package dev.dalang.bench;

import dev.dalang.engine.tokenizer.Tokenizer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** A generated text to tokens and back, on one thread; gigabytes of its UTF-8, beside reading it once. */
@State(Scope.Benchmark)
public class Tokenizing extends Suite {

    /** What reads the vocabulary. */
    public enum Kind {
        BYTE_PAIRS,
        SENTENCE_PIECE
    }

    @Param({"BYTE_PAIRS", "SENTENCE_PIECE"})
    Kind kind = Kind.BYTE_PAIRS;

    private @Nullable Task task;
    private double roofline;
    private int bytes;

    record Task(Tokenizer tokenizer, String text, int[] ids) {

        static Task of(Kind kind) {
            GeneratedText text = new GeneratedText(1);
            Tokenizer tokenizer = text.tokenizer(kind);
            String sample = text.words(10_000);
            return new Task(tokenizer, sample, tokenizer.encode(sample, false));
        }

        int[] encode() {
            return tokenizer.encode(text, false);
        }

        String decode() {
            return tokenizer.decode(ids, false);
        }

        int bytes() {
            return text.getBytes(StandardCharsets.UTF_8).length;
        }
    }

    @Setup
    public void setUp() {
        roofline = Roofline.memory(1);
        Task t = Task.of(kind);
        bytes = t.bytes();
        task = t;
    }

    @Benchmark
    public int[] encode(BytesRead work) {
        work.add(bytes, roofline);
        return prepared(task).encode();
    }

    @Benchmark
    public String decode(BytesRead work) {
        work.add(bytes, roofline);
        return prepared(task).decode();
    }
}
