package dev.dalang.engine.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import dev.dalang.api.Cancellation;
import dev.dalang.engine.arch.TinyFamilies;
import dev.dalang.engine.cache.Sequence;
import dev.dalang.engine.testing.NativeTier;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.stream.LongStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A token of an answer leaves next to nothing for the collector, however many products it takes. */
class AnswerAllocationTest {

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    /** Five layers of a call of attention each, a pass's list of spans: about half of this. */
    private static final int BYTES_PER_TOKEN = 4096;

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void aTokenMakesNextToNoObjects(int threads) {
        assumeTrue(NativeTier.isHere(), "this machine cannot run the native tier");
        LoadOptions options = LoadOptions.DEFAULT.withThreads(threads).withKernels("native");
        Path file = TinyFamilies.of("llama").write(folder);
        try (ModelRunner runner = new ModelRunner(ModelSources.open(file), options);
                Sequence sequence = runner.newSequence()) {
            runner.evaluate(sequence, new int[] {1, 2, 3}, ModelRunner.Progress.NONE, Cancellation.NONE);
            for (int i = 0; i < 100; i++) runner.next(sequence, i % 90);
            // The least of several: other threads of this JVM, its compilers among them, allocate now and then.
            long least = LongStream.generate(() -> allocatedByTokens(runner, sequence, 50))
                    .limit(5)
                    .min()
                    .orElseThrow();
            assertThat(least / 50).isLessThan(BYTES_PER_TOKEN);
        }
    }

    private static long allocatedByTokens(ModelRunner runner, Sequence sequence, int count) {
        long before = allocated();
        for (int i = 0; i < count; i++) runner.next(sequence, i % 90);
        return allocated() - before;
    }

    private static long allocated() {
        return LongStream.of(THREADS.getThreadAllocatedBytes(THREADS.getAllThreadIds()))
                .filter(bytes -> bytes > 0)
                .sum();
    }
}
