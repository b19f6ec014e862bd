package dev.dalang.engine.format;

import java.util.Arrays;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** {@link AnyBytes} on sound files with a few bytes changed, the same ones each time. */
class ModelFileMutationTest {

    private static final int TRIES = 4_000;
    private static final byte[] TELLING = {0, 1, 9, 0x7f, (byte) 0x80, (byte) 0xff, '"', '{', '[', '}', ',', '-', '9'};

    @Test
    void gguf() {
        mutate(AnyBytes.ggufSeeds(), AnyBytes::gguf);
    }

    @Test
    void safetensors() {
        mutate(AnyBytes.safetensorsSeeds(), AnyBytes::safetensors);
    }

    private static void mutate(Stream<byte[]> seeds, Consumer<byte[]> property) {
        Random random = new Random(42);
        seeds.forEach(seed -> {
            for (int i = 0; i < TRIES; i++) {
                byte[] bytes = random.nextInt(8) == 0 ? Arrays.copyOf(seed, random.nextInt(seed.length)) : seed.clone();
                for (int n = random.nextInt(4); n >= 0 && bytes.length > 0; n--) {
                    int at = random.nextInt(bytes.length);
                    bytes[at] = random.nextBoolean()
                            ? TELLING[random.nextInt(TELLING.length)]
                            : (byte) (bytes[at] ^ 1 << random.nextInt(8));
                }
                try {
                    property.accept(bytes);
                } catch (RuntimeException | Error e) {
                    throw new AssertionError("mutation " + i + ": " + Arrays.toString(bytes), e);
                }
            }
        });
    }
}
